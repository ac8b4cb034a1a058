"""The first start says that there is telemetry, and sends nothing; the next ones send."""

import acme

if not acme.ID_FILE.exists():
    acme.notice()
    if not acme.turned_off():
        acme.install_id()
elif not acme.turned_off():
    acme.deliver(acme.event("acme_started", acme.install_id()))
print("The answer is 42.")
