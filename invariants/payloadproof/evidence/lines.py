"""Files of lines: a block of them at a time, and what JSON says in each.

Rule 1: a flaw costs its line and nothing else.
Rule 2: what is held is a block, and a line that is longer no further than ``LINE_LIMIT``.
Rule 3: of an object that has a key twice one value cannot be audited, so that it is a flaw.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any, Final, NamedTuple

import msgspec

from payloadproof.evidence.forms import LINE_LIMIT
from payloadproof.evidence.quoting import named

_BLOCK: Final = 64 * 1024  # bytes: what is made of them stays near the processor
UNREADABLE: Final = (msgspec.DecodeError, ValueError, RecursionError)
decode = msgspec.json.Decoder().decode


class Flaw(NamedTuple):
    """A place that could not be audited. ``line`` is 0 for the file as a whole."""

    line: int
    what: str


class Part(NamedTuple):
    """Some of a file: the lines that begin at bytes from ``begin`` on and before ``end``.

    ``before``: how many lines of the file stand before them.
    """

    begin: int
    end: int
    before: int = 0


class Block(NamedTuple):
    """Lines that stand one behind the other, each with its end.

    ``number``: of the first.
    """

    number: int
    lines: list[bytes]


def blocks(file: IO[bytes], part: Part | None = None) -> Iterator[Block | Flaw]:
    """All lines of a file, or of a part of it.

    Raises:
        OSError: or another of ``BROKEN``, where the file is damaged: behind all lines before.
    """
    at = part.begin if part else 0
    if part and at:
        # A line belongs to the part that it begins in.
        file.seek(at - 1)
        at += len(file.readline()) - 1
    number = part.before + 1 if part else 1
    held: list[bytes] = []  # of a line that has no end yet
    # What was unpacked before some damage is handed on: a read that asks for more would lose it.
    some = getattr(file, "read1", file.read)
    while True:
        data = some(min(_BLOCK, part.end - at) if part else _BLOCK) if _more(part, at) else b""
        at += len(data)
        if data and b"\n" not in data and sum(map(len, held)) < LINE_LIMIT:
            held.append(data)
            continue
        if not data and part and held:
            held.append(file.readline(LINE_LIMIT))
        whole = b"".join((*held, data))
        lines = BytesIO(whole).readlines()
        held = [] if not data or whole.endswith(b"\n") else [lines.pop()]
        if lines and _is_too_long(lines[0]):
            if not lines[0].endswith(b"\n"):
                _skip(file)
            yield Flaw(number, f"it is longer than {LINE_LIMIT:,} bytes")
            number += 1
            del lines[0]
        if lines:
            yield Block(number, lines)
            number += len(lines)
        if held and _is_too_long(held[0]):
            at += _skip(file)
            yield Flaw(number, f"it is longer than {LINE_LIMIT:,} bytes")
            number += 1
            held = []
        if not data:
            return


def _more(part: Part | None, at: int) -> bool:
    return part is None or at < part.end


def _is_too_long(line: bytes) -> bool:
    return len(line) > LINE_LIMIT or (len(line) == LINE_LIMIT and not line.endswith(b"\n"))


def _skip(file: IO[bytes]) -> int:
    """What is left of a line; how many bytes that was."""
    size = 0
    while more := file.readline(LINE_LIMIT):
        size += len(more)
        if more.endswith(b"\n"):
            break
    return size


def parsed_lines(
    file: IO[bytes], part: Part | None = None
) -> Iterator[tuple[int, bytes, dict[str, Any] | Flaw]]:
    """Each line that is not blank, with its number."""
    for block in blocks(file, part):
        if isinstance(block, Flaw):
            yield block.line, b"", block
            continue
        for number, line in enumerate(block.lines, start=block.number):
            said = parsed(number, line)
            if said is not None:
                yield number, line, said


def parsed(number: int, line: bytes) -> dict[str, Any] | Flaw | None:
    """What a line says; None where it is blank."""
    try:
        raw = decode(line)
        if type(raw) is dict and _has_each_key_once(line, raw):
            return raw
        return _closer(number, line, raw) if line.strip() else None
    except UNREADABLE as error:
        return Flaw(number, str(error)) if line.strip() else None


def _has_each_key_once(line: bytes, raw: dict[str, Any]) -> bool:
    time = raw.get("timestamp")
    within = time.count(":") if type(time) is str else 0
    keys = len(raw) + sum(inner_keys(value, 2) for value in raw.values() if type(value) is dict)
    return are_all_keys(line, keys, within)


def are_all_keys(text: bytes, keys: int, within: int) -> bool:
    """Whether it is sure at a glance that objects have no other key, and so none of theirs twice.

    Args:
        text: JSON, of one line or of some.
        keys: how many these objects have, those of objects within them too.
        within: colons in some of the values, where none of them is written as an escape.
    """
    if b"\\" not in text and text.count(b":") == keys + within:
        return True
    # Values hold colons of their own. A key's stands behind a quote, or behind blanks.
    odd = (b"\t" in text and b"\t:" in text) or (b"\r" in text and b"\r:" in text)
    return not odd and b" :" not in text and text.count(b'":') == keys


def inner_keys(value: dict[str, Any], deep: int = 1) -> int:
    """How many keys an object has, and those in it, so ``deep`` as most are."""
    count = len(value)
    if deep > 1:
        count += sum(inner_keys(one, deep - 1) for one in value.values() if type(one) is dict)
    return count


def _closer(number: int, line: bytes, raw: Any) -> dict[str, Any] | Flaw:
    if not isinstance(raw, dict):
        return Flaw(number, f"it is {_kind(raw)}, not an event")
    twice: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            keys = Counter(key for key, _ in pairs)
            twice.extend(key for key, times in keys.items() if times > 1)
        return made

    json.loads(line, object_pairs_hook=once)
    if twice:
        return Flaw(number, f"it has the key {named(twice[0])} twice, and only one can be audited")
    return raw


def _kind(raw: object) -> str:
    return {list: "a list", str: "text", bool: "a boolean"}.get(type(raw), "a number or null")
