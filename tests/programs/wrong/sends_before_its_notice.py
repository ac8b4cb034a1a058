"""It says that it has telemetry when the first request is long gone."""

import acme

if not acme.turned_off():
    acme.deliver(acme.event("acme_started", acme.install_id()))
print("The answer is 42.")
acme.notice()
