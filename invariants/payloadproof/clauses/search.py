"""The search for what was planted, in every byte that was sent and every encoding it undoes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

import msgspec

from payloadproof.clauses.once import once
from payloadproof.evidence.history import History
from payloadproof.recorder.ledger import Request
from payloadproof.scenario import steps as do

PIECE = 8


AS_IT_IS = "as it is"  # of the encodings


_TELLING = 10**12  # 13 digits, 10 in hexadecimal


_DIGITS = re.compile(rb"[0-9a-f]{10,}")


_ESCAPE = re.compile(rb"\\u([0-9a-fA-F]{4})")


@once
def haystacks(history: History) -> tuple[tuple[Request, bytes], ...]:
    """Every byte of each request in the readings a person could make of it, case-folded."""
    return tuple((request, _haystack(request)) for request in history.requests)


def _haystack(request: Request) -> bytes:
    head = [request.path.encode(), *(f"{k}: {v}".encode() for k, v in request.headers)]
    # A body that was not packed is searched once.
    return readings(b"\n".join([*head, *dict.fromkeys([request.wire, request.body or b""])]))


def readings(plain: bytes) -> bytes:
    """As it is, without percent signs, without escapes of JSON; case-folded."""
    read = [plain, unquote_to_bytes(plain), _ESCAPE.sub(_unescaped, plain)]
    return b"\n".join(dict.fromkeys(read)).lower()


def _unescaped(match: re.Match[bytes]) -> bytes:
    return chr(int(match[1], 16)).encode("utf-8", "replace")


def needles(secret: str) -> Iterator[tuple[str, bytes]]:
    """Every form a piece of ``secret`` may take, with the name of its encoding, case-folded.

    Raw covers JSON and percent escapes, since the haystack holds those undone.
    """
    raw = secret.encode()
    for begin in range(len(raw) - PIECE + 1):
        piece = raw[begin : begin + PIECE]
        yield AS_IT_IS, piece.lower()
        yield "in hexadecimal", binascii.hexlify(piece)
    for offset in range(3):
        # Three bytes become four characters; what depends on neighbours is cut away.
        body = base64.b64encode(b"\0" * offset + raw)[4 if offset else 0 : -4]
        for begin in range(len(body) - 10):
            yield "in base64", body[begin : begin + 11].lower()


def found(secret: str, history: History, but: str = "") -> tuple[str, Request] | None:
    """The encoding in which a piece of ``secret`` was sent and the request that held it.

    Pieces that ``but``, another secret of the same kind, has too say nothing.
    """
    forms = own_needles(secret, but)
    for request, hay in haystacks(history):
        for encoding, needle in forms:
            if needle in hay:
                return encoding, request
    return None


def own_needles(secret: str, but: str) -> list[tuple[str, bytes]]:
    """The forms of ``secret`` that ``but`` does not have too."""
    common = {needle for _, needle in needles(but)}
    return [(encoding, needle) for encoding, needle in needles(secret) if needle not in common]


@once
def leaked(history: History, number: int) -> tuple[str, Request] | None:
    """How a piece of canary ``number`` was sent; None where its twin's run sent that piece too."""
    twin = history.twin
    if twin is None or number >= len(history.canaries):
        return None
    canary, other = history.canaries[number], twin.canaries[number]
    leak = found(canary, history, but=other)
    return None if leak is None or found(canary, twin, but=other) else leak


def canaries_in(value: object) -> set[int]:
    """The numbers of the placeholders in anything that can be JSON."""
    text = msgspec.json.encode(value).decode()
    return {int(number) for number, _ in do.PLACEHOLDER.findall(text)}
