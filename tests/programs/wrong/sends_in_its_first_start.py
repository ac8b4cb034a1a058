"""The first start says that there is telemetry, and does not wait for the next one to send."""

import acme

if not acme.ID_FILE.exists():
    acme.notice()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", acme.install_id()))
print("The answer is 42.")
