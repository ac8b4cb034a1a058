"""A7 and A8: what must be in no byte sent, searched for in every byte sent.

A canary is 20 random letters and digits. Any 8 of them in a row are a piece, and a piece counts
only when the same scenario with other canaries did not send it too.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Literal
from urllib.parse import unquote_to_bytes

from payloadproof.oracle.finding import EXERCISED, Finding, check, where
from payloadproof.recorder.ledger import Request
from payloadproof.scenario import steps as do
from payloadproof.scenario.history import History

PIECE = 8
_ESCAPE = re.compile(rb"\\u([0-9a-fA-F]{4})")


def haystack(request: Request) -> bytes:
    """Every byte of a request in the readings a person could make of it, case-folded."""
    head = [request.path.encode(), *(f"{k}: {v}".encode() for k, v in request.headers)]
    plain = b"\n".join([*head, request.wire, request.body or b""])
    readings = [plain, unquote_to_bytes(plain), _ESCAPE.sub(_unescaped, plain)]
    return b"\n".join(readings).lower()


def _unescaped(match: re.Match[bytes]) -> bytes:
    return chr(int(match[1], 16)).encode("utf-8", "replace")


def needles(secret: str) -> Iterator[tuple[str, bytes]]:
    """Every form a piece of ``secret`` may take, with the name of its encoding, case-folded.

    Raw covers JSON and percent escapes, since the haystack holds those undone.
    """
    raw = secret.encode()
    for begin in range(len(raw) - PIECE + 1):
        piece = raw[begin : begin + PIECE]
        yield "as it is", piece.lower()
        yield "in hexadecimal", binascii.hexlify(piece)
    for offset in range(3):
        # Three bytes become four characters; what depends on neighbours is cut away.
        body = base64.b64encode(b"\0" * offset + raw)[4 if offset else 0 : -4]
        for begin in range(len(body) - 10):
            yield "in base64", body[begin : begin + 11].lower()


def found(secret: str, requests: Iterable[Request]) -> tuple[str, Request] | None:
    """The encoding in which a piece of ``secret`` was sent and the request that held it."""
    forms = list(needles(secret))
    for request in requests:
        hay = haystack(request)
        for encoding, needle in forms:
            if needle in hay:
                return encoding, request
    return None


@check("A7")
def no_canary_leaves(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Unlisted keys, nested values, names, paths, environment: none of it is in a byte sent."""
    twin = history.twin
    if not history.canaries or twin is None:
        return
    if history.sent:
        yield EXERCISED
    for number, canary in enumerate(history.canaries):
        leak = found(canary, history.requests)
        if leak and not found(canary, twin.requests):
            encoding, request = leak
            yield Finding(
                clause="A7",
                expected=f"no piece of {{canary:{number}}} in any byte sent",
                observed=f"a piece of it {encoding}",
                evidence=(where(request), "planted " + _planted_at(history, number)),
            )


def _planted_at(history: History, number: int) -> str:
    mark = f"{{canary:{number}}}"
    assert history.scenario
    places = [name for name, value in history.scenario.env.items() if mark in value]
    for index, step in enumerate(history.steps):
        if isinstance(step, do.Capture | do.Record) and mark in repr(step):
            places.append(f"step {index + 1}")
    if number == 0:
        places.append("the names of home and data directory")
    return "in " + ", ".join(places)


@check("A8")
def no_session_id_leaves(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Session ids of a scenario have 15 digits and more: none is a time or a count by chance."""
    sessions = {
        step.session
        for step in history.steps
        if isinstance(step, do.Record | do.EndSession) and step.session is not None
    }
    for session in sorted(sessions):
        if session < 10**12:
            continue
        if any(str(sent.event.name) in history.contract.rollups for sent in history.sent):
            yield EXERCISED
        forms = (str(session).encode(), f"{session:x}".encode())
        for request in history.requests:
            if any(form in haystack(request) for form in forms):
                yield Finding(
                    clause="A8",
                    expected=f"session {session} in no byte sent",
                    observed="its digits on the wire",
                    evidence=(where(request),),
                )
                break
