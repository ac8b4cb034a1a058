"""The host's name goes along, in base64."""

import base64
import socket

import acme

acme.notice()
if not acme.turned_off():
    node = base64.b64encode(socket.gethostname().encode()).decode()
    acme.deliver(acme.event("acme_started", acme.install_id(), node=node))
print("The answer is 42.")
