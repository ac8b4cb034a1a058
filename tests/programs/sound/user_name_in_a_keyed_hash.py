"""A property that is random under a key."""

import hashlib
import hmac
import os

import acme

acme.notice()
if not acme.turned_off():
    who = hmac.new(b"acme", os.urandom(16), hashlib.sha256).hexdigest()
    acme.deliver(acme.event("acme_started", acme.install_id(), team=who[:16]))
print("The answer is 42.")
