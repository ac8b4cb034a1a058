"""The operating system's name goes along, in base64."""

import base64
import platform

import acme

acme.notice()
if not acme.turned_off():
    node = base64.b64encode(platform.system().encode()).decode()
    acme.deliver(acme.event("acme_started", acme.install_id(), node=node))
print("The answer is 42.")
