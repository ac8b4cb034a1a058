"""The id was never set, and JavaScript's word for that is sent."""

import acme

acme.notice()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", "undefined"))
print("The answer is 42.")
