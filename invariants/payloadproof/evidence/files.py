"""What was sent, read back from the forms in which people have it.

``recording``: what ``payloadproof record`` wrote. ``batch``: one body as it went over the wire,
plain or gzip, or a golden file. ``events``: JSON Lines of events. ``export``: the same as PostHog's
batch exports write them, where ``properties`` is JSON text.

Rule 1: a flaw costs its line and nothing else. It is handed on with its place, and reading goes on.
Rule 2: a file is read as a stream, a line at a time; only a batch body is read whole.
Rule 3: a request that no file tells of is made up around an event: it has the number of the line,
no method, and nothing is judged by the rest of it.
"""

from __future__ import annotations

import gzip
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

import msgspec

from payloadproof.errors import HarnessError
from payloadproof.evidence.recording import Head, Line, Tail, line_of, request
from payloadproof.recorder.decode import SIZE_LIMIT, event_of
from payloadproof.recorder.ledger import Request

Form = Literal["recording", "batch", "events", "export"]

#: Added by PostHog's ingestion to what was sent: no evidence of the sender (posthog.com/docs/cdp).
INGESTION_ADDS = ("$ip", "$geoip_", "$group_", "$sent_at", "$transformations_")
_SENT_ANYWAY = "$geoip_disable"
_ACCEPTED = 200
_LOOKED_AT = 5  # lines
_GZIP = b"\x1f\x8b"


class Flaw(NamedTuple):
    """A place that could not be audited. ``line`` is 0 for the file as a whole."""

    line: int
    what: str


class Evidence(NamedTuple):
    """An open file: its form, and what it holds as it is read."""

    path: Path
    form: Form
    size: int  # bytes
    pieces: Iterator[Request | Flaw]


def read(path: Path, prefix: str = "") -> Evidence:
    """Open a file and find out its form.

    ``prefix``: the path that a proxy of the product's puts before PostHog's, where a recording does
    not say it.

    Raises:
        HarnessError: it cannot be read, or has none of the forms.
    """
    try:
        kind, size = path.stat().st_mode, path.stat().st_size
        if not stat.S_ISREG(kind):
            raise _irregular(path)
        with path.open("rb") as file:
            first = [file.readline(SIZE_LIMIT * 2) for _ in range(_LOOKED_AT)]
    except OSError as error:
        raise HarnessError(
            code="evidence-unreadable",
            message=f"{path} cannot be read: {error.strerror}",
            next="payloadproof record --out recording.jsonl makes one",
        ) from error
    if not size:
        raise _unknown(path, "it is empty")
    # One bad line at the top of an export must not hide what the others are.
    form = next((found for line in first if (found := _form_of(line))), None)
    if form is not None:
        return Evidence(path, form, size, _lines(path, form, prefix))
    if size > SIZE_LIMIT:
        raise _unknown(path, "no line is a JSON object, and the whole is too large for a batch")
    return Evidence(path, "batch", size, iter(_batch(path, path.read_bytes())))


def _irregular(path: Path) -> HarnessError:
    if path.is_dir():
        return HarnessError(
            code="evidence-unreadable",
            message=f"{path} is a directory",
            next="name the files in it",
        )
    return HarnessError(
        code="evidence-unreadable",
        message=f"{path} is no file that can be read twice, as it has to be",
        next="write what it holds to a file, and name that",
    )


def _unknown(path: Path, why: str) -> HarnessError:
    return HarnessError(
        code="evidence-unknown",
        message=f"{path} holds nothing that can be audited: {why}",
        causes=(
            "it is none of recordings, batch bodies, JSON Lines of events, and PostHog's exports",
        ),
        next="payloadproof record --out recording.jsonl makes a recording",
    )


def _form_of(first: bytes) -> Form | None:
    """The form of a file with such a line; None where the line is none of them."""
    line = _parsed(first)
    if not isinstance(line, dict) or "batch" in line:
        return None
    if "recording" in line:
        return "recording"
    if "event" not in line:
        return None
    return "export" if isinstance(line.get("properties"), str) else "events"


def _parsed(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _batch(path: Path, wire: bytes) -> tuple[Request, ...]:
    """A whole body; a golden file, which is a list of events, is one too."""
    text = wire
    if wire.startswith(_GZIP):
        try:
            text = gzip.decompress(wire)
        except (OSError, EOFError) as error:
            raise _unknown(path, f"it begins as gzip and cannot be unpacked ({error})") from error
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        if text is not wire:
            why = f"unpacked it is no JSON ({error}); JSON Lines have to be unpacked before"
        else:
            why = f"it is neither JSON nor JSON Lines ({error})"
        raise _unknown(path, why) from error
    if isinstance(content, list):
        if content and not any(isinstance(one, dict) and "event" in one for one in content):
            raise _unknown(path, "it is a JSON list, but not of events")
        each = len(wire) // max(len(content), 1)
        return tuple(_around("event", n, raw, each) for n, raw in enumerate(content, start=1))
    if not isinstance(content, dict) or not ("batch" in content or "event" in content):
        raise _unknown(path, "it is JSON, but neither a batch nor an event")
    head = Line(
        number=1,
        at=0.0,
        connection=0,
        method="POST",
        path="/batch/",
        headers=(("content-type", "application/json"),),
        wire="",
    )
    return (request(head, wire),)


def _lines(path: Path, form: Form, prefix: str) -> Iterator[Request | Flaw]:
    with path.open("rb") as file:
        if form == "recording":
            yield from _recorded(file, prefix)
            return
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield _event_on(number, line, form)


def _recorded(file: IO[bytes], given: str) -> Iterator[Request | Flaw]:
    requests = number = 0
    ended: Tail | None = None
    prefix = given
    for number, line in enumerate(file, start=1):
        try:
            if number == 1:
                prefix = msgspec.json.decode(line, type=Head).prefix or given
                continue
            piece = line_of(line, prefix)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            yield Flaw(number, str(error))
            continue
        if isinstance(piece, Tail):
            ended = piece
        else:
            requests += 1
            if isinstance(piece, Request):
                yield piece
    if ended is None:
        yield Flaw(number, "it has no end: the recorder was killed, or the file was cut")
    elif ended.requests != requests:
        what = f"its end counts {ended.requests} requests, {requests} could be read"
        yield Flaw(number, what)


def _event_on(number: int, line: bytes, form: Form) -> Request | Flaw:
    try:
        raw = msgspec.json.decode(line)
        if not isinstance(raw, dict):
            return Flaw(number, f"it is {_kind(raw)}, not an event")
        if "event" not in raw:
            return Flaw(number, "it has no key event")
        if form == "export":
            raw = _sent(raw)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        return Flaw(number, str(error))
    return _around("line", number, raw, len(line))


def _kind(raw: object) -> str:
    return {list: "a list", str: "text", bool: "a boolean"}.get(type(raw), "a number or null")


def _sent(row: dict[str, Any]) -> dict[str, Any]:
    """A row of an export without what PostHog added to it."""
    text = row.get("properties")
    properties = msgspec.json.decode(text) if isinstance(text, str) else text
    if not isinstance(properties, dict):
        raise ValueError("its properties are no JSON object")  # noqa: TRY004 - of the file, not ours
    kept = {key: value for key, value in properties.items() if not added_by_ingestion(key)}
    columns = ("event", "distinct_id", "uuid", "timestamp")
    return {**{key: row[key] for key in columns if key in row}, "properties": kept}


def added_by_ingestion(key: str) -> bool:
    """Whether PostHog itself puts this key on an event."""
    return key != _SENT_ANYWAY and key.startswith(INGESTION_ADDS)


def _around(what: str, number: int, raw: object, size: int) -> Request:
    return Request(
        number=number,
        began_at=0.0,
        port=0,
        connection=0,
        method="",
        path=what,
        headers=(),
        wire=b"",
        wire_size=size,
        body=None,
        events=(event_of(raw),),
        envelope={},
        tokens=(),
        status=_ACCEPTED,
        reason="",
        answered=None,
    )
