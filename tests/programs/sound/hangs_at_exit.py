"""At the end it tries for two and a half seconds."""

import time

import acme

acme.notice()
print("The answer is 42.")
if not acme.turned_off():
    events = [acme.event("acme_started", acme.install_id())]
    deadline = time.monotonic() + 2.5
    while time.monotonic() < deadline:
        try:
            acme.post("/batch/", acme.batch(events), timeout=2.5)
            break
        except OSError:
            time.sleep(0.2)
