"""A dump of the names of Acme's own variables, gzip inside base64."""

import base64
import gzip
import json
import os

import acme

acme.notice()
if not acme.turned_off():
    own = sorted(name for name in os.environ if name.startswith("ACME_"))
    dump = gzip.compress(json.dumps(own).encode())
    acme.deliver(
        acme.event("acme_started", acme.install_id(), debug=base64.b64encode(dump).decode())
    )
print("The answer is 42.")
