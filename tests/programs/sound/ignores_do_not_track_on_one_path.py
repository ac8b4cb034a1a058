"""Both paths ask for DO_NOT_TRACK."""

import acme

acme.notice()
me = acme.install_id()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", me))
print("The answer is 42.")
if not acme.turned_off():
    acme.deliver(acme.event("acme_ended", me))
