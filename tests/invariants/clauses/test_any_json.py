"""Whatever JSON can hold, in every place where a history holds any: no check breaks on it.

In what was handed over, in what was sent, in replies, in files, in the log and on the console; and
in the second run of a scenario with planted secrets.
"""

import json

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from payloadproof.clauses.promises import travelled
from payloadproof.clauses.registry import CHECKS, judge
from payloadproof.contract import load
from payloadproof.evidence.history import Attempts, File, Snapshot, Weight
from payloadproof.protocol import messages as ops
from payloadproof.protocol.messages import Fault
from payloadproof.recorder.ledger import Connection
from payloadproof.recorder.script import LoseAnswer, Times, Withhold
from payloadproof.scenario import steps as do

CONTRACT = load("claude_mem")
SESSION = 123_456_789_012_347
CANARIES = ("k7f2q9x1m4b8z3w6p0t5", "a-secret-with-words")

#: Beyond what a float holds, on its edges, and what adds up to either.
NUMBERS = st.sampled_from(
    [1e308, -1e308, 1.8e308, 10**400, -(10**400), 2**63, 2**53 + 1, 1e-320, -0.0, 0, 1, True]
) | st.floats(allow_nan=True)
WORDS = st.text(max_size=12) | st.sampled_from(
    [
        "�",
        "\x00",
        "",
        "1e999",
        "observer-a",
        "session_end",
        "worker_shutdown",
        "{canary:0}",
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "NaN",
        "{}",
        "[",
        '{"enabled": true}',
        '{"enabled": false, "installId": 7}',
        "undefined",
    ]
)
VALUES = st.recursive(
    NUMBERS | WORDS | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
KEYS = sorted(
    {
        key
        for event in CONTRACT.events.values()
        for key in (*event.properties, *event.own_properties)
    }
    | {key for one in CONTRACT.occurrences.values() for key in one.properties}
    | {"$set", "$process_person_profile", "$geoip_disable", "$exception_list", "$lib", "alias"}
)
PROPERTIES = st.dictionaries(st.sampled_from(KEYS) | WORDS, VALUES | NUMBERS, max_size=8)
NAMES = st.sampled_from([*CONTRACT.events, *CONTRACT.occurrences, "$identify"])
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "event": NAMES | VALUES,
        "properties": PROPERTIES | VALUES,
        **dict.fromkeys(("distinct_id", "uuid", "timestamp", "$set", "alias"), VALUES),
    },
)
BODIES = st.fixed_dictionaries(
    {"batch": st.lists(EVENTS, max_size=4)},
    optional=dict.fromkeys(("api_key", "sent_at", "historical_migration"), VALUES),
)
FAULTS = st.builds(Fault, type=st.just("KettleError"), message=VALUES, stack=VALUES | st.none())
STEPS = st.lists(
    st.builds(do.Capture, event=NAMES | VALUES, properties=PROPERTIES | VALUES)
    | st.builds(
        do.Record,
        event=st.sampled_from([*CONTRACT.occurrences]),
        session=st.just(SESSION) | st.none(),
        properties=PROPERTIES,
        times=st.sampled_from([1, 2]),
    )
    | st.builds(do.RaiseError, error=FAULTS, properties=PROPERTIES | VALUES)
    | st.builds(
        do.Instrument,
        component=WORDS,
        level=st.just("info"),
        message=WORDS,
        event=NAMES,
        properties=PROPERTIES,
    )
    | st.builds(do.SetEnv, env=st.dictionaries(st.just("DO_NOT_TRACK"), WORDS, max_size=1))
    | st.builds(do.WriteConsent, text=WORDS | st.none())
    | st.builds(do.Advance, ms=st.sampled_from([0, 31_000, 400_000, 4_000_000, 10**14]))
    | st.builds(do.SetClock, offset_ms=st.sampled_from([0, -(10**14), 10**15]))
    | st.builds(do.Network, behaviour=st.sampled_from([Withhold(), Times(1, LoseAnswer())]))
    | st.sampled_from(
        [
            do.EndSession(session=SESSION),
            do.Respawn(session=SESSION),
            do.Flush(),
            do.Shutdown(),
            do.Crash(),
            do.Explain(),
            do.Backfill(),
            do.Weigh(),
            do.FillDisk(),
            do.Fork(event="search_performed"),
        ]
    ),
    max_size=6,
)
TWICE = {"event": "observer_turn_rollup", "properties": dict.fromkeys(KEYS, 1e308)}
RECORDED = do.Record(
    event="session_compressed",
    session=SESSION,
    properties=dict.fromkeys(CONTRACT.occurrences["session_compressed"].properties, 1e308)
    | {"model": "observer-a"},
)
ENDED = [do.EndSession(session=SESSION), do.Flush(), do.Shutdown()]


@pytest.fixture(scope="module")
def judged(history_of, post, during, call):
    """Everything that the checks say of such a history."""

    def of(steps, bodies, said):
        requests = [
            post(body=json.dumps(body).encode(), at=during(index))
            for index, body in enumerate(bodies)
        ]
        started = ops.StartScenario(
            scenario="s",
            env={},
            home="/h",
            data_dir="/d",
            host="http://127.0.0.1:1",
            token="phc_",
            now_ms=0,
        )
        known = {do.Explain: ops.Explain(), do.Backfill: ops.RunBackfill(), do.Crash: started}
        known[do.Fork] = ops.Fork(event="search_performed")
        calls = [
            call(index, known.get(type(step), ops.Flush()), result={"on": said, "layer": said})
            for index, step in enumerate(steps)
        ]
        text = said if isinstance(said, str) else json.dumps(said)
        text = text.encode(errors="replace").decode()  # as a file is read
        files = {"data/telemetry.json": File(1, 1, text)}
        also = {
            "calls": calls,
            "log": text,
            "stdout": text.encode(errors="replace"),
            "consent_text": text,
            "canaries": CANARIES,
            "connections": (Connection(number=1, port=1, began_at=during(0)),),
            "weights": (Weight(0, 10**30), Weight(1, 0)),
            "attempts": Attempts(0, 10**30, -1),
            "snapshots": (Snapshot(step=-1, files={}), Snapshot(step=0, files=files, marker=text)),
        }
        twin = history_of(steps, requests[:1], **also)
        one = history_of(steps, requests, twin=twin, **also)
        scenario = msgspec.structs.replace(one.scenario, consent_text=text)
        for history in (one, msgspec.structs.replace(one, scenario=scenario)):
            judgement = judge(history, CHECKS)
            travelled(history, judgement.exercised)  # the map of roads is made of each, too
            travelled(history, CHECKS.keys())
            yield from judgement.findings

    return of


@settings(max_examples=120, suppress_health_check=list(HealthCheck), deadline=None)
@example(
    steps=[RECORDED, RECORDED, *ENDED], bodies=[{"batch": [TWICE, TWICE]}], said='{"enabled":true}'
)
@example(
    steps=ENDED, bodies=[{"batch": [TWICE | {"timestamp": "0001-01-01T00:00:00+23:59"}]}], said=None
)
@given(steps=STEPS, bodies=st.lists(BODIES, max_size=3), said=VALUES | WORDS)
def test_no_check_breaks_on_what_json_can_hold(judged, steps, bodies, said):
    for finding in judged(steps, bodies, said):
        assert finding.expected
        assert finding.observed
        # A report is JSON, and goes to a terminal.
        "".join((finding.message, finding.kind, *finding.evidence)).encode()
