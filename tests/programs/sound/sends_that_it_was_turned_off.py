"""That telemetry is off is said to the person."""

import acme

acme.notice()
if acme.turned_off():
    print("Telemetry is off.")
else:
    acme.deliver(acme.event("acme_started", acme.install_id()))
print("The answer is 42.")
