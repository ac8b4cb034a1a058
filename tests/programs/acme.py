"""What the programs beside this file share: an id in a file, a switch, a notice, one request.

Everything here is sound. A program is wrong by what it does in its own few lines. The key comes
from the environment (ACME_KEY), because no key stands in this repository.
"""

import contextlib
import datetime as dt
import json
import os
import pathlib
import sys
import threading
import urllib.request
import uuid

HOST = "https://us.i.posthog.com"
NOTICE = "Acme collects anonymous usage data. Set ACME_TELEMETRY=0 to turn telemetry off."
#: How long a program waits at its end. Longer where nothing is wrong with the network, so that what
#: is to be sent is sent on a busy machine, too.
WAIT_S = float(os.environ.get("ACME_WAIT_S", "2"))
ID_FILE = pathlib.Path.home() / ".acme" / "id"


def key() -> str:
    """The project key, the same in every run of one test."""
    return os.environ["ACME_KEY"]


def turned_off() -> bool:
    """Whether a person has said no, with Acme's own variable or with everybody's."""
    return os.environ.get("ACME_TELEMETRY") == "0" or os.environ.get("DO_NOT_TRACK") == "1"


def notice() -> None:
    """Say that there is telemetry, at once."""
    print(NOTICE, file=sys.stderr, flush=True)


def install_id() -> str:
    """A random id, kept in the home if the home can be written."""
    with contextlib.suppress(OSError):
        return ID_FILE.read_text(encoding="utf-8")
    fresh = str(uuid.uuid4())
    with contextlib.suppress(OSError):
        ID_FILE.parent.mkdir(parents=True, exist_ok=True)
        ID_FILE.write_text(fresh, encoding="utf-8")
    return fresh


def event(name: str, distinct_id: str, **properties: object) -> dict[str, object]:
    """One event, with a uuid and a time of its own."""
    return {
        "event": name,
        "distinct_id": distinct_id,
        "uuid": str(uuid.uuid4()),
        "timestamp": dt.datetime.now(dt.UTC).isoformat(),
        "properties": {"$process_person_profile": False, "version": "1.4.0", **properties},
    }


def post(
    path: str,
    body: object,
    *,
    host: str = HOST,
    headers: dict[str, str] | None = None,
    timeout: float = WAIT_S - 0.5,
) -> bytes:
    """Post JSON and return the answer; raises OSError (urllib's errors are) when that fails."""
    request = urllib.request.Request(
        host + path,
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "User-Agent": "acme/1.4.0", **(headers or {})},
    )
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return answer.read()


def batch(events: list[dict[str, object]]) -> dict[str, object]:
    """The body of a batch."""
    return {"api_key": key(), "batch": events}


def deliver(*events: dict[str, object], headers: dict[str, str] | None = None) -> None:
    """Send one batch beside the program, which waits ``WAIT_S`` for it and never hears of it."""

    def work() -> None:
        with contextlib.suppress(Exception):
            post("/batch/", batch(list(events)), headers=headers)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(WAIT_S)
