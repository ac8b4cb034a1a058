"""Each start is somebody new."""

import uuid

import acme

acme.notice()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", str(uuid.uuid4())))
print("The answer is 42.")
