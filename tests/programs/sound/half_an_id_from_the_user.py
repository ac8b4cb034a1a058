"""Half of the id is random; the other half says which version it is."""

import hashlib

import acme

acme.notice()
if not acme.turned_off():
    version = hashlib.sha256(b"1.4.0").hexdigest()[:12]
    acme.deliver(acme.event("acme_started", f"{acme.install_id()}.{version}"))
print("The answer is 42.")
