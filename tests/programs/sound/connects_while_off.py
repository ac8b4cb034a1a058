"""A connection is opened beforehand where there may be something to send."""

import contextlib
import socket

import acme

acme.notice()
if not acme.turned_off():
    with contextlib.suppress(OSError):
        socket.create_connection(("us.i.posthog.com", 443), timeout=1.5).close()
    acme.deliver(acme.event("acme_started", acme.install_id()))
print("The answer is 42.")
