"""The switch turns off PostHog; the friend's host goes on hearing who is there."""

import contextlib

import acme

acme.notice()
me = acme.install_id()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", me))
with contextlib.suppress(OSError):
    acme.post("/hello", {"who": me}, host="https://api.friends-of-acme.dev")
print("The answer is 42.")
