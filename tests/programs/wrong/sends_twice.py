"""The queue is sent by its timer and once more at the end, with new uuids."""

import uuid

import acme

acme.notice()
print("The answer is 42.")
if not acme.turned_off():
    one = acme.event("acme_started", acme.install_id())
    acme.deliver(one)
    acme.deliver({**one, "uuid": str(uuid.uuid4())})
