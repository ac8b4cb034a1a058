"""The canonical scenarios, and what a payload is compared by.

``python tests/golden/canonical.py FILE [ADAPTER]`` records them for an audit.
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from payloadproof import contract as contracts
from payloadproof.adapters.connect import REFERENCE, connector
from payloadproof.protocol.messages import Fault, Frame
from payloadproof.recorder.server import Recorder
from payloadproof.evidence.recording import Writer
from payloadproof.scenario import steps as do
from payloadproof.scenario.databases import Database, Row, Table
from payloadproof.drive.runner import Runner

NOW_MS = 1_760_000_000_000
FIRST, SECOND = 123_456_789_012_347, 123_464_443_333_444
ENDING = (do.Flush(), do.Shutdown())
DAY_MS = 86_400_000
PAST_MS = NOW_MS // DAY_MS * DAY_MS - 40 * DAY_MS

LIFECYCLE = {
    "install_completed": {
        "ide": "claude-code",
        "provider": "claude",
        "runtime_mode": "worker",
        "is_update": False,
        "outcome": "ok",
        "duration_ms": 1250.5,
        "interactive": True,
        "install_method": "npm",
        "bun_version": "1.4.5",
    },
    "install_failed": {"error_category": "network", "interactive": False, "install_method": "bun"},
    "uninstall_completed": {},
    "worker_started": {
        "trigger": "start",
        "duration_ms": 310,
        "ide": "claude-code",
        "provider": "openrouter",
        "process_rss_mb": 180,
        "db_observation_count": 1200,
        "db_size_mb": 14.5,
        "previous_shutdown": "clean",
    },
}
DIRECT = {
    "trial_email_submitted": {},
    "trial_link_sent": {"duration_ms": 640},
    "trial_activated": {"duration_ms": 42_000},
    "trial_poll_timeout": {
        "stage": "awaiting_login",
        "outcome": "timeout",
        "duration_ms": 90_000,
    },
    "worker_stopped": {"uptime_seconds": 3600, "shutdown_reason": "stop"},
    "search_performed": {
        "endpoint": "search",
        "outcome": "ok",
        "duration_ms": 12.25,
        "result_count": 7,
        "chroma_available": True,
        "fallback_reason": "none",
    },
    "hook_failed": {
        "hook_type": "context",
        "error_mode": "worker_unavailable",
        "consecutive_failures": 3,
        "threshold_tripped": True,
    },
    "error_occurred": {"error_category": "database"},
}


FAULT = Fault(
    type="TimeoutError",
    message="saving {home}/notes/plan.md for ana@example.org took 31 s",
    frames=(
        Frame(function="save", file="{home}/app/store.py", source="store.save(note)"),
        Frame(function="flush", file="{home}/app/disk.py", source="disk.flush(note)"),
    ),
    cause=Fault(
        type="OSError",
        message="device 10.1.2.3 is gone",
        frames=(Frame(function="write", file="{home}/app/wire.py", source="wire.write(page)"),),
    ),
)


def _database(contract):
    """Two days with one between them, of which the second lies in seconds."""
    rows = {
        "sdk_sessions": (
            {"project": "acme", "platform_source": "claude", "status": "completed"},
            {"project": "acme", "platform_source": "cursor", "status": "failed"},
        ),
        "observations": (
            {"project": "acme", "type": "bugfix", "text": "a fix", "agent_type": "planner"},
            {"project": "zeta", "type": "riddle", "text": "what walks on four legs"},
        ),
        "session_summaries": ({"project": "acme", "discovery_tokens": 640},),
        "user_prompts": ({"prompt_text": "mend it"}, {"prompt_text": "and that"}),
    }
    tables = {}
    for name, some in rows.items():
        known = contract.backfill.tables[name]
        first = tuple(Row(values=row | {known.epoch: PAST_MS + 3_600_000}) for row in some)
        second = Row(values=some[0] | {known.epoch: (PAST_MS + 2 * DAY_MS) // 1_000}, times=3)
        tables[name] = Table(columns=known.columns, rows=(*first, second))
    return Database(tables=tables)


def _captures(contract, events):
    return tuple(
        do.Capture(
            event=name,
            properties=properties,
            person=contract.events[name].profile,
            transport=contract.events[name].transport,
        )
        for name, properties in events.items()
    )


def _turn(session, model, tokens, **more):
    properties = {
        "model": model,
        "tokens_input": tokens,
        "tokens_output": tokens // 4,
        "cost_usd": tokens / 1024,
        "outcome": "ok",
        **more,
    }
    return do.Record(event="session_compressed", session=session, properties=properties)


def scenarios(contract):
    """Name to scenario; the names are those of the files in ``golden/``."""
    dirty = {"endpoint": "search", "project": "acme", "prompt": "secret", "ide": {"nested": 1}}
    steps = {
        "lifecycle": _captures(contract, LIFECYCLE),
        "direct": _captures(contract, DIRECT),
        "dirty": _captures(contract, {"search_performed": dirty}),
        "session": (
            _turn(FIRST, "claude-sonnet-4-5", 1000, count=2, obs_type_bugfix=2, duration_ms=80),
            _turn(FIRST, "claude-sonnet-4-5", 3000, count=1, obs_type_discovery=1, duration_ms=40),
            _turn(FIRST, "claude-haiku-4", 500, outcome="aborted"),
            do.EndSession(session=FIRST),
        ),
        "two-sessions": (
            _turn(FIRST, "claude-sonnet-4-5", 1000),
            _turn(SECOND, "gpt-4o", 64),
            do.EndSession(session=SECOND),
            _turn(FIRST, "claude-sonnet-4-5", 24),
            do.EndSession(session=FIRST),
        ),
        "shutdown": (_turn(FIRST, "claude-sonnet-4-5", 1000), _turn(SECOND, "gpt-4o", 64)),
        "exception": (do.RaiseError(error=FAULT, properties={"error_category": "database"}),),
        "past": (do.Backfill(),),
    }
    history = _database(contract)
    return {
        name: do.Scenario(steps=(*some, *ENDING), now_ms=NOW_MS, history=history)
        for name, some in steps.items()
    }


def run(adapter, contract):
    """Every canonical scenario's history, by name."""
    without = contract.variable_names
    with (
        Recorder() as recorder,
        Runner(contract, connector(adapter, without=without), recorder) as runner,
    ):
        return {name: runner.run(scenario) for name, scenario in scenarios(contract).items()}


def normalised(history):
    """The events of a history without what differs by machine, moment or SDK.

    Base properties and SDK stamps tell of the machine and the language; ids are random; batches
    arrive as the client cut them. What is left is what the contract is about, to which the time of
    a past event belongs.
    """
    contract = history.contract
    dropped = {*contract.base, *contract.wire.stamps}
    events = [
        {"event": sent.event.name, "properties": _kept(sent.event.properties, dropped)}
        | _past(contract.events[sent.event.name], sent.event.timestamp)
        for sent in history.distinct
    ]
    return sorted(events, key=repr)


def _past(declared, timestamp):
    if declared.kind != "historical":
        return {}
    return {"timestamp": datetime.fromisoformat(timestamp).astimezone(UTC).isoformat()}


def _kept(properties, dropped):
    return {
        key: _kept(value, dropped) if key == "$set" else _number(value)
        for key, value in sorted(properties.items())
        if key not in dropped
    }


def _number(value):
    # JSON has one kind of number: 1.0 in Python is 1 in JavaScript.
    return int(value) if isinstance(value, float) and value.is_integer() else value


if __name__ == "__main__":
    with Path(sys.argv[1]).open("wb") as file:
        writer = Writer(file, time.monotonic())
        contract = contracts.load("claude_mem")
        for history in run(sys.argv[2] if len(sys.argv) > 2 else REFERENCE, contract).values():
            for request in history.requests:
                writer.add(request)
        writer.end()
