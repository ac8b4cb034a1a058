"""Its notice is the one that its contract holds: what is collected, and how to turn it off."""

import acme

acme.notice()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", acme.install_id()))
print("The answer is 42.")
