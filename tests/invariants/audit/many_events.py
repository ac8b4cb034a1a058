"""Events in number, for the tests of an audit: sound ones, broken ones, and copies among both."""

import json
import random
import uuid


def evidence_in(path, make):
    """A file of 1,500 of them; the events."""
    rng = random.Random(16)
    some = [make(number, rng) for number in range(1500)]
    written(path, some)
    return some


def written(path, some):
    path.write_text("".join(json.dumps(one) + "\n" for one in some))
    return path


def sound(number, rng):
    return {
        "event": "search_performed",
        "distinct_id": str(uuid.UUID(int=rng.randrange(9) + 5, version=4)),
        "uuid": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "timestamp": f"2026-11-{1 + number % 28:02}T12:00:00.{number % 1000:03}Z",
        "properties": {
            "result_count": rng.randrange(90),
            "outcome": "ok",
            "$process_person_profile": False,
            "$lib": "posthog-python",
        },
    }


def broken(number, rng):
    event = sound(number, rng)
    match number % 6:
        case 0:
            event["properties"]["project"] = f"acme {number}"
        case 1:
            event["properties"]["result_count"] = -number
        case 2:
            event["event"] = "made_up"
        case 3:
            event["properties"]["uptime_seconds"] = number
        case 4:
            event["distinct_id"] = f"me{number}@example.org"
        case _:
            del event["properties"]["$process_person_profile"]
    return event


def mixed(number, rng):
    event = sound(number, rng) if number % 3 else broken(number, rng)
    event["uuid"] = str(uuid.UUID(int=number // 3, version=4))  # copies, some of them changed
    if number % 7:
        event["timestamp"] = "2026-11-01T12:00:00.000Z"
    if number % 4:
        event["properties"] = sound(3, random.Random(3))["properties"]
    if number % 50 == 0:
        del event["uuid"]
    return event


def same(report):
    """What must not depend on how it was come by."""
    return report.findings, report.verdicts, report.collected, report.notes, report.billed
