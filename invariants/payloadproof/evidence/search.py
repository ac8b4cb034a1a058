"""The search for what was planted: every byte sent, in every reading that can be made of it.

Rule 1: any ``PIECE`` characters of a value in a row are a sighting, unless more is asked for: a
value is cut, or stands in the middle of another. Case never counts.
Rule 2: what is undone is what a program does to a text on its way out: percent signs, escapes of
JSON and numbered entities, up to three times over; characters that nobody sees, and such as look
like plain ones; UTF-16; gzip, zlib and raw deflate; base64 in
both alphabets, and all of that inside each other. A digest is not undone: what depends on a person
without saying so is found by comparing two people.
Rule 3: the work is bounded, whatever was sent: no more than ``UNPACKED`` bytes come out of one
text, through no more than ``DEPTH`` wrappings. What lies beyond is not searched, and ``whole``
says so.
"""

from __future__ import annotations

import base64
import binascii
import re
import sys
import unicodedata
import zlib
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from payloadproof.recorder.ledger import Request

PIECE = 8
AS_IT_IS = "as it is"  # of the encodings
UNPACKED = 8 * 1024 * 1024  # bytes
DEPTH = 5
_TRIES = 200_000  # wrappings looked into for one text
_MARKED = 8  # of them in one run of base64
_TIMES = 3  # a text can be escaped over and over
# Two halves of a character beyond the first plane, a character, or the name of one.
_ESCAPE = re.compile(
    rb"\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\"\\/bfnrt])"
)
_ENTITY = re.compile(rb"&#(x[0-9a-fA-F]{1,6}|[0-9]{1,7});")
_SINGLE = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
# What holds eight bytes compressed takes no less. One case alone is a word, a number or a digest.
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_URL_ALPHABET = bytes.maketrans(b"-_", b"+/")
_MARKS = re.compile(rb"H4sI|e[AFJN]")  # what gzip and zlib begin with, in base64
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1b\x7f]")
_NOT_DRAWN = frozenset(("Cc", "Cf", "Mn", "Me"))  # and marks, which alone say nothing
# What no normal form makes plain, and a reader does; of Hangul's fillers, letters that are not
# drawn, it makes these two.
_LOOK_PLAIN = {
    ord(one): plain
    for plain, all_ in {
        "/": "\u2044\u2215\u29f8",
        "\\": "\u2216\u29f5\u29f9",
        "": "\u115f\u1160",
    }.items()
    for one in all_
}
_GZIP = b"\x1f\x8b\x08"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_WBITS = {"gzip": zlib.MAX_WBITS | 16, "zlib": zlib.MAX_WBITS, "deflate": -zlib.MAX_WBITS}
_TEXT = bytes([*range(0x20, 0x7F), 9, 10, 13])
_TEXT_SHARE = 0.7  # of what counts as a text: one in another alphabet is beyond ASCII in part


class Layer(NamedTuple):
    """What came out of some wrappings (``gzip in base64``, empty for none), and all readings."""

    wrapped: str
    hay: bytes


class Layers(NamedTuple):
    """A text and what was wrapped in it, outermost first; ``whole``: nothing was left unread."""

    layers: tuple[Layer, ...]
    whole: bool = True

    def holds(self, forms: list[tuple[str, bytes]]) -> str | None:
        """How one of some forms stands here: the encoding, and what it is wrapped in."""
        for wrapped, hay in self.layers:
            for encoding, needle in forms:
                if needle in hay:
                    return f"{encoding}, inside {wrapped}" if wrapped else encoding
        return None


class Plain:
    """Texts that arrived together, in every reading; nothing is unpacked.

    A body is given as it was sent and as it was decoded: what is equal is read once.
    """

    def __init__(self, *texts: bytes) -> None:
        self.texts = tuple(dict.fromkeys(texts))
        self.readings = [_readings(text) for text in self.texts]
        self.hay = b"\n".join(map(_joined, self.readings))


def layers(*texts: bytes) -> Layers:
    """Every reading of ``texts``, which arrived together, and of what is wrapped in each."""
    return unpacked(Plain(*texts))


def unpacked(plain: Plain) -> Layers:
    """The same of texts that were read already."""
    out = [Layer("", plain.hay)]
    seen = set(plain.texts)
    budget = _Budget(UNPACKED + sum(map(len, plain.texts)))
    waiting = deque(("", read, 1) for read in plain.readings)
    while waiting:
        wrapped, read, depth = waiting.popleft()
        for wrapping, inner in (one for text in read for one in _unwrapped(text, budget)):
            if len(inner) < PIECE or inner in seen:
                continue
            if depth >= DEPTH:
                budget.whole = False
                break
            seen.add(inner)
            budget.room -= len(inner)
            more = _readings(inner)
            how = f"{wrapping} in {wrapped}" if wrapped else wrapping
            out.append(Layer(how, _joined(more)))
            waiting.append((how, more, depth + 1))
    return Layers(tuple(out), budget.whole)


class _Budget:
    """What may still be unpacked; ``whole`` until something was left."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.tries = _TRIES
        self.whole = True

    def spent(self) -> bool:
        """Count one try; whether that was too many."""
        self.tries -= 1
        if self.tries < 0 or self.room <= 0:
            self.whole = False
        return not self.whole


def texts_of(request: Request) -> tuple[bytes, ...]:
    """All that one request says: its target, its headers, its body as sent and as decoded."""
    head = [request.path.encode(errors="replace")]
    head += [f"{k}: {v}".encode(errors="replace") for k, v in request.headers]
    return b"\n".join(head), request.wire, request.body or b""


def readings(plain: bytes) -> bytes:
    """As it is, without percent signs, without escapes; case-folded. Nothing is unpacked."""
    return _joined(_readings(plain))


def _joined(texts: list[bytes]) -> bytes:
    return b"\n".join(texts).lower()


def _readings(plain: bytes) -> list[bytes]:
    read = dict.fromkeys([plain, unquote_to_bytes(plain), _unescaped(plain)])
    text = plain
    for _ in range(_TIMES):
        before, text = text, _unescaped(unquote_to_bytes(text))
        if text == before:
            break
        read[text] = None
    for one in list(read):
        read[_as_seen(one)] = None
    if b"\0" in plain:
        read[plain.replace(b"\0", b"")] = None  # UTF-16, as far as it is ASCII
    return list(read)


def _as_seen(text: bytes) -> bytes:
    """As a reader has it: what is not drawn is not there, and what looks plain is plain."""
    if text.isascii() and not _CONTROL.search(text):
        return text
    seen = unicodedata.normalize("NFKC", text.decode("utf-8", "ignore"))
    kept = (c for c in seen if c.isspace() or unicodedata.category(c) not in _NOT_DRAWN)
    return "".join(kept).translate(_LOOK_PLAIN).encode("utf-8", "ignore")


def _unescaped(text: bytes) -> bytes:
    if b"\\" in text:
        text = _ESCAPE.sub(_character, text)
    return _ENTITY.sub(_numbered, text) if b"&#" in text else text


def _character(match: re.Match[bytes]) -> bytes:
    escape = match[1]
    if len(escape) > len("u0000"):
        return bytes.fromhex((escape[1:5] + escape[7:]).decode()).decode("utf-16-be").encode()
    if len(escape) > 1:
        return chr(int(escape[1:], 16)).encode("utf-8", "replace")
    return _SINGLE.get(escape, escape)


def _numbered(match: re.Match[bytes]) -> bytes:
    number = int(match[1][1:], 16) if match[1][:1] == b"x" else int(match[1])
    return chr(number).encode("utf-8", "replace") if number <= sys.maxunicode else match[0]


def _unwrapped(text: bytes, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    """What is wrapped somewhere in ``text``, with the name of the wrapping."""
    begin = text.find(_GZIP)
    while begin >= 0 and not budget.spent():
        yield from _inflated("gzip", memoryview(text)[begin:], budget)
        begin = text.find(_GZIP, begin + 1)
    if text.startswith(_ZLIB) and not budget.spent():
        yield from _inflated("zlib", text, budget)
    for match in _BASE64.finditer(text):
        run = match[0]
        if run.islower() or run.isupper() or run.isdigit():
            continue
        marked = [mark.start() for mark in _MARKS.finditer(run)]
        for begin in dict.fromkeys([0, *marked[:_MARKED]]):
            if budget.spent():
                return
            yield from _from_base64(run[begin:], budget, marked=begin in marked)


def _from_base64(run: bytes, budget: _Budget, *, marked: bool) -> Iterator[tuple[str, bytes]]:
    run = run.translate(_URL_ALPHABET)
    run = run[: len(run) - (len(run) % 4 == 1)]
    inner = binascii.a2b_base64(run + b"=" * (-len(run) % 4))
    if marked:
        kind = "gzip" if inner.startswith(_GZIP) else "zlib"
        packed = [(f"{kind} in base64", plain) for _, plain in _inflated(kind, inner, budget)]
        yield from packed
        if packed:
            return
    strange = len(inner.translate(None, _TEXT))
    if b"\0" in inner or strange <= len(inner) * (1 - _TEXT_SHARE):
        yield "base64", inner
    if strange:
        for _, plain in _inflated("deflate", inner, budget):
            yield "deflate in base64", plain


def _inflated(
    kind: str, packed: bytes | memoryview, budget: _Budget
) -> Iterator[tuple[str, bytes]]:
    """The text in ``packed``, cut at what room there is; nothing where it is not of that kind.

    A gzip or zlib that breaks off gives what it holds. Raw deflate has no mark: it counts when it
    ends.
    """
    stream = zlib.decompressobj(_WBITS[kind])
    try:
        plain = stream.decompress(packed, max(budget.room, 1))
    except zlib.error:
        return
    full = len(plain) >= budget.room
    if full and not stream.eof:
        budget.whole = False
    if plain and (stream.eof or full or kind != "deflate"):
        yield kind, plain


def needles(secret: str, piece: int = PIECE) -> Iterator[tuple[str, bytes]]:
    """Every form that ``piece`` characters of ``secret`` may take, with its encoding, case-folded.

    Raw covers JSON and percent escapes, since the readings hold those undone.
    """
    raw = secret.encode()
    for begin in range(len(raw) - piece + 1):
        part = raw[begin : begin + piece]
        yield AS_IT_IS, part.lower()
        yield "in hexadecimal", binascii.hexlify(part)
        yield "backwards", part[::-1].lower()
    for body, width in _in_base64(raw, piece):
        for begin in range(len(body) - width + 1):
            yield "in base64", body[begin : begin + width]


def _in_base64(raw: bytes, piece: int) -> Iterator[tuple[bytes, int]]:
    """What it is in base64 wherever it begins, case-folded, and how much of that is a piece."""
    for offset in range(3):
        # Three bytes become four characters; what depends on neighbours is cut away.
        body = base64.b64encode(b"\0" * offset + raw)[4 if offset else 0 : -4].lower()
        yield body, min(piece * 4 // 3 + 1, len(body))


def hints(secret: str, piece: int = PIECE) -> Iterator[bytes]:
    """Shorter and fewer than :func:`needles`: where none of them stands, none of those does.

    Of a text in which each ``width`` characters in a row would be one, every ``width`` in a row
    hold one of these whole.
    """
    raw = secret.encode()
    texts = [
        (raw.lower(), piece),
        (raw[::-1].lower(), piece),
        (binascii.hexlify(raw), 2 * piece),
        *_in_base64(raw, piece),
    ]
    for text, width in texts:
        # Half of it is too short: four letters stand in any long text by chance.
        short = (5 * width + 7) // 8
        for begin in range(0, len(text) - short + 1, width - short + 1):
            yield text[begin : begin + short]
