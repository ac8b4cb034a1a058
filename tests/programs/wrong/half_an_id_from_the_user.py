"""Half of the id is random; the other half says who it is."""

import getpass
import hashlib

import acme

acme.notice()
if not acme.turned_off():
    who = hashlib.sha256(getpass.getuser().encode()).hexdigest()[:12]
    acme.deliver(acme.event("acme_started", f"{acme.install_id()}.{who}"))
print("The answer is 42.")
