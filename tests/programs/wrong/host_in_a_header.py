"""The machine's id stands in a header, hashed."""

import hashlib
import pathlib

import acme

acme.notice()
if not acme.turned_off():
    machine = pathlib.Path("/etc/machine-id").read_bytes().strip()
    label = hashlib.sha1(machine).hexdigest()
    acme.deliver(acme.event("acme_started", acme.install_id()), headers={"X-Acme-Node": label})
print("The answer is 42.")
