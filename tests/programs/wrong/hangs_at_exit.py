"""At the end it tries for eight seconds to get its events out."""

import time

import acme

acme.notice()
print("The answer is 42.")
if not acme.turned_off():
    events = [acme.event("acme_started", acme.install_id())]
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline:
        try:
            acme.post("/batch/", acme.batch(events))
            break
        except OSError:
            time.sleep(0.2)
