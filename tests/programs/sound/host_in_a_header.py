"""A header holds the hash of what every install shares."""

import hashlib

import acme

acme.notice()
if not acme.turned_off():
    label = hashlib.sha1(b"acme 1.4.0").hexdigest()
    acme.deliver(acme.event("acme_started", acme.install_id()), headers={"X-Acme-Node": label})
print("The answer is 42.")
