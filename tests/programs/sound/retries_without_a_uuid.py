"""What failed is sent once more, under the uuid that it had."""

import contextlib

import acme

acme.notice()
print("The answer is 42.")
if not acme.turned_off():
    one = acme.event("acme_started", acme.install_id())
    for _ in range(2):
        with contextlib.suppress(OSError):
            acme.post("/batch/", acme.batch([one]), timeout=0.8)
            break
