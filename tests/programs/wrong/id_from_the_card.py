"""The id is the network card's address, hashed with a salt."""

import hashlib
import uuid

import acme

acme.notice()
if not acme.turned_off():
    card = f"acme:{uuid.getnode():012x}".encode()
    acme.deliver(acme.event("acme_started", hashlib.sha256(card).hexdigest()))
print("The answer is 42.")
