"""Requests that other tools captured: HAR, which network panels save, and mitmproxy's dumps.

Rule 1: a request is decoded here as the recorder decodes it.
Rule 2: what was not for PostHog, by its path, is set aside and counted.

HAR: w3c.github.io/web-performance/specs/HAR. Dumps: docs.mitmproxy.org, ``mitmproxy.io``; a flow is
one netstring with a type behind it (tnetstrings.info).
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import urlsplit

import msgspec

from payloadproof.evidence.recording import Line, request
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.routes import ROUTES

LONGEST_FLOW = 64 * 1024 * 1024  # bytes
_DEPTH = 50
_PREFIX = re.compile(rb"(\d{1,12}):")
_PACKED = re.compile(r"([?&])compression=[^&]*&?")
_OTHERS = "request not for PostHog"


class _Message(msgspec.Struct):
    method: str
    url: str
    headers: list[dict[str, Any]] = []
    postData: dict[str, Any] | None = None  # noqa: N815 - HAR's own name


class _Answer(msgspec.Struct):
    status: int = 0


class _Entry(msgspec.Struct):
    request: _Message
    response: _Answer | None = None


def har_entries(content: Any) -> list[Any] | None:
    """The entries of a HAR document; None where it is none."""
    log = content.get("log") if isinstance(content, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    return entries if isinstance(entries, list) else None


def from_har(number: int, entry: Any, aside: Counter[str]) -> Request | None:
    """One entry; None where it was for another service.

    Raises:
        ValueError: it is no entry.
    """
    kept = msgspec.convert(entry, _Entry, strict=False)
    url = urlsplit(kept.request.url)
    if not ROUTES.search(url.path):
        aside[_OTHERS] += 1
        return None
    path = url.path + (f"?{url.query}" if url.query else "")
    headers = [
        (str(one.get("name", "")), str(one.get("value", ""))) for one in kept.request.headers
    ]
    body = kept.request.postData or {}
    said = body.get("text")
    wire = _wire(said if isinstance(said, str) else "", str(body.get("encoding", "")))
    if not said and isinstance(body.get("params"), list):
        wire = "&".join(
            f"{one.get('name', '')}={one.get('value', '')}"
            for one in body["params"]
            if isinstance(one, dict)
        ).encode(errors="surrogatepass")
    if wire[:1] in (b"{", b"["):
        # The panel has unpacked it, and left the words that say how it was packed.
        headers = [one for one in headers if one[0].lower() != "content-encoding"]
        path = _PACKED.sub(r"\1", path)
    answered = kept.response.status if kept.response and kept.response.status else None
    return _decoded(number, kept.request.method, path, headers, wire, url.netloc, answered)


def _wire(text: str, encoding: str) -> bytes:
    if encoding == "base64":
        return base64.b64decode(text)
    if text.startswith("\x1f\x8b"):  # bytes that the panel took for characters
        return text.encode("latin-1", errors="replace")
    return text.encode(errors="surrogatepass")


def _decoded(  # noqa: PLR0917 - what a request is made of
    number: int,
    method: str,
    path: str,
    headers: list[tuple[str, str]],
    wire: bytes,
    host: str,
    answered: int | None,
) -> Request:
    head = Line(
        number=number,
        at=0.0,
        connection=0,
        method=method,
        path=path,
        headers=tuple(headers),
        wire="",
        answered=answered,
        host=host,
    )
    return request(head, wire)


def flows(file: IO[bytes], aside: Counter[str]) -> Iterator[tuple[int, Request | str]]:
    """Every request of a dump with its number, or what is wrong with it.

    What comes after a flow that is cut cannot be found any more.
    """
    number = 0
    while True:
        number += 1
        try:
            flow = _flow(file)
        except (ValueError, RecursionError, UnicodeDecodeError) as error:
            yield number, str(error)
            return
        if flow is None:
            return
        asked = flow.get("request") if isinstance(flow, dict) else None
        if not isinstance(asked, dict):
            aside["flow that is no HTTP request"] += 1
            continue
        path = _text(asked.get("path"))
        if not ROUTES.search(path.partition("?")[0]):
            aside[_OTHERS] += 1
            continue
        answer = flow.get("response")
        status = answer.get("status_code") if isinstance(answer, dict) else None
        headers = [
            (_text(pair[0]), _text(pair[1]))
            for pair in asked.get("headers") or ()
            if isinstance(pair, list) and len(pair) > 1
        ]
        content = asked.get("content")
        yield (
            number,
            _decoded(
                number,
                _text(asked.get("method")),
                path,
                headers,
                content if isinstance(content, bytes) else b"",
                _text(asked.get("host")),
                status if isinstance(status, int) else None,
            ),
        )


def is_dump(first: bytes) -> bool:
    """Whether a file begins as a dump does: a length, and what is a part of each flow."""
    return bool(_PREFIX.match(first)) and b";" in first[:4096]


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value or "")


def _flow(file: IO[bytes]) -> Any:
    head = b""
    while not head.endswith(b":"):
        one = file.read(1)
        if not one:
            if head:
                raise ValueError("it is cut")
            return None
        head += one
        if not (one == b":" or one.isdigit()) or len(head) > len("123456789012:"):
            raise ValueError("it is no flow")
    size = int(head[:-1] or b"0")
    if size > LONGEST_FLOW:
        raise ValueError(f"it is longer than {LONGEST_FLOW:,} bytes")
    whole = file.read(size + 1)
    if len(whole) != size + 1:
        raise ValueError("it is cut")
    return _typed(whole[:-1], whole[-1:], 0)


def _typed(data: bytes, kind: bytes, depth: int) -> Any:
    if depth > _DEPTH:
        raise ValueError("it is nested too deep")
    match kind:
        case b",":
            return data
        case b";":
            return data.decode()
        case b"#":
            return int(data)
        case b"^":
            return float(data)
        case b"!":
            return data == b"true"
        case b"~":
            return None
        case b"]":
            return list(_members(data, depth))
        case b"}":
            members = [
                _text(one) if n % 2 == 0 else one for n, one in enumerate(_members(data, depth))
            ]
            return dict(zip(members[::2], members[1::2], strict=False))
        case _:
            raise ValueError("it is no flow")


def _members(data: bytes, depth: int) -> Iterator[Any]:
    at = 0
    while at < len(data):
        head = _PREFIX.match(data, at)
        if head is None:
            raise ValueError("it is no flow")
        begin, end = head.end(), head.end() + int(head[1])
        if end >= len(data):
            raise ValueError("it is cut")
        yield _typed(data[begin:end], data[end : end + 1], depth + 1)
        at = end + 1
