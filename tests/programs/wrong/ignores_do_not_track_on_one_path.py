"""The event of the start asks for DO_NOT_TRACK; the one of the end was written by somebody else."""

import os

import acme

acme.notice()
me = acme.install_id()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", me))
print("The answer is 42.")
if os.environ.get("ACME_TELEMETRY") != "0":
    acme.deliver(acme.event("acme_ended", me))
