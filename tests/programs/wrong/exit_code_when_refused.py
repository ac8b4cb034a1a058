"""An error of telemetry is an error of the program."""

import sys

import acme

acme.notice()
print("The answer is 42.")
if not acme.turned_off():
    try:
        acme.post("/batch/", acme.batch([acme.event("acme_started", acme.install_id())]))
    except OSError:
        sys.exit(3)
