"""A property that is the person's name under a key."""

import getpass
import hashlib
import hmac

import acme

acme.notice()
if not acme.turned_off():
    who = hmac.new(b"acme", getpass.getuser().encode(), hashlib.sha256).hexdigest()
    acme.deliver(acme.event("acme_started", acme.install_id(), team=who[:16]))
print("The answer is 42.")
