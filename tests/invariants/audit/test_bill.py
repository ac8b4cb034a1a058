"""What an audit says would be billed is what the meter says, however the evidence is cut."""

import itertools
import json
import random
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payloadproof.audit.audit import Audit
from payloadproof.audit.bill import Bill
from payloadproof.audit.partial import read as read_partial
from payloadproof.audit.partial import write
from payloadproof.audit.parts import by_processes, evenly, tasks_of
from payloadproof.audit.records import PARTITIONS
from payloadproof.billing.meter import metered
from payloadproof.evidence.files import Evidence, Flaw, read
from payloadproof.evidence.forms import look
from payloadproof.recorder.decode import event_of
from payloadproof.recorder.ledger import Request

WHO = ["ann", "ben", "device", "anonymous", 7, "7", "x" * 201, "x" * 200, "a\0b", "", True, None]
NAMES = [
    *("search_performed", "worker_started", "made_up", "survey sent", "$ai_generation", "$set"),
    *("$exception", "$feature_flag_called", "$performance_event", "$groupidentify", 7),
    *("$identify", "$create_alias", "$merge_dangerously"),
]
TIMES = [
    *("2026-11-01T12:00:00Z", "2026-11-01T12:00:30.5Z", "2026-11-01T12:01:00Z"),
    *("2026-11-01T12:01:00.000001Z", "2026-11-01T14:01:00+02:00", "2026-11-02T00:30:00+01:00"),
    *("2026-11-03T09:00:00", "2026-10-01", "0001-01-01T00:00:00+10:00", "then", None, 5),
]


def an_id(number, form):
    plain = str(uuid.UUID(int=number, version=4))
    return [plain, plain, plain.upper(), plain.replace("-", ""), f"no uuid {number}", "", None][
        form
    ]


@st.composite
def events(draw):
    properties = {}
    if (flag := draw(st.sampled_from([False, False, True, None, 0]))) is not None:
        properties["$process_person_profile"] = flag
    name = draw(st.sampled_from(NAMES))
    if name == "$exception" and draw(st.booleans()):
        properties["$exception_list"] = []
    if draw(st.booleans()):
        properties["$anon_distinct_id"] = draw(st.sampled_from(WHO))
    if draw(st.booleans()):
        properties["alias"] = draw(st.sampled_from(WHO))
    event = {
        "event": name,
        "distinct_id": draw(st.sampled_from(WHO)),
        "uuid": an_id(draw(st.integers(1, 12)), draw(st.integers(0, 6))),
        "timestamp": draw(st.sampled_from(TIMES)),
        "properties": properties,
    }
    if draw(st.integers(0, 9)) == 0:
        event["offset"] = 120_000
    if draw(st.integers(0, 15)) == 0:
        event["properties"] = draw(st.sampled_from([None, [], "text"]))
    return event


def alone(evidence):
    """The meter's, of all requests in turn."""
    return metered(one for one in evidence.pieces if not isinstance(one, Flaw))


def written(path, some):
    path.write_text("".join(json.dumps(one) + "\n" for one in some))
    return path


def merged(contract, parts):
    whole = Audit(contract)
    for part in parts:
        for tally in read_partial(part, contract):
            whole.merge(tally)
    return whole.report("x", timed=False).billed


SLOW = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SLOW
@given(some=st.lists(events(), min_size=1, max_size=30))
def test_an_audit_bills_what_the_meter_does_whole_and_in_parts(some, contract, tmp_path):
    path = written(tmp_path / "events.jsonl", some)
    whole = Audit(contract)
    whole.add(read(look(path)))
    due = alone(read(look(path)))
    assert whole.report("x").billed == due
    parts = []
    for number, task in enumerate(tasks_of(look(path), evenly(max(path.stat().st_size // 3, 1)))):
        part = Audit(contract)
        part.add(read(task.found, part=task.part))
        parts.append(tmp_path / f"{number}.partial")
        write(part.parts, contract, parts[-1])
    assert merged(contract, reversed(parts)) == due


def test_the_first_event_of_a_person_may_stand_in_another_part(contract, tmp_path):
    def one(number, day, *, person, who="ann"):
        return {
            "event": "made_up",
            "distinct_id": who,
            "uuid": an_id(number, 0),
            "timestamp": f"2026-11-{day:02}T12:00:00Z",
            "properties": {"$process_person_profile": person},
        }

    def joining(number, who, other):
        more = {"event": "$identify", "properties": {"$anon_distinct_id": other}}
        return one(number, 2, person=True, who=who) | more

    days = [
        [one(1, 1, person=True), one(2, 1, person=False), one(3, 5, person=False, who="device")],
        [one(4, 2, person=False), one(1, 1, person=True), joining(5, "ann", "device")],
        [one(6, 3, person=False, who="device"), one(7, 1, person=False), one(8, 9, person=False)],
    ]
    parts = []
    for number, some in enumerate(days):
        part = Audit(contract)
        part.add(read(written(tmp_path / f"{number}.jsonl", some)))
        parts.append(tmp_path / f"{number}.partial")
        write(part.parts, contract, parts[-1])
    due = alone(read(written(tmp_path / "all.jsonl", itertools.chain(*days))))
    assert (due.events, due.upgraded, due.repeats, due.installs) == (8, 3, 1, 1)
    for order in itertools.permutations(parts):
        assert merged(contract, order) == due


def test_two_processes_bill_what_one_does(contract, tmp_path):
    rng = random.Random(16)
    some = [
        {
            "event": rng.choice([name for name in NAMES if isinstance(name, str)]),
            "distinct_id": rng.choice(WHO[:5]) if rng.random() < 0.1 else f"install-{number % 99}",
            "uuid": an_id(rng.randrange(900), rng.randrange(7)),
            "timestamp": f"2026-11-{1 + number // 90:02}T12:00:{rng.randrange(60):02}Z",
            "properties": {
                "$process_person_profile": rng.random() < 0.1,
                "$anon_distinct_id": f"install-{rng.randrange(400)}",
                "alias": f"install-{rng.randrange(400)}",
            },
        }
        for number in range(1500)
    ]
    path = written(tmp_path / "events.jsonl", [*some, *rng.sample(some, 200)])
    due = alone(read(path))
    assert min(due.upgraded, due.repeats, due.events - due.identified) > 10
    piece = path.stat().st_size // 5
    with by_processes([look(path)], "claude_mem", 2, strict=False, piece=piece) as (
        audit,
        problems,
    ):
        assert problems == []
        assert audit.report("x").billed == due


@SLOW
@given(data=st.data())
def test_requests_are_billed_as_the_meter_does(data, contract, post, tmp_path):
    some = []
    for number in range(1, data.draw(st.integers(1, 6)) + 1):
        if data.draw(st.integers(0, 5)) == 0:
            asked = {"api_key": "phc_x", "distinct_id": data.draw(st.sampled_from(WHO))}
            path = data.draw(st.sampled_from(["/flags/?v=2", "/flags/definitions?token=x"]))
            some.append(post(number, path=path, body=asked))
            continue
        batch = data.draw(st.lists(events(), min_size=1, max_size=8))
        envelope = data.draw(
            st.sampled_from([{}, {"historical_migration": True}, {"sent_at": TIMES[0]}])
        )
        status = data.draw(st.sampled_from([200, 200, 200, 400]))
        dropped = ((0, "drop_event"),) if data.draw(st.integers(0, 4)) == 0 else ()
        path = data.draw(st.sampled_from(["/batch/", "/i/v1/analytics/events"]))
        some.append(
            post(number, batch, path=path, status=status, dropped=dropped, envelope=envelope)
        )
    whole = Audit(contract)
    path = written(tmp_path / "one.jsonl", [{"event": "a", "distinct_id": "b"}])
    evidence = read(path)
    whole.add(Evidence(**{**evidence._asdict(), "lines": None, "pieces": iter(some)}))
    assert whole.report("x").billed == metered(some)
    write(whole.parts, contract, tmp_path / "of-a-part")
    assert merged(contract, [tmp_path / "of-a-part"]) == metered(some)


@pytest.fixture(scope="module")
def post():
    def make(number, batch=(), *, path, body=None, **more):
        return Request(
            **{
                "number": number,
                "began_at": 0.0,
                "port": 1,
                "connection": 1,
                "method": "POST",
                "path": path,
                "headers": (("PostHog-Request-Timestamp", TIMES[2]),),
                "wire": b"",
                "wire_size": 0,
                "body": json.dumps(body).encode(),
                "events": tuple(map(event_of, batch)),
                "envelope": {},
                "tokens": (),
                "status": 200,
                "reason": "",
                "answered": 200,
                "service": "flags" if body else "capture",
            }
            | more
        )

    return make


def test_what_is_remembered_for_the_bill_lies_on_disk_beyond_a_bound(contract, tmp_path):
    rng = random.Random(3)
    some = [
        {
            "event": "made_up",
            "distinct_id": f"install-{rng.randrange(50)}",
            "uuid": an_id(rng.randrange(700), 0),
            "timestamp": f"2026-11-{rng.randrange(1, 29):02}T12:00:00Z",
            "properties": {"$process_person_profile": rng.random() < 0.2},
        }
        for _ in range(1000)
    ]
    path = written(tmp_path / "events.jsonl", some)
    audit = Audit(contract)
    audit.tally.bill = Bill(bound=1024)
    audit.add(read(path))
    kept = audit.tally.bill.records
    assert 32 * len(kept._kept[0]) <= 1024
    assert sum(len(kept.partition(number)[0]) for number in range(PARTITIONS)) == len(some)
    assert audit.report("x").billed == alone(read(path))


def test_a_copy_is_one_however_its_uuid_is_written(contract, tmp_path):
    some = [
        {
            "event": "made_up",
            "distinct_id": who,
            "uuid": an_id(7, form),
            "timestamp": "2026-11-01T12:00:00Z",
            "properties": {},
        }
        for form, who in ((0, "ann"), (2, "ann"), (3, "ann"), (0, "ben"))
    ]
    path = written(tmp_path / "events.jsonl", some)
    audit = Audit(contract)
    audit.add(read(path))
    assert audit.report("x").billed == alone(read(path))
    assert audit.report("x").billed.repeats == 2
