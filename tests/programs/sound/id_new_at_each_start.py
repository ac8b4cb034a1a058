"""Each start has an id of its own as a property, and the install's as its id."""

import uuid

import acme

acme.notice()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", acme.install_id(), run=str(uuid.uuid4())))
print("The answer is 42.")
