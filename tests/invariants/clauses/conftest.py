"""Evidence built by hand: requests as the recorder decodes them, and histories around them."""

from __future__ import annotations

import gzip
import json
import secrets
import uuid

import pytest

from payloadproof.clauses.registry import judge
from payloadproof.clauses.run_checks import judge_runs
from payloadproof.evidence.history import Call, File, History, Snapshot
from payloadproof.protocol import messages as ops
from payloadproof.protocol.messages import Capabilities, Fault
from payloadproof.recorder.decode import decode
from payloadproof.recorder.ledger import Connection, Request
from payloadproof.scenario import steps as do

BEGAN = 1_000.0  # when the start of a scenario is asked for; each step takes one second from there

PARAMS = {
    do.Capture: lambda step: ops.Capture(event=step.event, properties=step.properties),
    do.Record: lambda step: ops.Record(event=step.event, session=step.session),
    do.EndSession: lambda step: ops.EndSession(session=step.session),
    do.SetEnv: lambda step: ops.SetConsent(env=step.env),
    do.Advance: lambda step: ops.AdvanceClock(ms=step.ms),
    do.Respawn: lambda step: ops.Respawn(session=step.session),
    do.SetClock: lambda step: ops.SetClock(now_ms=step.offset_ms),
    do.Backfill: lambda step: ops.RunBackfill(),
    do.RaiseError: lambda step: ops.RaiseError(error=step.error, via=step.via),
    do.Flush: lambda step: ops.Flush(),
    do.Shutdown: lambda step: ops.Shutdown(),
}


@pytest.fixture(scope="session")
def during():
    """The middle of a step, in seconds; -1 is the start, and the number of steps the end."""
    return lambda step: BEGAN + 1 + step + 0.25


@pytest.fixture(scope="session")
def make_event():
    def make(name="search_performed", properties=None, **top_level):
        return {
            "event": name,
            "distinct_id": "install-1",
            "uuid": str(uuid.uuid4()),
            "timestamp": "2026-10-01T10:00:00Z",
            "properties": {"$process_person_profile": False, **(properties or {})},
            **top_level,
        }

    return make


@pytest.fixture(scope="session")
def post(during):
    """A request, decoded as the recorder decodes it."""

    def make(*events, body=None, at=None, path="/batch/", headers=(), packed=False, **envelope):
        if body is None:
            token = f"phc_{secrets.token_hex(16)}"
            body = json.dumps({"api_key": token, "batch": list(events), **envelope}).encode()
        wire = gzip.compress(body) if packed else body
        decoded = decode("POST", path, headers, wire)
        return Request(
            number=1,
            began_at=during(0) if at is None else at,
            port=1,
            connection=1,
            method="POST",
            path=path,
            headers=tuple(headers),
            wire=wire,
            wire_size=len(wire),
            answered=None,
            **{field: getattr(decoded, field) for field in decoded.__struct_fields__},
        )

    return make


@pytest.fixture(scope="session")
def arrived(post, make_event, during):
    """A request with one event that began during a step."""

    def make(step, name="search_performed", **properties):
        return post(make_event(name, properties), at=during(step))

    return make


@pytest.fixture(scope="session")
def call(during):
    """What came of a step: `ok`, unless told otherwise."""

    def make(index, params, kind="ok", **also):
        began = during(index) - 0.25
        return Call(
            step=index, params=params, kind=kind, began_at=began, ended_at=began + 0.5, **also
        )

    return make


@pytest.fixture(scope="session")
def history_of(contract, call):
    """A History of these steps, each of them done without a hitch, and of what arrived."""

    def make(steps, requests, *, env=None, consent_text=None, calls=None, **also):
        scenario = do.Scenario(
            steps=tuple(steps), env=env or {}, consent_text=consent_text, now_ms=0
        )
        done = [
            call(index, PARAMS[type(step)](step))
            for index, step in enumerate(steps)
            if type(step) in PARAMS
        ]
        return History(
            contract=contract,
            scenario=scenario,
            capabilities=Capabilities(ops=(), clock="virtual", hostile=("nan", "circular")),
            calls=(call(-1, ops.EndScenario()), *done) if calls is None else tuple(calls),
            requests=tuple(requests),
            **also,
        )

    return make


@pytest.fixture(scope="session")
def history(history_of):
    """The same, with the steps as arguments."""
    return lambda *steps, requests=(), **also: history_of(steps, requests, **also)


@pytest.fixture(scope="session")
def recorded(contract):
    """A History of a recording: requests, and nothing else."""
    return lambda *requests: History(contract=contract, requests=requests)


@pytest.fixture(scope="session")
def found():
    """The findings of one clause; they have to be that clause's own."""

    def judged(clause, history):
        findings = judge(history, [clause]).findings
        assert all(one.clause == clause for one in findings)
        return findings

    return judged


@pytest.fixture(scope="session")
def fired():
    """Whether the control of a clause fired."""
    return lambda clause, history: clause in judge(history, [clause]).exercised


@pytest.fixture(scope="session")
def connected(during):
    return lambda step: Connection(number=1, port=1, began_at=during(step))


@pytest.fixture(scope="session")
def snapshots():
    """Snapshots from ``{step: {path: content}}``."""

    def make(contents):
        return tuple(
            Snapshot(
                step=step,
                files={
                    path: File(len(text), hash(text), str(hash(text)))
                    for path, text in files.items()
                },
            )
            for step, files in contents.items()
        )

    return make


@pytest.fixture
def resumed(call, history):
    """A History of these steps, in which each crash is followed by a process that answers."""

    def make(*steps, requests=(), **also):
        calls = []
        for index, step in enumerate(steps):
            if isinstance(step, do.Crash):
                start = ops.StartScenario(
                    scenario="s",
                    env={},
                    home="/h",
                    data_dir="/d",
                    host="http://127.0.0.1:1",
                    token="phc_",
                    now_ms=0,
                    resume=True,
                )
                calls.append(call(index, start))
            elif isinstance(step, do.Shutdown):
                calls.append(call(index, ops.Shutdown()))
        return history(*steps, requests=requests, calls=calls, **also)

    return make


@pytest.fixture(scope="session")
def raising():
    def make(message="the lid is open", name="KettleError", frames=(), **also):
        fault = Fault(type=name, message=message, frames=frames)
        return do.RaiseError(error=fault, **also)

    return make


@pytest.fixture(scope="session")
def said(post, make_event, during):
    """A request with one error, of the time its scenario began unless told otherwise."""

    def make(message="the lid is open", step=0, at="1970-01-01T00:00:00+00:00", **properties):
        own = {"error_type": "KettleError", "error_message": message, "occurrence_count": 1}
        event = make_event("$exception", own | properties, timestamp=at)
        return post(event, at=during(step))

    return make


@pytest.fixture(scope="session")
def on(contract):
    return {"consent_text": '{"enabled": true}'}


# Runs of a program as it is


@pytest.fixture(scope="session")
def judged():
    """The findings of one clause on runs."""
    return lambda clause, *runs: judge_runs(runs, [clause]).findings


@pytest.fixture(scope="session")
def exercised():
    """Whether the control of one clause fired on runs."""
    return lambda clause, *runs: clause in judge_runs(runs, [clause]).exercised
