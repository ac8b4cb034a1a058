"""Both paths ask for DO_NOT_TRACK."""

import acme

acme.notice()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", acme.install_id()))
print("The answer is 42.")
if not acme.turned_off():
    acme.deliver(acme.event("acme_ended", acme.install_id()))
