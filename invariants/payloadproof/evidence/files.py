"""What was sent, read back from the forms in which people have it.

``recording``: what ``payloadproof record`` wrote. ``batch``: one body as it went over the wire,
or a golden file. ``events``: JSON Lines of events. ``export``, ``persons``: the two models of
PostHog's batch exports as JSON Lines, ``parquet`` the same as Parquet. ``csv``: what its page
exports. ``har``, ``mitmproxy``: what other tools captured. Each may be packed.

Rule 1: a flaw costs its line and nothing else. It is handed on with its place, and reading goes on.
Rule 2: a file is read as a stream, a line at a time; only a body and a HAR are read whole.
Rule 3: a request that no file tells of is made up around an event: it has the number of the line,
no method, and nothing is judged by the rest of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import msgspec

from payloadproof.evidence import captures, tables
from payloadproof.evidence.forms import WHOLE_LIMIT, Form, Found, look, unknown
from payloadproof.evidence.lines import Block, Flaw, Part, blocks, parsed, parsed_lines
from payloadproof.evidence.packed import BROKEN, Packing, opened
from payloadproof.evidence.recording import Head, Line, Tail, line_of, request
from payloadproof.evidence.rows import around, person_row, row
from payloadproof.recorder.ledger import Request

NO_EVENT: Final = "it has no key event"


class Evidence(NamedTuple):
    """An open file: what it is, and what it holds as it is read.

    ``aside``: what was not for the sender or is of no use here, by what it is; it grows as the
    pieces are read. ``lines``: instead of the pieces, for a form that has one event a line, which
    :func:`event_line` reads.
    """

    path: Path
    form: Form
    size: int  # bytes
    pieces: Iterator[Request | Flaw]
    packing: Packing
    aside: Counter[str]
    lines: Iterator[Block | Flaw] | None = None


def read(
    path: Path | Found,
    form: Form | None = None,
    *,
    texts: Collection[str] = (),
    part: Part | None = None,
    prefix: str = "",
) -> Evidence:
    """Open a file, and read it piece by piece.

    Args:
        path: the file, or what was found out about it.
        form: overrules what it looks like.
        texts: properties whose values are text, where the form does not tell.
        part: read some of it; for a form in lines that is not packed.
        prefix: the path that a proxy of the product's puts before PostHog's, where a recording does
            not say it.

    Raises:
        HarnessError: it cannot be read, or has none of the forms.
    """
    found = path if isinstance(path, Found) else look(path, form)
    aside: Counter[str] = Counter()
    lines = _event_blocks(found, part) if found.form == "events" else None
    pieces = _undamaged(_pieces(found, texts, aside, part, prefix))
    if found.form in ("batch", "har"):
        pieces = iter(list(pieces))  # what is no such document is said before anything is judged
    return Evidence(found.path, found.form, found.size, pieces, found.packing, aside, lines)


def of_rows(name: str, rows: Iterator[tuple[int, dict[str, Any] | str]]) -> Evidence:
    """A table of events or of persons that no file holds.

    Args:
        name: what stands for its path.
        rows: each with its number and its columns, as those of an export, or what is wrong.
    """
    aside: Counter[str] = Counter()
    return Evidence(Path(name), "parquet", 0, _table(rows, aside), "", aside)


def _event_blocks(found: Found, part: Part | None) -> Iterator[Block | Flaw]:
    """The lines of such a file, and where it is damaged."""
    number = 0
    try:
        with opened(found.path, found.packing) as file:
            for block in blocks(file, part):
                number = block.line if isinstance(block, Flaw) else _last(block)
                yield block
    except BROKEN as error:
        yield _damage(number + 1, error)


def _last(block: Block) -> int:
    return block.number + len(block.lines) - 1


def event_line(number: int, line: bytes) -> dict[str, Any] | Flaw | None:
    """The event on a line, as JSON has it; None where the line is blank."""
    raw = parsed(number, line)
    return Flaw(number, NO_EVENT) if isinstance(raw, dict) and "event" not in raw else raw


def _undamaged(pieces: Iterator[Request | Flaw]) -> Iterator[Request | Flaw]:
    """What can be read of a file that is damaged, then where that is."""
    line = 0
    try:
        for piece in pieces:
            line = piece.line if isinstance(piece, Flaw) else piece.number
            yield piece
    except BROKEN as error:
        yield _damage(line + 1, error)


def _damage(line: int, error: Exception) -> Flaw:
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return Flaw(line, f"from here on it is damaged: {why}")


def _pieces(
    found: Found, texts: Collection[str], aside: Counter[str], part: Part | None, prefix: str
) -> Iterator[Request | Flaw]:
    if found.form == "parquet":
        yield from _table(tables.from_parquet(found.path), aside)
        return
    with opened(found.path, found.packing) as file:
        match found.form:
            case "recording":
                yield from _recorded(file, prefix)
            case "csv":
                yield from _table(tables.from_csv(file, texts), aside)
            case "mitmproxy":
                for number, flow in captures.flows(file, aside):
                    yield Flaw(number, flow) if isinstance(flow, str) else flow
            case "batch" | "har":
                whole = file.read(WHOLE_LIMIT + 1)
                if len(whole) > WHOLE_LIMIT:
                    raise unknown(found.path, f"it is longer than {WHOLE_LIMIT:,} bytes")
                yield from _document(found, whole, aside)
            case form:
                for number, line, raw in parsed_lines(file, part):
                    yield raw if isinstance(raw, Flaw) else _of_line(number, line, raw, form, aside)


def _table(
    rows: Iterator[tuple[int, dict[str, Any] | str]], aside: Counter[str]
) -> Iterator[Request | Flaw]:
    try:
        for number, columns in rows:
            if isinstance(columns, str):
                yield Flaw(number, columns)
                continue
            try:
                made = row if "event" in columns else person_row
                yield made(number, columns, sum(len(str(one)) for one in columns.values()), aside)
            except (msgspec.DecodeError, ValueError, RecursionError) as error:
                yield Flaw(number, str(error))
    except ValueError as error:
        yield Flaw(0, str(error))


def _document(found: Found, whole: bytes, aside: Counter[str]) -> Iterator[Request | Flaw]:
    try:
        content = json.loads(whole)
    except (ValueError, RecursionError) as error:
        why = f"it is neither JSON nor JSON Lines ({error})"
        raise unknown(found.path, f"unpacked {why}" if found.packing else why) from error
    if found.form == "har":
        entries = captures.har_entries(content)
        if entries is None:
            raise unknown(found.path, "it is JSON, but no HAR")
        for number, entry in enumerate(entries, start=1):
            try:
                one = captures.from_har(number, entry, aside)
            except (ValueError, RecursionError) as error:
                yield Flaw(number, f"it is no entry: {error}")
                continue
            if one is not None:
                yield one
        return
    yield from _batch(found.path, whole, content)


def _batch(path: Path, wire: bytes, content: Any) -> tuple[Request, ...]:
    """A whole body; a golden file, which is a list of events, is one too."""
    if isinstance(content, list):
        if content and not any(isinstance(one, dict) and "event" in one for one in content):
            raise unknown(path, "it is a JSON list, but not of events")
        each = len(wire) // max(len(content), 1)
        return tuple(around("event", n, raw, each) for n, raw in enumerate(content, start=1))
    if not isinstance(content, dict) or not ("batch" in content or "event" in content):
        raise unknown(path, "it is JSON, but neither a batch nor an event")
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


def _of_line(
    number: int, line: bytes, raw: dict[str, Any], form: Form, aside: Counter[str]
) -> Request | Flaw:
    try:
        if form == "persons":
            return person_row(number, raw, len(line), aside)
        if "event" not in raw:
            return Flaw(number, NO_EVENT)
        if form == "export":
            return row(number, raw, len(line), aside)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        return Flaw(number, str(error))
    return around("line", number, raw, len(line))


__all__ = ["Evidence", "Flaw", "Part", "event_line", "of_rows", "read"]
