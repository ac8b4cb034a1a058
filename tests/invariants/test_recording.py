import base64
import io
import json

import msgspec
import pytest

from payloadproof.audit import WIRE_CLAUSES, audit
from payloadproof.errors import HarnessError
from payloadproof.recorder.decode import decode
from payloadproof.recorder.ledger import Request
from payloadproof.recording import Writer, read

TOKEN = "phc_recorded"
GOOD = {
    "event": "search_performed",
    "distinct_id": "install-1",
    "properties": {"result_count": 3, "$process_person_profile": False},
}
BAD = {
    "event": "search_performed",
    "distinct_id": "install-1",
    "properties": {"project": "acme", "outcome": None, "$ip": "x"},
}


@pytest.fixture
def request_():
    def make(number, *events, body=None, path="/batch/"):
        wire = json.dumps({"api_key": TOKEN, "batch": events}).encode() if body is None else body
        headers = (("Content-Type", "application/json"),)
        decoded = decode("POST", path, headers, wire)
        return Request(
            number=number,
            began_at=float(number),
            port=1,
            connection=1,
            method="POST",
            path=path,
            headers=headers,
            wire=wire,
            wire_size=len(wire),
            answered=200,
            **{field: getattr(decoded, field) for field in decoded.__struct_fields__},
        )

    return make


@pytest.fixture
def written(tmp_path):
    """The file of a recording of these requests, whole unless told otherwise."""

    def write(*requests, whole=True):
        file = io.BytesIO()
        writer = Writer(file, began_at=0.0)
        for one in requests:
            writer.add(one)
        if whole:
            writer.end()
        path = tmp_path / "recording.jsonl"
        path.write_bytes(file.getvalue())
        return path

    return write


def test_what_was_written_is_read_again(written, request_):
    kept = [request_(1, GOOD), request_(2, body=b"\x00\xff no json"), request_(3)]
    recording = read(written(*kept))
    assert recording.flaw is None
    assert [one.wire for one in recording.requests] == [one.wire for one in kept]
    assert [one.events for one in recording.requests] == [one.events for one in kept]
    assert [one.status for one in recording.requests] == [one.status for one in kept]


def test_an_empty_recording_is_one(written):
    assert read(written()) == ((), None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"hello\n",
        b"\x00\xff\xfe",
        b"[1, 2]\n",
        b'{"recording": 2}\n',
        b'{"format": 1, "clause": "A1"}\n',
        b"[" * 100_000,
        b'{"recording":1,"payloadproof":"' + b"\xff" + b'"}\n',
    ],
)
def test_what_is_no_recording_is_refused(tmp_path, content):
    path = tmp_path / "other.jsonl"
    path.write_bytes(content)
    with pytest.raises(HarnessError, match=r"other\.jsonl is not a recording") as caught:
        read(path)
    assert caught.value.code == "recording-malformed"
    assert "payloadproof record" in caught.value.next


def test_a_file_that_is_not_there_is_refused(tmp_path):
    for path in (tmp_path / "nowhere.jsonl", tmp_path):
        with pytest.raises(HarnessError) as caught:
            read(path)
        assert caught.value.code == "recording-unreadable"


def test_a_recording_without_its_end_keeps_what_is_there(written, request_):
    recording = read(written(request_(1, GOOD), whole=False))
    assert len(recording.requests) == 1
    assert recording.flaw.code == "recording-truncated"
    assert "it has no end" in recording.flaw.message


def test_a_recording_cut_at_any_byte_says_so_and_never_breaks(written, request_):
    path = written(request_(1, GOOD), request_(2, BAD))
    content = path.read_bytes()
    first_line = content.index(b"\n")
    for size in range(first_line + 1, len(content) - 1):
        path.write_bytes(content[:size])
        recording = read(path)
        assert recording.flaw is not None, content[:size]
        assert len(recording.requests) <= 2


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"not json", "line 3"),
        (b"[]", "line 3"),
        (b"7", "line 3"),
        (b"{}", "line 3"),
        (b'{"wire": 7}', "line 3"),
        (b'{"requests": 5}', "counts 5 requests, 1 are there"),
        (b'{"wire": "%%%"}', "line 3"),
        (b"\xff\xfe", "line 3"),
        (b"[" * 100_000, "line 3"),
    ],
)
def test_a_damaged_line_is_named(written, request_, line, what):
    path = written(request_(1, GOOD), whole=False)
    path.write_bytes(path.read_bytes() + line + b"\n")
    recording = read(path)
    assert len(recording.requests) == 1
    assert what in recording.flaw.message
    str(recording.flaw).encode()


@pytest.mark.parametrize(
    "change",
    [{"wire": "no base64!"}, {"path": "/batch/\ud800"}, {"headers": [["only-a-name"]]}],
)
def test_a_request_that_was_edited_is_a_flaw(written, request_, change):
    path = written(request_(1, GOOD))
    head, line, tail = path.read_bytes().splitlines()
    edited = json.dumps(json.loads(line) | change).encode()
    path.write_bytes(b"\n".join([head, edited, tail]))
    recording = read(path)
    assert "line 2" in recording.flaw.message
    str(recording.flaw).encode()


def test_bodies_are_in_base64(written, request_):
    path = written(request_(1, body=b"\x1f\x8b\x00"))
    line = json.loads(path.read_bytes().splitlines()[1])
    assert base64.b64decode(line["wire"]) == b"\x1f\x8b\x00"


# audit


def verdicts(report):
    return {one.clause: one.verdict for one in report.verdicts}


def test_an_audit_of_good_requests_is_green(written, request_, contract):
    report = audit(read(written(request_(1, GOOD))), "r.jsonl", contract, "claude_mem")
    assert report.exit_code == 0
    assert {name for name, verdict in verdicts(report).items() if verdict == "passed"} == set(
        WIRE_CLAUSES
    )
    assert {*verdicts(report).values()} == {"passed", "not_run"}


def test_an_audit_finds_what_is_wrong_and_counts_it(written, request_, contract):
    recording = read(written(request_(1, GOOD, BAD), request_(2, BAD), request_(3, body=b"?")))
    report = audit(recording, "r.jsonl", contract, "claude_mem")
    assert report.exit_code == 1
    failed = {name for name, verdict in verdicts(report).items() if verdict == "failed"}
    assert failed == {"A1", "A2", "A3", "P1", "W1"}
    unlisted = next(one for one in report.findings if one.clause == "A1")
    assert unlisted.observed.endswith("2 times")
    assert "acme" not in msgspec.json.encode(report).decode()


def test_an_audit_of_nothing_proves_nothing(written, contract):
    report = audit(read(written()), "r.jsonl", contract, "claude_mem")
    assert report.exit_code == 1
    assert {verdicts(report)[name] for name in WIRE_CLAUSES} == {"vacuous"}
