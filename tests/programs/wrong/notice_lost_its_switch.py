"""Its notice says that there is telemetry, and no longer how to turn it off."""

import sys

import acme

print("Acme collects anonymous usage data.", file=sys.stderr, flush=True)
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", acme.install_id()))
print("The answer is 42.")
