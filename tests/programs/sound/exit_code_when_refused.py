"""It exits with 3, always: that is what it found, and telemetry has no say."""

import sys

import acme

acme.notice()
print("The answer is 42.")
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", acme.install_id()))
sys.exit(3)
