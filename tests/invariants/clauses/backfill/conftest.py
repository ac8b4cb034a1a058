"""A past of two days, what is right to be sent of it, and histories of backfills over it."""

import json
import sys
import uuid
from pathlib import Path

import msgspec
import pytest

from payloadproof.evidence.history import Snapshot
from payloadproof.scenario.databases import Database

# With --import-mode=importlib a test's siblings are not importable.
sys.path.insert(0, str(Path(__file__).parent))
from two_days import FIGURES, FIRST, INSTALL, LAST, NOW_MS, ONCE, SECOND, at, table


@pytest.fixture
def database(contract):
    """Two days: two sessions and three observations on the first, one summary on the second."""
    sessions = [
        {"project": "a", "platform_source": "claude", "status": "completed"},
        {"project": "b", "platform_source": "abacus", "status": "active"},
    ]
    observations = [
        {"project": "a", "type": "bugfix", "text": "12345", "agent_type": "x"},
        {"project": "c", "type": "riddle", "text": "1234"},
        {"project": "c", "type": None, "text": None},
    ]
    began = {"started_at_epoch": at(FIRST) // 1_000}
    made = {"created_at_epoch": at(FIRST, "23:59:59")}
    second = {"created_at_epoch": at(SECOND), "discovery_tokens": 70}
    return Database(
        tables={
            "sdk_sessions": table(contract, "sdk_sessions", *(one | began for one in sessions)),
            "observations": table(contract, "observations", *(one | made for one in observations)),
            "session_summaries": table(contract, "session_summaries", second),
            "user_prompts": table(contract, "user_prompts"),
        }
    )


@pytest.fixture
def event_of(contract):
    """The right event of a day, or of the install; what is wrong with it is said beside it."""

    def make(day, name="historical_activity", properties=None, clock="12:00:00", install=INSTALL):
        stands = day if name == "historical_activity" else "install"
        space = uuid.UUID(contract.backfill.namespace)
        given = FIGURES.get(day, {"prompt_count": 1, "backfilled": True})
        return {
            "event": name,
            "distinct_id": install,
            "uuid": str(uuid.uuid5(space, f"{install}|{name}|{stands}")),
            "timestamp": f"{day}T{clock}.000Z",
            "properties": given if properties is None else properties,
        }

    return make


@pytest.fixture
def sound(event_of):
    """All that is to be sent of the database."""
    install = {"first_active_date": FIRST, "backfilled": True}
    return [
        event_of(FIRST),
        event_of(SECOND),
        event_of(FIRST, "install_inferred", properties=install),
    ]


@pytest.fixture
def request_of(post, during):
    """A request of one backfill and what it was answered."""

    def make(events, step=0, *, answered=200, said='{"status":"Ok"}', stored=True, **envelope):
        whole = {"historical_migration": True} | envelope
        made = post(*events, at=during(step), **whole)
        return msgspec.structs.replace(made, answered=answered, said=said, stored=stored)

    return make


@pytest.fixture
def marked():
    """What the marker says after all of it was sent."""

    def make(**other):
        said = {"throughDay": LAST, "eventCount": 3, "installId": INSTALL, "version": 2} | other
        return json.dumps(said)

    return make


@pytest.fixture
def sent(request_of, sound):
    """A request of all of it; what is said of the answer as in ``request_of``."""
    return lambda **said: request_of(sound, **said)


@pytest.fixture
def ran(history, database, marked):
    """A history of backfills over the database; ``markers``: the text after each step."""

    def make(*requests, steps=ONCE, markers=None, of=database, **state):
        done = history(*steps, requests=requests)
        scenario = msgspec.structs.replace(done.scenario, now_ms=NOW_MS, history=of, **state)
        texts = {0: marked()} if markers is None else markers
        shots = tuple(Snapshot(step=step, files={}, marker=text) for step, text in texts.items())
        return msgspec.structs.replace(done, scenario=scenario, snapshots=shots)

    return make
