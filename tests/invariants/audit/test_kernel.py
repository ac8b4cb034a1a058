"""Kernel and clauses say the same, of any events, however they are cut and put together."""

import gc
import importlib
import itertools
import json
import pkgutil
import random
import sys
import uuid
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple

from payloadproof.audit import parts, state, typed
from payloadproof.audit.again import differs
from payloadproof.audit.asked import REMEMBERED, STATELESS
from payloadproof.audit.audit import Audit
from payloadproof.audit.cells import Column
from payloadproof.audit.content import Contents, contents
from payloadproof.audit.groups import Paths
from payloadproof.audit.partial import read as read_partial
from payloadproof.audit.partial import write
from payloadproof.audit.parts import by_processes, evenly, less_and_less, tasks_of, together
from payloadproof.clauses.registry import judge
from payloadproof.clauses.wire.retries import said_by
from payloadproof.contract import Property
from payloadproof.contract.values import misfits
from payloadproof.errors import HarnessError
from payloadproof.evidence.files import Flaw, read
from payloadproof.evidence.forms import look
from payloadproof.evidence.history import History

sys.path.insert(0, str(Path(__file__).parent))

from many_events import broken, evidence_in, mixed, same, sound, written

CHANGED = 0.5
INSTALLS = ["1d0f8e8c-6c0c-4f0e-9a6e-7a3f0c1b2d3e", "user", "me@example.org", 7, None]
KEYS = [
    *("result_count", "outcome", "version", "locale", "uptime_seconds", "error_message"),
    *("$process_person_profile", "$geoip_disable", "$lib", "$lib_version", "$os", "$session_id"),
    *("unlisted", "$set", "$set_once", "$exception_list", "duration_ms", "model", 'a "key"\n'),
]
TEXTS = ["ok", "10.3.1", "de-DE", "/home/alice/acme", "me@example.org", "203.0.113.7", "x" * 201]
VALUES = st.one_of(
    st.sampled_from([0, 1, 3, -2, 10**15, 1.0, 2.5, True, False, None]),
    st.sampled_from(TEXTS),
    st.sampled_from([{}, [], {"a": 1}, ["b"]]),
)
PERSON = st.one_of(
    VALUES, st.dictionaries(st.sampled_from(["os", "version", "locale", "email"]), VALUES)
)

PERSONS = [{"version": "10.3.1"}, {"version": 7, "os": "ok"}, {"email": TEXTS[4]}, {}, 4, None]


@st.composite
def events(draw):
    properties = {}
    for key in draw(st.lists(st.sampled_from(KEYS), max_size=6, unique=True)):
        properties[key] = draw(PERSON if key.startswith("$set") else VALUES)
    name = draw(
        st.sampled_from(
            [
                *("search_performed", "worker_started", "install_completed", "$exception"),
                *("error_occurred", "daily_activity", "historical_activity", "made_up", "a b", 7),
            ]
        )
    )
    event = {
        "event": name,
        "distinct_id": draw(st.sampled_from(INSTALLS)),
        "uuid": str(uuid.UUID(int=draw(st.integers(0, 40)), version=4)),
        "timestamp": f"2026-11-0{draw(st.integers(1, 2))}T12:00:00.000Z",
        "properties": properties,
    }
    change = draw(st.integers(0, 12))
    if change == 0:
        event["timestamp"] = draw(st.sampled_from(["then", None, "me@example.org", 5]))
    elif change == 1:
        del event[draw(st.sampled_from(["uuid", "distinct_id", "timestamp", "properties"]))]
    elif change == 2:
        event[draw(st.sampled_from(["type", "$set", "library", "other"]))] = draw(PERSON)
    elif change == 3:
        event["properties"] = draw(VALUES)
    return event


def by_the_clauses(contract, path):
    """Each event judged by itself, and all of them by what has to be remembered."""
    found = Counter()
    first = {}
    requests = [one for one in read(path).pieces if not isinstance(one, Flaw)]
    alone = [judge(History(contract=contract, requests=(one,)), STATELESS) for one in requests]
    whole = judge(History(contract=contract, requests=tuple(requests)), REMEMBERED)
    for finding in itertools.chain(*(one.findings for one in alone), whole.findings):
        kind = finding.clause, finding.expected, finding.observed
        found[kind] += 1
        first.setdefault(kind, finding.evidence[0].split(": ")[0])
    return {kind: (times, first[kind]) for kind, times in found.items()}


def told(report):
    """The findings of a report: how often each, and where first."""
    said = {}
    for one in report.findings:
        observed, _, times = one.observed.rpartition(", ")
        if not times.endswith(" times"):
            observed, times = one.observed, "1 times"
        place = one.evidence[0].split(": ")[0]
        said[one.clause, one.expected, observed] = (int(times[:-6].replace(",", "")), place)
    return said


def audited(contract, *paths):
    audit = Audit(contract)
    for path in paths:
        audit.add(read(path))
    return audit


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(some=st.lists(events(), min_size=1, max_size=40))
def test_the_kernel_says_what_the_clauses_say(some, contract, tmp_path):
    path = written(tmp_path / "events.jsonl", some)
    assert told(audited(contract, path).report("x")) == by_the_clauses(contract, path)


def varied(event, rng, often):
    """One of two names, so that types are made of it, with other keys and values than before."""
    event = json.loads(json.dumps(event)) | {"event": rng.choice(["search_performed", "made_up"])}
    if isinstance(event.get("properties"), dict):
        keys = list(event["properties"])
        rng.shuffle(keys)  # a type knows no order
        keys = [key for key in keys if rng.random() < often]
        event["properties"] = {key: event["properties"][key] for key in keys}
        for key in keys[:1] if rng.random() < CHANGED else ():
            event["properties"][key] = rng.choice([*TEXTS, 4, 1.5, None, True, {"b": 1}])
        for key in ("$set", "$set_once"):
            if rng.random() < often:
                event["properties"][key] = rng.choice(PERSONS)
    return event


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    some=st.lists(events(), min_size=1, max_size=4),
    seed=st.integers(0, 2**32),
    block=st.integers(200, 2000),
)
def test_lines_that_are_read_by_what_was_seen_are_judged_as_the_clauses_judge_them(
    some, seed, block, contract, tmp_path
):
    rng = random.Random(seed)
    often = rng.choice([CHANGED, 1])  # how many events have a key: at times all of them
    lines = [varied(rng.choice(some), rng, often) for _ in range(60)]
    path = written(tmp_path / "events.jsonl", lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typed, "_FIRST", 2)
        patch.setattr("payloadproof.evidence.lines._BLOCK", block)
        audit = audited(contract, path)
    assert told(audit.report("x")) == by_the_clauses(contract, path)


@pytest.mark.parametrize("on", [True, False])
def test_circles_are_looked_for_after_an_audit_as_before_even_one_that_broke(
    contract, tmp_path, on
):
    path = written(tmp_path / "events.jsonl", [sound(1, random.Random(1))])
    during = []

    def broken_evidence():
        during.append(gc.isenabled())
        raise OSError("the disk is gone")
        yield

    was = gc.isenabled()
    (gc.enable if on else gc.disable)()
    try:
        audit = audited(contract, path)
        after = [gc.isenabled()]
        with pytest.raises(OSError, match="gone"):
            audit.add(read(path)._replace(lines=broken_evidence()))
        after.append(gc.isenabled())
        audit.report("x", lambda _: during.append(gc.isenabled()))
        after.append(gc.isenabled())
    finally:
        (gc.enable if was else gc.disable)()
    assert during == [False, False]
    assert after == [on, on, on]


def test_circles_are_looked_for_while_other_forms_are_read_and_copies_are_read_again(
    contract, tmp_path, monkeypatch
):
    # A reader of such a form may make circles, and nobody knows how many.
    event = sound(1, random.Random(1))
    other = event | {"timestamp": "2026-11-04T12:00:00Z"}
    one = written(tmp_path / "events.jsonl", [event, other])
    during = []
    pieces = [piece for piece in read(one).pieces if not isinstance(piece, Flaw)]

    def of_another_form():
        during.append(gc.isenabled())
        yield from pieces

    def again(*given):
        during.append(gc.isenabled())
        return differs(*given)

    monkeypatch.setattr("payloadproof.audit.whole.differs", again)
    audit = Audit(contract)
    audit.add(read(one)._replace(lines=None, pieces=of_another_form()))
    assert [one.clause for one in audit.report("x").findings] == ["W2"]
    assert during == [True, True]


def test_what_was_seen_is_used_to_read_on(contract, tmp_path):
    rng = random.Random(16)
    events = [sound(number, rng) for number in range(1500)]
    for number in range(0, 1500, 3):
        events[number]["properties"]["project"] = "acme"
    kernel = Audit(contract)._kernel
    declined = []
    note = kernel._typed.declined
    kernel._typed.declined = lambda lines: declined.append(lines) or note(lines)
    for block in read(written(tmp_path / "events.jsonl", events)).lines:
        kernel.block(block)
    assert kernel._tally.flawed == 0
    assert sum(declined) < 800
    assert declined[-1] == 0


def test_a_text_that_is_wrong_is_one_object_too_wherever_it_stands_again(contract, tmp_path):
    events = [sound(number, random.Random(number)) for number in range(1500)]
    for number, event in enumerate(events):
        event["properties"]["outcome"] = f"me{number % 12}@example.org" if number % 3 else "ok"
    path = written(tmp_path / "events.jsonl", events)
    audit = audited(contract, path)
    decode = audit._kernel._typed._decode
    lines = path.read_bytes().splitlines()
    texts = [astuple(decode(lines[number]).properties) for number in (1, 13)]
    (once,), (again,) = ([one for one in some if "@" in str(one)] for some in texts)
    assert once is again
    assert told(audit.report("x")) == by_the_clauses(contract, path)


@pytest.mark.parametrize(
    "some",
    [
        [{'a "key"': 1}],
        [{"back\\slash": 1}, {"k": 1}],
        [{"a\nline": 1}, {"k": 1}],
        [{"": 1}, {"event": 1}],
        [{"$set": {"a": 1}, "$set_once": 4}, {"$set": 4, "$set_once": {"a": 1}}],
        [{"$set": {"a": 1}, "$set_once": None}, {"$set": {"a": 1}}, {"$set_once": {"a": 1}}],
    ],
)
def test_keys_and_persons_of_any_form_are_read_by_what_was_seen(
    contract, tmp_path, some, monkeypatch
):
    monkeypatch.setattr(typed, "_FIRST", 2)
    monkeypatch.setattr("payloadproof.evidence.lines._BLOCK", 200)
    rng = random.Random(3)
    path = written(
        tmp_path / "events.jsonl",
        [sound(number, rng) | {"properties": some[number % len(some)]} for number in range(60)],
    )
    assert told(audited(contract, path).report("x")) == by_the_clauses(contract, path)


def of_one_key(number):
    """A few values under a key, at first not all of them in each event; then other ones."""
    event = sound(number, random.Random(number))
    properties = event["properties"] | {"outcome": ("ok", "error")[number % 2], "is_ci": True}
    if number % 3 == 0:
        event["event"] = "trial_poll_timeout"
        properties["outcome"] = "cancelled" if number < 60 else "ok"
    if number > 90 and number % 5 == 0:
        outcome, truth = ((None, 1), (7, None), ({}, "true"), ("new", False))[number // 5 % 4]
        properties |= {"outcome": outcome, "is_ci": truth}
    return event | {"properties": properties}


@pytest.mark.parametrize("looks", [True, False])
def test_a_few_values_of_a_key_are_looked_at_until_each_was_seen(
    contract, tmp_path, monkeypatch, looks
):
    path = written(tmp_path / "events.jsonl", [of_one_key(number) for number in range(140)])
    due = by_the_clauses(contract, path)
    without = audited(contract, path).report("x")
    monkeypatch.setattr(typed, "_FIRST", 2)
    monkeypatch.setattr("payloadproof.evidence.lines._BLOCK", 2000)
    if not looks:
        knows = "payloadproof.audit.cells.Column.knows"
        monkeypatch.setattr(knows, lambda _, only, rows: bool(only and rows))
    report = audited(contract, path).report("x")
    assert told(report) == due
    assert (same(report) == same(without)) is looks


@pytest.mark.parametrize(
    "line",
    [
        b'{"event":"a",%s,"timestamp":"t","properties":{"k":"v","k":"w"}}',
        b'{"event":"a","event":"a",%s,"timestamp":"t","properties":{"k":"v"}}',
        b'{"event":"a",%s,"timestamp":"t","properties":{"k":"v" ,"k" :"v"}}',
        b'{"event":"a",%s,"timestamp":"t\\u003a","properties":{"k":"v","k":"v"}}',
        b'{"event":"a",%s,"timestamp":"t","properties":{"k":"v"}}}',
        b'{"event":"a",%s,"timestamp":"t","properties":{"k":"\xff"}}',
    ],
)
def test_a_flaw_is_one_in_lines_that_are_read_by_what_was_seen(
    contract, tmp_path, line, monkeypatch
):
    monkeypatch.setattr(typed, "_FIRST", 2)
    monkeypatch.setattr("payloadproof.evidence.lines._BLOCK", 200)
    event = {"event": "a", "uuid": "u", "distinct_id": "d", "timestamp": "t"}
    path = written(tmp_path / "events.jsonl", [event | {"properties": {"k": "v"}}] * 20)
    path.write_bytes(
        path.read_bytes() + line % b'"uuid":"u","distinct_id":"d"' + b"\n" + path.read_bytes()
    )
    audit = audited(contract, path)
    assert [flaw.line for _, flaw in audit.flaws] == [21]
    assert audit.tally.judged["event"] == 40


def of_many_kinds(number):
    """Events of one name, of which each sort has a verdict of its own."""
    event = sound(number, random.Random(number))
    properties = event["properties"] | {"version": "10.3.1"}
    event["properties"] = properties
    match number % 7:
        case 0:
            properties["project"] = "acme"
        case 1:
            properties["client"] = "acme"
        case 2:
            properties["result_count"] = -1
        case 3:
            properties["version"] = TEXTS[3 if number % 2 else -1]
        case 4:
            properties["$set"] = {"version": "10.3.1"}
        case 5:
            properties["$set"] = {"shoe_size": "10.3.1"}
    return event


COARSE = {
    "of verdicts, whatever the keys": (
        "kernel.Kernel._verdicts",
        lambda right: lambda self, kind, name, keys, persons: right(self, kind, name, (), persons),
    ),
    "of verdicts, whatever a person's keys": (
        "kernel.persons_of",
        lambda right: lambda properties, top: (),
    ),
    "of masks": ("wide.Wide.masks", lambda right: lambda self, rows: (0,) * rows),
    "of verdicts of a mask": (
        "wide.Wide.verdicts_of",
        lambda right: lambda self, mask: right(self, 0),
    ),
    "of groups": ("groups.id", lambda right: lambda token: 0),
    "of tokens": (
        "cells.Column._told",
        lambda right: lambda self, value: right(self, value) and "wrong",
    ),
    "of texts": (
        "cells.Column._of_values",
        lambda right: lambda self, column, distinct: right(self, column[:1], {column[0]}),
    ),
    "of numbers": (
        "cells.Column._of_numbers",
        lambda right: lambda self, column, kind: right(self, column[:1], kind),
    ),
}


@pytest.mark.parametrize("what", [None, *COARSE])
def test_what_is_remembered_too_coarsely_is_found_out(contract, tmp_path, monkeypatch, what):
    monkeypatch.setattr(typed, "_FIRST", 2)
    monkeypatch.setattr("payloadproof.evidence.lines._BLOCK", 2000)
    path = written(tmp_path / "events.jsonl", [of_many_kinds(number) for number in range(140)])
    due = by_the_clauses(contract, path)
    assert len(due) == 7
    if what is not None:
        place, wrong = COARSE[what]
        where = f"payloadproof.audit.{place}"
        right = id if place == "groups.id" else pkgutil.resolve_name(where)
        monkeypatch.setattr(where, wrong(right), raising=False)
    assert (told(audited(contract, path).report("x")) == due) is (what is None)


@pytest.mark.parametrize("forgets", [True, False])
def test_what_is_known_of_masks_is_forgotten_when_they_say_something_else(
    contract, tmp_path, monkeypatch, forgets
):
    """Bits stand for the keys of persons as they come: a batch later for those of others."""
    monkeypatch.setattr(typed, "_FIRST", 2)
    monkeypatch.setattr("payloadproof.evidence.lines._BLOCK", 2000)
    monkeypatch.setattr("payloadproof.audit.kernel.ROWS", 8)
    monkeypatch.setattr("payloadproof.audit.wide.PATTERNS", 1)
    some = [sound(number, random.Random(number)) for number in range(120)]
    for number, event in enumerate(some):
        keys = ("version", "shoe_size") if number // 40 % 2 else ("shoe_size", "version")
        event["properties"]["$set"] = {keys[number % 2]: "10.3.1"}
    path = written(tmp_path / "events.jsonl", some)
    if not forgets:
        monkeypatch.setattr(Paths, "clear", lambda _: None)
    due = by_the_clauses(contract, path)
    assert (told(audited(contract, path).report("x")) == due) is forgets


@pytest.fixture(params=[sound, broken, mixed])
def evidence(request, tmp_path):
    path = tmp_path / "evidence.jsonl"
    evidence_in(path, request.param)
    return path


def test_one_process_two_and_the_clauses_alone_say_the_same(contract, evidence):
    one = audited(contract, evidence).report("claude_mem", timed=False)
    assert told(one) == by_the_clauses(contract, evidence)
    piece = evidence.stat().st_size // 5
    with by_processes([look(evidence)], "claude_mem", 2, strict=False, piece=piece) as two:
        audit, problems = two
        assert problems == []
        assert len(audit.parts) == 6
        assert same(audit.report("claude_mem", timed=False)) == same(one)


@pytest.mark.parametrize("work", ["audit_tasks", "bill_parts"])
def test_a_process_that_is_killed_is_told_as_such(work, contract, evidence, tmp_path, monkeypatch):
    Path(tmp_path, "killed.py").write_text("import os\n\ndef at_once(*_, **__):\n    os._exit(9)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(parts, work, importlib.import_module("killed").at_once)
    with (
        pytest.raises(HarnessError, match="ended before it was done") as told,
        by_processes([look(evidence)], "claude_mem", 2, strict=False) as (audit, _),
    ):
        audit.report("claude_mem")
    assert told.value.code == "audit-worker-gone"
    assert "--workers" in told.value.next


def test_a_bill_that_was_counted_before_another_part_came_is_counted_again(contract, evidence):
    with by_processes([look(evidence)], "claude_mem", 2, strict=False) as (audit, _):
        audit.merge(audited(contract, evidence).tally)
        both = audit.report("claude_mem", timed=False).billed
    assert both == audited(contract, evidence, evidence).report("claude_mem", timed=False).billed


def test_parts_merge_in_any_order(contract, evidence, tmp_path):
    lines = evidence.read_bytes().splitlines(keepends=True)
    files = []
    for number in range(3):
        files.append(tmp_path / f"{number}.jsonl")
        files[-1].write_bytes(b"".join(lines[number * 500 : (number + 1) * 500]))
    whole = same(audited(contract, *files).report("claude_mem", timed=False))
    parts = []
    for file in files:
        parts.append(file.with_suffix(".partial"))
        write(audited(contract, file).parts, contract, parts[-1])
    for order in itertools.permutations(parts):
        merged = Audit(contract)
        for part in order:
            for tally in read_partial(part, contract):
                merged.merge(tally)
        assert same(merged.report("claude_mem", timed=False)) == whole


def test_pieces_are_large_first_and_small_last_and_are_all_of_the_files(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "PIECE", 1000)
    founds = []
    for name, lines in (("a", 300), ("b", 2), ("c", 3), ("d", 40)):
        path = tmp_path / f"{name}.jsonl"
        evidence_of = [sound(number, random.Random(number)) for number in range(lines)]
        founds.append(look(written(path, evidence_of)))
    total = sum(found.size for found in founds)
    sizes = less_and_less(total, 2)
    before = itertools.accumulate((found.size for found in founds), initial=0)
    tasks = [
        task
        for found, begin in zip(founds, before, strict=False)
        for task in tasks_of(found, sizes, begin)
    ]
    for found in founds:
        own = [task.part for task in tasks if task.found is found]
        ends = [0, *(part.end for part in own if part)]
        assert [part.begin for part in own if part] == ends[:-1]
        assert ends[-1] == (found.size if own[0] else 0)
    groups = [sum(task.size for task in some) for some in together(tasks, sizes)]
    assert sum(groups) == total
    assert groups[0] == total // 4
    assert groups[:8] == sorted(groups[:8], reverse=True)
    assert max(groups[-2:]) <= 1000
    assert any(len(some) > 1 for some in together(tasks, sizes))


@pytest.mark.parametrize("piece", [97, 211, 1000, 10**6])
def test_counts_do_not_depend_on_where_a_piece_ends(contract, tmp_path, piece):
    rng = random.Random(5)
    some = [mixed(number, rng) for number in range(40)]
    path = tmp_path / "evidence.jsonl"
    path.write_bytes(
        b"\n\nnonsense\n" + b"\r\n".join(json.dumps(one).encode() for one in some) + b"\n\n7"
    )
    whole = audited(contract, path)
    pieces = Audit(contract)
    for task in tasks_of(look(path), evenly(piece)):
        part = audited_part(contract, path, task.part)
        pieces.merge(part.tally)
    assert same(pieces.report("x", timed=False)) == same(whole.report("x", timed=False))
    assert (pieces.flaws, pieces.flawed) == (whole.flaws, whole.flawed)
    assert [flaw.line for _, flaw in whole.flaws] == [3, 45]


def audited_part(contract, path, part):
    audit = Audit(contract)
    audit.add(read(look(path), part=part))
    return audit


def test_what_lies_on_disk_is_found_too(contract, evidence, monkeypatch):
    whole = same(audited(contract, evidence).report("x", timed=False))
    monkeypatch.setattr("payloadproof.audit.kernel.ROWS", 128)
    spilled = []
    spill = state.Partitions._spill
    monkeypatch.setattr(state.Partitions, "_spill", lambda it: (spilled.append(1), spill(it)))
    audit = Audit(contract)
    monkeypatch.setattr(audit.tally.state._kept, "_bound", 1000)
    audit.add(read(evidence))
    assert same(audit.report("x", timed=False)) == whole
    assert len(spilled) > 3


def test_two_events_that_share_a_digest_are_no_finding(contract, tmp_path, monkeypatch):
    rng = random.Random(1)
    path = written(tmp_path / "evidence.jsonl", [sound(number, rng) for number in range(9)])
    monkeypatch.setattr(state, "keys_of", lambda _, uuids: [5] * len(uuids))
    report = audited(contract, path).report("x")
    assert report.findings == ()
    # Where the file is gone nothing can be said against the digest.
    audit = audited(contract, path)
    path.unlink()
    assert [one.clause for one in audit.report("x").findings] == ["W2"]


def test_a_bound_of_texts_does_not_change_what_is_found(contract, tmp_path, monkeypatch):
    monkeypatch.setattr("payloadproof.audit.cells._KNOWN", 3)
    monkeypatch.setattr("payloadproof.audit.groups._PATHS", 2)
    monkeypatch.setattr("payloadproof.audit.kernel._VERDICTS", 2)
    monkeypatch.setattr("payloadproof.audit.kernel._SHAPES", 2)
    rng = random.Random(8)
    path = written(tmp_path / "evidence.jsonl", [broken(number, rng) for number in range(300)])
    assert told(audited(contract, path).report("x")) == by_the_clauses(contract, path)


def test_crowds_are_told_by_name_day_and_install(contract, tmp_path):
    rng = random.Random(2)
    some = [sound(number, rng) for number in range(200)]
    path = written(tmp_path / "evidence.jsonl", [*some, some[0]])
    crowds = []
    audited(contract, path).report("x", crowds.append)
    assert sum(one.times for one in crowds) == len(some)
    due = Counter((one["distinct_id"], one["timestamp"][:10]) for one in some)
    assert sorted(one.times for one in crowds) == sorted(due.values())


@pytest.mark.parametrize(
    "harm",
    [
        lambda raw: raw[:-1],
        lambda raw: raw + b"x",
        lambda raw: b"",
        lambda raw: b"{}",
        lambda raw: raw.replace(b'"schema":3', b'"schema":1'),
        lambda raw: raw.replace(b'"flawed":0', b'"flawed":1'),
        lambda raw: raw[:40] + b"\xff" + raw[41:],
    ],
)
def test_a_bad_partial_is_refused(contract, evidence, tmp_path, harm):
    path = tmp_path / "of-a-part"
    write(audited(contract, evidence).parts, contract, path)
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(HarnessError, match="of-a-part"):
        read_partial(path, contract)


def test_a_partial_of_another_contract_is_refused(contract, door_contract, evidence, tmp_path):
    path = tmp_path / "of-a-part"
    write(audited(contract, evidence).parts, contract, path)
    with pytest.raises(HarnessError, match="another contract"):
        read_partial(path, door_contract)


def test_no_text_of_an_event_stands_in_a_partial(contract, tmp_path):
    event = sound(1, random.Random(1))
    event["properties"]["project"] = "Acmesecret Inc"
    event["event"] = "Acme Secret Thing"
    event["distinct_id"] = "carolsmith"
    path = tmp_path / "of-a-part"
    write(audited(contract, written(tmp_path / "e.jsonl", [event])).parts, contract, path)
    raw = path.read_bytes().lower()
    assert not any(word in raw for word in (b"acmesecret", b"secret thing", b"carolsmith"))


@given(some=st.lists(st.tuples(events(), st.permutations(range(6))), min_size=1, max_size=12))
def test_a_digest_of_contents_is_one_where_the_contents_are(some):
    def held(event, order):
        properties = event.get("properties", {})
        if isinstance(properties, dict):
            keys = sorted(properties)
            properties = {keys[n]: properties[keys[n]] for n in order if n < len(keys)}
        return properties, {"$set": event["$set"]} if "$set" in event else {}

    every = [held(event, order) for event, order in some]
    every += [held(event, range(6)) for event, _ in some]
    said = {(said_by(one, top.get("$set")), contents([one], [top])[0]) for one, top in every}
    assert len(said) == len({one for one, _ in said}) == len({digest for _, digest in said})


def test_contents_are_told_by_themselves_and_among_others():
    numbers = [{"a": n % 3, "b": 2**70 if n % 2 else [{"x": n % 5, "y": 1}]} for n in range(30)]
    assert contents(numbers, [{}] * 30) == [contents([one], [{}])[0] for one in numbers]
    assert len(set(contents(numbers, [{}] * 30))) == len({json.dumps(one) for one in numbers})


@pytest.mark.parametrize("keys", [["a"], ["b", "a"], ["c", "a", "b"], []])
def test_contents_of_columns_are_those_of_each_row(keys):
    values = [{"x": 1, "w": 2}, 3, "text", None, [1.5], False, 2**70]
    for some in (values, values[:-1]):  # the last of them cannot be written as the others are
        rows = [
            {key: some[(n + place) % len(some)] for place, key in enumerate(keys)} for n in range(9)
        ]
        cells = [[row[key] for row in rows] for key in keys]
        found = Contents(keys).of(cells)
        assert found in (None, contents(rows, [{}] * 9))
        assert (found is None) is (some is values or not keys)


@given(
    columns=st.lists(
        st.lists(st.sampled_from([-1.5, 0.5, 1.0, 1.25, 2.0, 7.5, 9.0, 1e300]), min_size=1),
        min_size=1,
        max_size=3,
    ),
    kind=st.sampled_from(["count", "integer", "number", "epoch_ms", "bool", "id"]),
)
def test_decimals_are_judged_by_their_bounds_as_one_by_one(columns, kind):
    most = 8.0 if kind == "number" else None
    fits = misfits(Property(type=kind, description="A test.", max=most), string_max_chars=200)
    column = Column(fits)
    for some in columns:
        due = {row: wrong for row, value in enumerate(some) if (wrong := fits(value))}
        every, rows = column.tokens(some)
        assert every is None
        assert rows == due


@given(
    columns=st.lists(
        st.lists(
            st.sampled_from(
                [-5, 0, 1, 3, 7, 12, 10**15, True, False, 0.0, 1.0, 2.5, None, "ok", "no", {}, []]
            ),
            min_size=1,
            max_size=9,
        ),
        min_size=1,
        max_size=4,
    ),
    kind=st.sampled_from(["count", "number", "bool", "enum"]),
)
def test_values_of_several_types_are_judged_as_one_by_one(columns, kind):
    values = ("ok",) if kind == "enum" else ()
    most = 8 if kind in ("count", "number") else None
    shape = Property(type=kind, description="A test.", values=values, max=most)
    fits = misfits(shape, string_max_chars=200)
    column = Column(fits)
    for some in columns:
        due = {row: wrong for row, value in enumerate(some) if (wrong := fits(value))}
        every, rows = column.tokens(some)
        assert (dict.fromkeys(range(len(some)), every) if every is not None else rows) == due


def test_what_is_wrong_again_and_again_is_asked_for_by_itself():
    asked = []

    def wrong(value):
        asked.append(value)
        return "is negative" if value is not None and value < 0 else None

    column = Column(wrong)
    some = [-5, *range(400), None, -5]
    for _ in range(3):
        assert column.tokens(some) == (None, {0: "is negative", len(some) - 1: "is negative"})
    # The numbers between two that were right are not asked for again.
    assert len(asked) < len(some) + 20
