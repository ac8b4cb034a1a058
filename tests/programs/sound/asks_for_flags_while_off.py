"""It asks for flags when it may."""

import contextlib

import acme

acme.notice()
if not acme.turned_off():
    me = acme.install_id()
    with contextlib.suppress(OSError):
        acme.post("/flags/?v=2", {"api_key": acme.key(), "distinct_id": me})
    acme.deliver(acme.event("acme_started", me))
print("The answer is 42.")
