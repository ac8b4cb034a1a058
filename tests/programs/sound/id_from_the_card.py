"""The id looks like a hash and is random; the card was read for a reason that stays at home."""

import hashlib
import uuid

import acme

acme.notice()
if not acme.turned_off():
    uuid.getnode()
    acme.deliver(acme.event("acme_started", hashlib.sha256(acme.install_id().encode()).hexdigest()))
print("The answer is 42.")
