"""The answer is printed when telemetry has gone well, and else not."""

import contextlib

import acme

acme.notice()
with contextlib.suppress(OSError):
    if not acme.turned_off():
        acme.post("/batch/", acme.batch([acme.event("acme_started", acme.install_id())]))
    print("The answer is 42.")
