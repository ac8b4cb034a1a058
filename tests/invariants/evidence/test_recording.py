import base64
import io
import json

import msgspec
import pytest

from payloadproof.evidence.files import Flaw
from payloadproof.evidence.files import read as read_evidence
from payloadproof.evidence.recording import _PIECE, Line, Writer
from payloadproof.recorder.decode import decode
from payloadproof.recorder.ledger import Request

TOKEN = "phc_recorded"
GOOD = {
    "event": "search_performed",
    "distinct_id": "install-1",
    "properties": {"result_count": 3, "$process_person_profile": False},
}


def read(path):
    """The requests of a recording, and its flaws."""
    evidence = read_evidence(path)
    assert evidence.form == "recording"
    pieces = [*evidence.pieces]
    flaws = [piece for piece in pieces if isinstance(piece, Flaw)]
    return [piece for piece in pieces if piece not in flaws], flaws


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
    requests, flaws = read(written(*kept))
    assert flaws == []
    for field in ("wire", "events", "status", "answered", "headers"):
        assert [getattr(one, field) for one in requests] == [getattr(one, field) for one in kept]


def test_an_empty_recording_is_one(written):
    assert read(written()) == ([], [])


def test_a_recording_without_its_end_keeps_what_is_there(written, request_):
    requests, flaws = read(written(request_(1, GOOD), whole=False))
    assert len(requests) == 1
    assert [flaw.what for flaw in flaws] == [
        "it has no end: the recorder was killed, or the file was cut"
    ]


def test_a_recording_cut_at_any_byte_says_so_and_never_breaks(written, request_):
    path = written(request_(1, GOOD), request_(2, GOOD))
    content = path.read_bytes()
    first_line = content.index(b"\n")
    for size in range(first_line + 1, len(content) - 1):
        path.write_bytes(content[:size])
        requests, flaws = read(path)
        assert flaws, content[:size]
        assert len(requests) <= 2


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"[]",
        b"7",
        b"{}",
        b'{"wire": 7}',
        b'{"wire": "%%%"}',
        b"\xff\xfe",
        b"[" * 99_999,
    ],
)
def test_a_damaged_line_is_named_and_the_rest_is_read(written, request_, line):
    path = written(request_(1, GOOD), request_(2, GOOD))
    head, first, second, tail = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([head, first, line, second, tail]))
    requests, flaws = read(path)
    assert [one.number for one in requests] == [1, 2]
    assert [flaw.line for flaw in flaws] == [3]
    flaws[0].what.encode()


def test_an_end_that_counts_otherwise_is_a_flaw(written, request_):
    path = written(request_(1, GOOD), whole=False)
    path.write_bytes(path.read_bytes() + b'{"requests": 5}\n')
    _, flaws = read(path)
    assert [flaw.what for flaw in flaws] == ["its end counts 5 requests, 1 could be read"]


@pytest.mark.parametrize(
    "change",
    [{"wire": "no base64!"}, {"path": "/batch/\ud800"}, {"headers": [["only-a-name"]]}],
)
def test_a_request_that_was_edited_is_a_flaw(written, request_, change):
    path = written(request_(1, GOOD))
    head, line, tail = path.read_bytes().splitlines()
    edited = json.dumps(json.loads(line) | change).encode()
    path.write_bytes(b"\n".join([head, edited, tail]))
    _, flaws = read(path)
    assert [flaw.line for flaw in flaws] == [2, 3]  # and the end counts one more
    flaws[0].what.encode()


def test_bodies_are_in_base64(written, request_):
    path = written(request_(1, body=b"\x1f\x8b\x00"))
    line = json.loads(path.read_bytes().splitlines()[1])
    assert base64.b64decode(line["wire"]) == b"\x1f\x8b\x00"


@pytest.mark.parametrize("size", [0, 1, 2, _PIECE - 1, _PIECE, _PIECE + 1, 3 * _PIECE])
def test_a_line_is_what_it_is_with_its_body_in_one_piece(written, request_, size):
    sent = bytes(number % 251 for number in range(size))
    path = written(request_(1, body=sent, path='/batch/?a="wire":""'))
    line = path.read_bytes().splitlines()[1]
    kept = msgspec.json.decode(line, type=Line)
    assert base64.b64decode(kept.wire) == sent
    assert msgspec.json.encode(kept) == line
