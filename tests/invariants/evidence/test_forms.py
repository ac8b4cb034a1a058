"""Every form in which people have what was sent holds the same, and is read as the same."""

import base64
import csv
import gzip
import io
import json
import random

import brotli
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from payloadproof.audit.audit import Audit
from payloadproof.audit.diff import changes, side
from payloadproof.cli import main
from payloadproof.contract.catalogue import texts
from payloadproof.errors import HarnessError
from payloadproof.evidence.files import Flaw, read
from payloadproof.evidence.forms import files_in, look
from payloadproof.evidence.recording import Head, Tail
from payloadproof.recorder.zstandard import zstd

N = 1000
INSTALL = "1d0f8e8c-6c0c-4f0e-9a6e-7a3f0c1b2d3e"


def event(number):
    """Most keep to the contract; each tenth breaks something, in one of several ways."""
    broken = {
        0: {"prompt": "a long story"},
        1: {"result_count": -4},
        2: {"outcome": "/home/alice/acme"},
        3: {"session_count": 3},
    }
    properties = {"result_count": number % 7, "outcome": "ok", "$process_person_profile": False}
    properties |= {"$geoip_disable": True}
    if number % 10 == 0:
        properties |= broken[number // 10 % 4]
    return {
        "event": "search_performed",
        "distinct_id": INSTALL,
        "uuid": f"00000000-0000-4000-8000-{number:012}",
        "timestamp": f"2026-{1 + number // 28 % 12:02}-{1 + number % 28:02}T12:00:00+00:00",
        "properties": properties,
    }


EVENTS = [event(number) for number in range(N)]
COLUMNS = {"person_id": "p", "created_at": "later", "team_id": 1, "elements_chain": ""}


def lines(rows):
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def rows(*, as_text):
    for one in EVENTS:
        held = json.dumps(one["properties"]) if as_text else one["properties"]
        yield one | {"properties": held, "person_properties": "{}" if as_text else {}} | COLUMNS


def batch(events):
    return json.dumps({"api_key": "phc_of_a_test", "batch": events}).encode()


def recording():
    pieces = [json.dumps({"recording": 1, "payloadproof": "1"})]
    pieces += [
        json.dumps(
            {
                "number": number // 100 + 1,
                "at": 0.0,
                "connection": 1,
                "method": "POST",
                "path": "/batch/",
                "headers": [["Content-Type", "application/json"]],
                "wire": base64.b64encode(batch(EVENTS[number : number + 100])).decode(),
            }
        )
        for number in range(0, N, 100)
    ]
    return "\n".join([*pieces, json.dumps({"requests": N // 100})]).encode() + b"\n"


def har():
    entries = [
        {
            "request": {
                "method": "POST",
                "url": "https://in.example/ingest/batch/?compression=gzip-js",
                "headers": [{"name": "Content-Encoding", "value": "gzip"}],
                "postData": {"mimeType": "a", "text": batch(EVENTS[at : at + 100]).decode()},
            },
            "response": {"status": 200},
        }
        for at in range(0, N, 100)
    ]
    page = {"request": {"method": "GET", "url": "https://app.example/", "headers": []}}
    return json.dumps({"log": {"version": "1.2", "entries": [page, *entries]}}, indent=1).encode()


def netstring(value):
    match value:
        case bytes():
            data, kind = value, b","
        case bool():
            data, kind = str(value).lower().encode(), b"!"
        case int():
            data, kind = str(value).encode(), b"#"
        case str():
            data, kind = value.encode(), b";"
        case None:
            data, kind = b"", b"~"
        case list():
            data, kind = b"".join(map(netstring, value)), b"]"
        case dict():
            data = b"".join(netstring(k) + netstring(v) for k, v in value.items())
            kind = b"}"
    return b"%d:%b%b" % (len(data), data, kind)


def flow(events, path=b"/batch/"):
    return netstring(
        {
            "version": 21,
            "type": "http",
            "request": {
                "method": b"POST",
                "path": path,
                "host": "in.example",
                "headers": [[b"content-encoding", b"gzip"]],
                "content": gzip.compress(batch(events)),
            },
            "response": {"status_code": 200},
        }
    )


def dump():
    flows = [flow(EVENTS[at : at + 100]) for at in range(0, N, 100)]
    return b"".join([flow([], b"/api/other"), *flows])


def page():
    keys = list(dict.fromkeys(key for one in EVENTS for key in one["properties"]))
    head = ["*.uuid", "*.event", "*.distinct_id", "*.timestamp", "person"]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*head, *(f"*.properties.{key}" for key in keys)])
    for one in EVENTS:
        cells = [one["uuid"], one["event"], one["distinct_id"], one["timestamp"], "A person"]
        writer.writerow([*cells, *(one["properties"].get(key, "") for key in keys)])
    return out.getvalue().encode()


def parquet():
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows(as_text=True))), out)
    return out.getvalue()


def compressed_as(quality=4):
    return brotli.compress(lines(rows(as_text=False)), quality=quality)


FORMS = {
    "events": ("e.jsonl", lambda: lines(EVENTS)),
    "list": ("e.json", lambda: json.dumps(EVENTS, indent=2).encode()),
    "batch": ("b.json", lambda: batch(EVENTS)),
    "batch, packed": ("b.gz", lambda: gzip.compress(batch(EVENTS))),
    "recording": ("r.jsonl", recording),
    "export with objects": ("x.jsonl", lambda: lines(rows(as_text=False))),
    "export with text": ("x.jsonl", lambda: lines(rows(as_text=True))),
    "one gzip": ("x.jsonl.gz", lambda: gzip.compress(lines(rows(as_text=True)))),
    "a gzip for each row": (
        "x.jsonl.gz",
        lambda: b"".join(gzip.compress(lines([row]), 1) for row in rows(as_text=False)),
    ),
    "zstd": ("x.zst", lambda: zstd.compress(lines(rows(as_text=False)))),
    "two frames of zstd": (
        "x.zst",
        lambda: (
            zstd.compress(lines(list(rows(as_text=False))[:500]))
            + zstd.compress(lines(list(rows(as_text=False))[500:]))
        ),
    ),
    "brotli": ("x.jsonl.br", compressed_as),
    "parquet": ("x.parquet", parquet),
    "csv": ("x.csv", page),
    "har": ("x.har", har),
    "mitmproxy": ("x.flow", dump),
}


@pytest.fixture
def audited(tmp_path, contract):
    def judge(name, content, form=None, *, no_place=False):
        path = tmp_path / name
        path.write_bytes(content)
        wire = msgspec.structs.replace(contract.wire, geoip_disable=no_place)
        audit = Audit(msgspec.structs.replace(contract, wire=wire))
        audit.add(read(path, form, texts=texts(contract)))
        return audit.report("claude_mem"), [flaw for _, flaw in audit.flaws]

    return judge


def told(report):
    return {(one.clause, one.expected, one.observed) for one in report.findings}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_same_events_has_the_same_findings(audited, form):
    name, made = FORMS[form]
    report, flaws = audited(name, made())
    expected, _ = audited("plain.jsonl", lines(EVENTS))
    assert flaws == []
    assert len(told(expected)) > 3
    assert told(report) == told(expected)
    assert report.collected.events["search_performed"].times == N


@pytest.mark.parametrize("form", FORMS)
def test_every_form_that_an_audit_reads_can_be_compared(tmp_path, form):
    name, made = FORMS[form]
    other, plain = tmp_path / name, tmp_path / "plain.jsonl"
    other.write_bytes(made())
    plain.write_bytes(lines(EVENTS))
    one, two = side(plain), side(other)
    assert two.flaws == ()
    assert two.surface.events["search_performed"].times == len(EVENTS)
    assert changes(one, two) == ()
    assert changes(two, one) == ()


BROKEN = {
    "events": ("e.jsonl", lambda whole: whole[: len(whole) // 2], 1),
    "recording": ("r.jsonl", lambda whole: whole[: len(whole) // 2], 1),
    "export with text": ("x.jsonl", lambda whole: whole.replace(b'"team_id"', b'team_id"', 1), 1),
    "one gzip": ("x.jsonl.gz", lambda whole: whole[: len(whole) // 2], 1),
    "zstd": ("x.zst", lambda whole: whole[: len(whole) * 9 // 10], 0),
    "brotli": ("x.jsonl.br", lambda whole: whole[: len(whole) * 9 // 10], 1),
    "csv": (
        "x.csv",
        lambda whole: whole.replace(b"\r\n", b",\r\n", 5).replace(b",\r\n", b"\r\n", 4),
        1,
    ),
    "mitmproxy": ("x.flow", lambda whole: whole[: len(whole) // 2], 1),
}


@pytest.mark.parametrize("form", BROKEN)
def test_of_a_broken_file_the_rest_is_audited_and_the_place_is_told(tmp_path, form):
    name, breaks, least = BROKEN[form]
    path = tmp_path / name
    path.write_bytes(breaks(FORMS[form][1]()))
    run = CliRunner().invoke(main, ["audit", str(path)])
    assert run.exit_code == 2
    assert f"{name}, line " in run.stderr
    assert "Traceback" not in run.output
    if least:
        assert "A1 unlisted keys" in run.stdout


@pytest.mark.parametrize("form", ["parquet", "har", "batch", "list"])
def test_a_document_that_is_cut_is_refused_whole_and_named(tmp_path, form):
    name, made = FORMS[form]
    path = tmp_path / name
    path.write_bytes(made()[:-200])
    good = tmp_path / "good.jsonl"
    good.write_bytes(lines(EVENTS))
    run = CliRunner().invoke(main, ["audit", str(path), str(good)])
    assert run.exit_code == 2
    assert name in run.stderr
    assert "Traceback" not in run.output
    assert "A1 unlisted keys" in run.stdout


def test_what_ingestion_added_is_judged_as_what_it_shows(audited):
    added = {"$ip": "203.0.113.9", "$geoip_city_name": "Lyon", "$sent_at": "then"}
    row = next(rows(as_text=False))
    row = row | {"properties": EVENTS[1]["properties"] | added}
    report, _ = audited("x.jsonl", lines([row, row]), no_place=True)
    places = [one for one in report.findings if one.clause == "W4"]
    assert [one.observed for one in places] == ['stored with "$geoip_city_name", "$ip", 2 times']
    assert any("($ip)" in note for note in report.notes)
    assert any("property $sent_at 2 times" in note for note in report.notes)


def test_a_person_that_is_stored_has_only_what_the_contract_gives_it(audited):
    person = {"email": "ada@example.org", "$initial_os": "x", "$geoip_city_name": "Lyon"}
    row = {"team_id": 1, "person_id": "p", "person_version": 2, "properties": person}
    report, flaws = audited("persons.jsonl", lines([row]), no_place=True)
    assert flaws == []
    assert [(one.clause, one.observed) for one in report.findings] == [
        ("P2", 'key "email"'),
        ("W4", 'stored with "$geoip_city_name"'),
    ]


def test_a_persons_address_in_an_export_of_events_is_found(audited):
    row = next(rows(as_text=True)) | {"person_properties": '{"email": "ada@example.org"}'}
    report, _ = audited("x.jsonl", lines([row]))
    assert ("P2", 'key "email"') in {(one.clause, one.observed) for one in report.findings}


@pytest.mark.parametrize("time", ["", "12:00:00", r"12\u003a00\u003a00", r"12\u003a00:00"])
@pytest.mark.parametrize("again", ['"a":', '"a" :', '"a"\t:', '"a"\r:', r'"\u0061":'])
def test_a_key_that_stands_twice_hides_nothing(audited, again, time):
    twice = f'{{"event": "e", "timestamp": "{time}", "properties": {{"a": "secret", {again} 1}}}}\n'
    _, flaws = audited("e.jsonl", twice.encode() + lines(EVENTS[:1]))
    assert [flaw.line for flaw in flaws] == [1]
    assert 'key "a" twice' in flaws[0].what


def test_what_a_file_is_can_be_said(audited):
    odd = lines({"uuid": one["uuid"], **one} for one in EVENTS[:3])
    _, flaws = audited("x.jsonl", odd, "recording")
    assert flaws


def test_a_capture_of_other_services_says_how_much_was_set_aside(audited):
    report, _ = audited("x.har", har())
    assert any("request not for PostHog 1 times" in note for note in report.notes)


def test_a_directory_stands_for_its_files_but_for_what_the_exporter_writes_beside(tmp_path):
    (tmp_path / "day").mkdir()
    for name in ("day/b.jsonl", "a.jsonl", "manifest.json", ".hidden"):
        (tmp_path / name).write_bytes(lines(EVENTS[:1]))
    found = [str(one.relative_to(tmp_path)) for one in files_in([tmp_path])]
    assert found == ["a.jsonl", "day/b.jsonl"]
    assert files_in([tmp_path / "*.jsonl"]) == [tmp_path / "a.jsonl"]
    with pytest.raises(HarnessError, match="no file in"):
        files_in([tmp_path / "*.none"])


def test_a_small_file_that_unpacks_to_a_huge_line_is_not_held(tmp_path):
    path = tmp_path / "x.jsonl.gz"
    row = json.dumps(EVENTS[1]).encode() + b"\n"
    path.write_bytes(gzip.compress(row + b'{"event": "' + b"a" * (90 << 20) + b'"}\n' + row))
    pieces = list(read(path).pieces)
    assert [isinstance(one, Flaw) for one in pieces] == [False, True, False]


def test_random_bytes_are_refused_in_every_form_without_a_traceback(tmp_path):
    path = tmp_path / "noise"
    path.write_bytes(random.Random(3).randbytes(5000))
    for form in ("events", "export", "persons", "csv", "har", "mitmproxy", "parquet", "recording"):
        run = CliRunner().invoke(main, ["audit", "--form", form, str(path)])
        assert run.exit_code == 2, form
        assert isinstance(run.exception, SystemExit), (form, run.exception)


def test_head_and_tail_are_those_of_a_recording():
    assert Head().recording == 1
    assert Tail(requests=1).requests == 1


def test_it_is_said_what_a_file_is(tmp_path):
    path = tmp_path / "x.jsonl.zst"
    path.write_bytes(FORMS["zstd"][1]())
    assert look(path).said == "an export of events, packed with zstd"
