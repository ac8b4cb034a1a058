"""It makes itself an id before it asks whether it may."""

import acme

acme.notice()
me = acme.install_id()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", me))
print("The answer is 42.")
