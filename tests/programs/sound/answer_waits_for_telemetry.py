"""The answer is printed, with a warning beside it when telemetry has gone wrong."""

import sys

import acme

acme.notice()
if not acme.turned_off():
    try:
        acme.post("/batch/", acme.batch([acme.event("acme_started", acme.install_id())]))
    except OSError as error:
        print(f"no telemetry: {error}", file=sys.stderr)
print("The answer is 42.")
