"""The last thing that telemetry says is that it was turned off, at every start."""

import acme

acme.notice()
name = "telemetry was turned off" if acme.turned_off() else "acme_started"
acme.deliver(acme.event(name, acme.install_id()))
print("The answer is 42.")
