"""Its own command writes a decision that no start reads."""

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
    if not acme.turned_off():
        acme.deliver(acme.event("acme_started", acme.install_id()))
    print("The answer is 42.")
