"""The little of the protocol that a wrong adapter gets right, by hand and unhelped."""

import json
import sys

CAPABILITIES = {
    "ops": ["initialize", "scenario/start", "scenario/end", "exit", "capture", "flush"],
    "clock": "real",
    "hostile": [],
}


def requests():
    for line in sys.stdin:
        yield json.loads(line)


def result(request, protocol=1):
    """What a sound adapter would put under ``ok``."""
    if request["op"] != "initialize":
        return {}
    named = {"name": "faux"}
    return {"protocol": protocol, "implementation": named, "capabilities": CAPABILITIES}


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def answer(request, **also):
    say(json.dumps({"id": request["id"], "ok": result(request), **also}))
