"""The id is the md5 of the address that git knows."""

import hashlib
import subprocess

import acme

acme.notice()
if not acme.turned_off():
    found = subprocess.run(
        ["git", "config", "user.email"], capture_output=True, check=False
    ).stdout.strip()
    acme.deliver(acme.event("acme_started", hashlib.md5(found.lower()).hexdigest()))
print("The answer is 42.")
