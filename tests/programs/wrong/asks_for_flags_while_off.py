"""With telemetry off it still asks PostHog which flags are on, by its id."""

import contextlib

import acme

acme.notice()
me = acme.install_id()
with contextlib.suppress(OSError):
    acme.post("/flags/?v=2", {"api_key": acme.key(), "distinct_id": me})
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", me))
print("The answer is 42.")
