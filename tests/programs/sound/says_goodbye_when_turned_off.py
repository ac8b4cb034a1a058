"""Its own command tells the person, and nobody else."""

import pathlib
import sys

import acme

DECIDED = pathlib.Path.home() / ".acme" / "telemetry"

if sys.argv[1:] == ["telemetry", "off"]:
    DECIDED.parent.mkdir(parents=True, exist_ok=True)
    DECIDED.write_text("off", encoding="utf-8")
    print("Telemetry is off.")
else:
    acme.notice()
    if not acme.turned_off() and not DECIDED.exists():
        acme.deliver(acme.event("acme_started", acme.install_id()))
    print("The answer is 42.")
