"""The same thing happened twice, at two times: two events."""

import time

import acme

acme.notice()
print("The answer is 42.")
if not acme.turned_off():
    me = acme.install_id()
    acme.deliver(acme.event("acme_started", me))
    time.sleep(0.01)
    acme.deliver(acme.event("acme_started", me))
