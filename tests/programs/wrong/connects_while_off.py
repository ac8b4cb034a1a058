"""A connection is opened beforehand, in case that there will be something to send."""

import contextlib
import socket

import acme

acme.notice()
with contextlib.suppress(OSError):
    socket.create_connection(("us.i.posthog.com", 443), timeout=1.5).close()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", acme.install_id()))
print("The answer is 42.")
