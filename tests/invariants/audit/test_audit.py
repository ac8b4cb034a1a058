import gzip
import json
import os

import msgspec
import pytest

from payloadproof.audit.asked import WIRE
from payloadproof.audit.audit import Audit, flawed
from payloadproof.errors import HarnessError
from payloadproof.evidence.files import Flaw, read

INSTALL = "1d0f8e8c-6c0c-4f0e-9a6e-7a3f0c1b2d3e"
PROPERTIES = {"result_count": 3, "outcome": "ok", "$process_person_profile": False}


def event(number, /, name="search_performed", day=1, **changes):
    whole = {
        "event": name,
        "distinct_id": INSTALL,
        "uuid": f"00000000-0000-4000-8000-{number:012}",
        "timestamp": f"2026-11-{day:02}T12:00:00.{number % 1000:03}+00:00",
        "properties": PROPERTIES,
    }
    return whole | changes


def as_batch(events):
    return json.dumps({"api_key": "phc_of_a_test", "batch": events}).encode()


def as_gzip(events):
    return gzip.compress(as_batch(events))


def as_lines(events):
    return b"".join(json.dumps(one).encode() + b"\n" for one in events)


def as_export(events):
    """As PostHog writes it: properties as text, with what ingestion added."""
    added = {"$ip": "a place on the network", "$geoip_city_name": "a town", "$sent_at": "then"}
    rows = [
        one
        | {"properties": json.dumps(one["properties"] | added)}
        | {"person_id": "p", "created_at": "later", "team_id": 1, "elements_chain": ""}
        for one in events
    ]
    return as_lines(rows)


def as_golden(events):
    return json.dumps(events, indent=2).encode()


FORMS = {
    "batch": as_batch,
    "gzip": as_gzip,
    "events": as_lines,
    "export": as_export,
    "golden": as_golden,
}


@pytest.fixture
def audited(tmp_path, contract):
    def judge(*contents, strict=False):
        audit = Audit(contract, strict=strict)
        for number, content in enumerate(contents):
            path = tmp_path / f"{number}.jsonl"
            path.write_bytes(content)
            audit.add(read(path))
        return audit.report("claude_mem"), [flaw for _, flaw in audit.flaws]

    return judge


def failed(report):
    return {one.clause for one in report.verdicts if one.verdict == "failed"}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_audited(audited, form):
    report, flaws = audited(FORMS[form]([event(1), event(2)]))
    assert flaws == []
    assert failed(report) == set()
    assert report.exit_code == 0
    passed = {one.clause for one in report.verdicts if one.verdict == "passed"}
    in_requests = form in ("batch", "gzip")
    # They are about a search: of errors, of persons and of the past nothing was seen.
    assert passed == {
        name
        for name, unit in WIRE.items()
        if (unit == "event" or in_requests) and name[0] not in "EF" and name != "P2"
    }


def test_a_clause_passes_where_an_event_of_its_kind_was_seen(audited):
    def verdict(report, clause):
        return next(one for one in report.verdicts if one.clause == clause)

    report, _ = audited(as_batch([event(1), event(2)]))
    assert verdict(report, "E8").verdict == "not_run"
    assert "of its kind" in verdict(report, "E8").reason
    error = {**event(3), "event": "$exception", "properties": {"$process_person_profile": False}}
    report, _ = audited(as_batch([event(1), error]))
    assert verdict(report, "E8").verdict == "passed"
    assert verdict(report, "E8").controls == 1


def test_a_clause_that_the_contract_knows_nothing_of_is_not_applicable(door_contract):
    report = Audit(door_contract).report("door")
    verdicts = {one.clause: one.verdict for one in report.verdicts}
    assert {verdicts[clause] for clause in ("E8", "F2", "F6")} == {"not_applicable"}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("wrong", "clause"),
    [
        ({"properties": PROPERTIES | {"project": "acme-secret"}}, "A1"),
        ({"properties": PROPERTIES | {"outcome": None}}, "A2"),
        ({"properties": PROPERTIES | {"$session_id": "7"}}, "A3"),
        ({"event": "session_compressed"}, "A4"),
        ({"properties": PROPERTIES | {"uptime_seconds": 3}}, "A5"),
        ({"properties": PROPERTIES | {"result_count": -3}}, "A6"),
        ({"properties": {"result_count": 3}}, "P1"),
        ({"properties": PROPERTIES | {"$set": {"result_count": 3}}}, "P2"),
        ({"properties": PROPERTIES | {"$geoip_disable": True}}, "W4"),
    ],
)
def test_every_form_of_a_wrong_event_is_found(audited, form, wrong, clause):
    report, _ = audited(FORMS[form]([event(1), event(2) | wrong]))
    assert clause in failed(report)
    assert "acme-secret" not in msgspec.json.encode(report).decode()


def test_what_is_set_once_is_judged_as_a_person_and_not_as_a_value(audited):
    """posthog-node says $set_once with every $identify: an object, as $set is."""
    allowed = PROPERTIES | {"$set_once": {"os": "linux"}}
    assert failed(audited(as_lines([event(1, properties=allowed)]))[0]) == {"A3"}
    other = PROPERTIES | {"$set_once": {"result_count": 3}}
    assert failed(audited(as_lines([event(1, properties=other)]))[0]) == {"A3", "P2"}


def test_null_is_said_of_a_person_where_the_contract_allows_it(contract, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(as_lines([event(1, properties=PROPERTIES | {"$set": {"os": None}})]))
    nullable = msgspec.structs.replace(contract.properties["os"], null=True)
    allowing = msgspec.structs.replace(contract, properties={**contract.properties, "os": nullable})
    for judged, expected in ((contract, {"P2"}), (allowing, set())):
        audit = Audit(judged)
        audit.add(read(path))
        assert failed(audit.report("it")) & {"P2"} == expected


def test_a_refused_request_is_found_where_there_are_requests(audited):
    report, _ = audited(json.dumps({"batch": [event(1)]}).encode())  # without a token
    assert failed(report) == {"W1"}


def test_findings_of_one_kind_are_one_with_their_number(audited):
    bad = [event(n, properties=PROPERTIES | {"project": "x"}) for n in range(1, 701)]
    report, _ = audited(as_lines(bad))
    (finding,) = report.findings
    assert finding.observed.endswith("700 times")
    assert finding.evidence[0].startswith("line 1, event")


def test_rates_are_counted_over_all_pieces_and_files(audited):
    ceiling = 1000  # of search_performed
    files = [as_lines([event(n) for n in part]) for part in (range(600), range(600, ceiling))]
    assert failed(audited(*files)[0]) == set()
    report, _ = audited(*files, as_lines([event(ceiling + 1)]))
    assert failed(report) == {"B8"}
    assert "1001" in report.findings[0].observed
    other_day = as_lines([event(ceiling + 1, day=2)])
    assert failed(audited(*files, other_day)[0]) == set()


def test_a_retry_counts_once_and_is_noted(audited):
    events = [event(n) for n in range(1000)]
    report, _ = audited(as_lines(events), as_lines(events))
    assert failed(report) == set()
    assert any("1,000 events came again" in note for note in report.notes)


def test_a_retry_with_another_timestamp_is_found(audited):
    report, _ = audited(as_lines([event(1)]), as_lines([event(2), event(1, day=2)]))
    assert failed(report) == {"W2"}


def test_strict_counts_what_is_a_should(audited):
    odd = as_lines([event(1, properties=PROPERTIES | {"result_count": -3})])
    assert audited(odd)[0].exit_code == 0
    assert audited(odd, strict=True)[0].exit_code == 1


def test_person_properties_are_told_by_their_names(audited):
    person = {"os": "linux", "a secret of somebody": 1}
    report, _ = audited(as_lines([event(1, properties=PROPERTIES | {"$set": person})]))
    told = report.collected.events["search_performed"].properties
    assert "$set.os" in told
    assert "secret" not in msgspec.json.encode(report.collected).decode()


def test_what_was_collected_is_said(audited):
    bad = event(2, properties=PROPERTIES | {"result_count": 12, "locale": "/home/alice/acme"})
    report, _ = audited(as_lines([event(1), bad, event(3, distinct_id="another")]))
    surface = report.collected
    assert (surface.installs, surface.requests) == (2, 0)
    seen = surface.events["search_performed"]
    assert (seen.times, seen.days, seen.profile) == (3, 2, ("false",))
    assert seen.properties["outcome"].values == ("ok",)
    counts = seen.properties["result_count"]
    assert (counts.low, counts.high, counts.kinds) == (3, 12, ("number",))
    assert "alice" not in msgspec.json.encode(surface).decode()


@pytest.mark.parametrize(
    "line", [b"nonsense", b"[1]", b"7", b'{"no": "event"}', b'{"event": 1', b"\xff\xfe", b"NaN"]
)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_bad_line_costs_itself_alone(audited, line, at):
    lines = as_lines([event(1), event(2)]).splitlines()
    lines.insert(at, line)
    report, flaws = audited(b"\n".join(lines))
    assert [flaw.line for flaw in flaws] == [at + 1]
    assert report.collected.events["search_performed"].times == 2


def test_properties_of_an_export_that_are_no_json_cost_their_line(audited):
    rows = as_export([event(1)]) + json.dumps(event(2, properties="{oops")).encode()
    report, flaws = audited(rows)
    assert [flaw.line for flaw in flaws] == [2]
    assert report.collected.events["search_performed"].times == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"hello\n", "neither JSON nor JSON Lines"),
        (b"\x1f\x8bnot gzip", "cannot be unpacked"),
        (b"7", "neither a batch nor an event"),
        (b"[1, 2]", "a JSON list, but not of events"),
        (b'{"recording": 2}', ""),
        (b'{\n"format": 1\n}', "neither a batch nor an event"),
        (b"[" * 100_000, "neither JSON"),
    ],
)
def test_what_is_no_evidence_is_refused(tmp_path, content, said):
    path = tmp_path / "other.jsonl"
    path.write_bytes(content)
    if content.startswith(b'{"recording'):
        assert isinstance(next(read(path).pieces), Flaw)
        return
    with pytest.raises(HarnessError, match=said) as caught:
        [*read(path).pieces]
    assert caught.value.code == "evidence-unknown"
    assert "other.jsonl" in caught.value.message


def test_a_file_that_is_not_there_is_refused(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, said in (
        (tmp_path / "nowhere.jsonl", "No such file"),
        (tmp_path, "is a directory"),
        (pipe, "has to be read twice"),
    ):
        with pytest.raises(HarnessError, match=said) as caught:
            read(path)
        assert caught.value.code == "evidence-unreadable"


def test_flaws_are_named_with_file_and_line():
    flaws = [("a.jsonl", Flaw(line, "odd")) for line in range(1, 9)]
    said = str(flawed(flaws))
    assert "8 line(s)" in said
    assert "a.jsonl, line 5: odd" in said
    assert "and 3 more" in said


def test_how_far_it_got_is_told_long_before_the_end(contract, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(as_lines([event(number) for number in range(20_000)]))
    evidence = read(path)
    taken = []

    def counted():
        for block in evidence.lines:
            taken.append(sum(map(len, block.lines)))
            yield block

    first = []
    told = lambda _: first or first.append(sum(taken))  # noqa: E731 - the first is what counts
    Audit(contract).add(evidence._replace(lines=counted()), told)
    assert 0 < first[0] < 2_000_000 < sum(taken)


def test_rows_that_wait_for_others_of_their_shape_are_bounded(contract, tmp_path, monkeypatch):
    monkeypatch.setattr("payloadproof.audit.kernel._WAITING", 100_000)
    path = tmp_path / "events.jsonl"
    some = [event(n, properties=PROPERTIES | {f"k{n}": 1}) for n in range(1500)]
    path.write_bytes(as_lines(some))
    kernel = Audit(contract)._kernel
    for block in read(path).lines:
        kernel.block(block)
        waiting = sum(len(one.rows) for one in kernel._shapes.values())
        waiting += sum(len(one.waiting) for one in kernel._typed.shapes)
        assert waiting < 100_000 / 200 + 256
