"""What PostHog's capture service would make of a request: its v0 rules, as a pure function.

Rule 1: total. Any bytes in, a ``Decoded`` out; no exception, no unbounded memory.
Rule 2: what was sent is decoded as far as it goes, whatever the verdict on it.
Rule 3: all or nothing. One bad event is a verdict on the whole request, as it is there.

"capture v0" in the comments is PostHog/posthog ``rust/capture``, read in its stored versions, not
run. The text after the colon of a parse error is ours and says where; the service does not.

Ours, for the sake of memory: a body of over 250,000 arrays and objects, or a million commas, is
too large (413).
Not modelled: LZ64 (answered 400), quotas and overflow (200 there too), JSON objects that repeat a
key (the last one wins here, serde refuses some), events written as JSON arrays.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import zlib
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import unquote_to_bytes

import msgspec

from payloadproof.recorder.ledger import Event
from payloadproof.recorder.verdict import (
    TOKEN_KEYS,
    Refused,
    distinct_id,
    judge,
    refuse,
    unparsable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SIZE_LIMIT = 20 * 1024 * 1024  # bytes on the wire, and bytes decompressed
OK_BODY = '{"status":"Ok"}'

_FORM_TYPE = "application/x-www-form-urlencoded"
_MODERN_ROUTES = frozenset({"/batch", "/i/v0/e"})
_LEGACY_ROUTES = frozenset({"/e", "/capture", "/track", "/engage"})
_METHODS = frozenset({"POST", "GET", "HEAD", "OPTIONS"})  # axum serves HEAD where it serves GET
_BASE64_START = re.compile(rb"[A-Za-z0-9+/=]{1,128}")
_FORM_START = re.compile(rb"(?:^|&)(?:data|ver|_|ip|compression)=")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_GZIP_MAGIC = b"\x1f\x8b\x08"
_COMPRESSIONS = {
    **dict.fromkeys(("gzip", "gzip-js"), "gzip"),
    **dict.fromkeys(("lz64", "lz-string"), "lz64"),
    **dict.fromkeys(("base64", "b64"), "base64"),
}
_JSON_DEPTH = 127  # serde_json refuses the 128th level
# Ours: 20 MiB of more than so many arrays and objects, or of commas, take gigabytes once decoded.
_CONTAINERS = 250_000
_COMMAS = 1_000_000
_FLOAT_DIGITS = 308  # an integer of no more digits fits a double
_EVENT_KEYS = ("event", "uuid", "timestamp", "properties")


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """A request read and judged; the fields are those of ``ledger.Request``."""

    body: bytes | None
    envelope: dict[str, object]
    events: tuple[Event, ...]
    tokens: tuple[str, ...]
    status: int
    reason: str


def decode(method: str, path: str, headers: Sequence[tuple[str, str]], wire: bytes) -> Decoded:
    """Read a request as capture v0 does, and say what v0 would answer.

    Args:
        method: as sent.
        path: the raw target with its query.
        headers: names in any case.
        wire: the body as sent; more than ``SIZE_LIMIT`` bytes of it are a 413.
    """
    target, _, query_text = path.partition("?")
    route = target.removesuffix("/")
    query = _form(query_text.encode(errors="replace"))
    known = route in _MODERN_ROUTES or route in _LEGACY_ROUTES
    body: bytes | None = None
    content: object = None
    refusal: Refused | None = None
    try:
        payload = _payload(query, headers, wire, legacy=route in _LEGACY_ROUTES)
        text = _text(payload)
        body = payload
        content = _json(text)
    except Refused as refused:
        refusal = refused
    envelope, raw_events = _shape(content, known=known)
    status, reason = 200, OK_BODY
    try:
        if not known:
            refuse(404, "")
        if method not in _METHODS:
            refuse(405, "")
        # capture v0: OPTIONS is answered by the CORS layer, whatever it carries.
        if method != "OPTIONS":
            if refusal is not None:
                raise refusal
            judge(content, engage=route == "/engage")
            # capture v0: `beacon=1` turns a success into an empty 204.
            if query.get("beacon") == b"1":
                status, reason = 204, ""
    except Refused as refused:
        status, reason = refused.status, refused.reason
    return Decoded(
        body=body,
        envelope=envelope,
        events=tuple(event_of(raw) for raw in raw_events),
        tokens=_tokens(query, headers, envelope, raw_events),
        status=status,
        reason=reason,
    )


def _undecodable(what: str) -> NoReturn:
    refuse(400, f"failed to decode request: {what}")


def _too_big(what: str) -> NoReturn:
    refuse(413, f"maximum event size exceeded: {what} over {SIZE_LIMIT} bytes")


def _form(text: bytes) -> dict[str, bytes]:
    """A query or form; of a repeated key the first value."""
    fields: dict[str, bytes] = {}
    for pair in text.split(b"&"):
        key, _, value = pair.replace(b"+", b" ").partition(b"=")
        fields.setdefault(unquote_to_bytes(key).decode(errors="replace"), unquote_to_bytes(value))
    return fields


def _header(headers: Sequence[tuple[str, str]], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _payload(
    query: dict[str, bytes], headers: Sequence[tuple[str, str]], wire: bytes, *, legacy: bool
) -> bytes:
    """The JSON text, out of a query, a form, base64 and gzip as they come."""
    # capture v0: 413 EventTooBig while the body is read; 20 MiB on every v0 route.
    if len(wire) > SIZE_LIMIT:
        _too_big("body")
    # capture v0: `?data=` if non-empty, else the body; neither is EmptyPayload.
    payload = query.get("data") or wire
    if not payload:
        refuse(400, "request missing data payload")
    # capture v0: what looks like base64 is decoded, a failure ignored, before anything else.
    if not _FORM_START.search(payload[:128]):
        payload = _from_base64(payload) or payload
    form: dict[str, bytes] = {}
    # capture v0: only this very Content-Type means a form; any other is ignored.
    if _header(headers, "content-type") == _FORM_TYPE:
        if not _FORM_START.search(payload[:128]):
            _undecodable("expected form data in POST request payload")
        form = _form(payload)
        data = form.get("data", payload)
        # capture v0: form decoding made spaces of the plus signs of base64.
        restored = data.replace(b" ", b"+")
        payload = restored if _looks_base64(restored) else data
    compression = _compression(query, form, headers)
    # capture v0: gzip by the hint or by the magic bytes; a hint on a plain body is an error.
    if compression == "gzip" or payload.startswith(_GZIP_MAGIC):
        payload = _gunzip(payload)
    elif compression == "lz64":
        _undecodable("LZ64 is not modelled by this recorder")
    # capture v0: the legacy routes, and the hint, allow base64 inside all that.
    if legacy or compression == "base64":
        payload = _from_base64(payload) or payload
    if len(payload) > SIZE_LIMIT:
        _too_big("payload")
    return payload


def _compression(
    query: dict[str, bytes], form: dict[str, bytes], headers: Sequence[tuple[str, str]]
) -> str:
    """Capture v0: query before form before header; an unknown value means none, no error."""
    for fields in (query, form):
        hint = fields.get("compression", b"").decode(errors="replace").lower()
        if hint in _COMPRESSIONS:
            return _COMPRESSIONS[hint]
    return _COMPRESSIONS.get(_header(headers, "content-encoding"), "")


def _looks_base64(data: bytes) -> bool:
    """Capture v0: the alphabet in the first 128 bytes, and a length divisible by four."""
    return len(data) % 4 == 0 and _BASE64_START.fullmatch(data[:128]) is not None


def _from_base64(data: bytes) -> bytes:
    """Decoded; empty when this is no base64."""
    if not _looks_base64(data):
        return b""
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return b""


def _gunzip(data: bytes) -> bytes:
    """The first member of a gzip stream, as flate2's GzDecoder reads it."""
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        text = stream.decompress(data, SIZE_LIMIT + 1)
    except zlib.error:
        _undecodable("invalid GZIP data")
    if len(text) > SIZE_LIMIT:
        _too_big("decompressed body")
    if not stream.eof:
        _undecodable("invalid GZIP data")
    return text


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        _undecodable("invalid UTF-8")


def _json(text: str) -> object:
    """The value, under serde_json's rules where Python's reader is more lenient."""
    containers = text.count("[") + text.count("{")
    if containers > _CONTAINERS or text.count(",") > _COMMAS:
        refuse(413, "maximum event size exceeded: more values than this recorder decodes")
    try:
        value: object = json.loads(
            text, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
    except RecursionError:
        unparsable("recursion limit exceeded")
    except ValueError as error:
        unparsable(str(error))
    if containers > _JSON_DEPTH and _deeper_than(value, _JSON_DEPTH):
        unparsable("recursion limit exceeded")
    # serde_json: an escaped surrogate must have its partner.
    if _SURROGATE.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            unparsable("lone leading surrogate in hex escape")
    return value


def _constant(name: str) -> NoReturn:
    # serde_json: NaN and the infinities are no JSON.
    raise ValueError(f"expected value, found {name}")


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("number out of range")
    return number


def _int(text: str) -> int:
    if len(text) > _FLOAT_DIGITS:
        _float(text)
    return int(text)


def _deeper_than(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _shape(content: object, *, known: bool) -> tuple[dict[str, object], list[object]]:
    """The envelope and the events, judged by nothing but where they stand."""
    if isinstance(content, list):
        return {}, content
    if not isinstance(content, dict):
        return {}, []
    batch = content.get("batch")
    if isinstance(batch, list):
        return {key: value for key, value in content.items() if key != "batch"}, batch
    # On an unknown route an object need not be an event (a flags request is none).
    if "event" in content or (known and "batch" not in content):
        return {}, [content]
    return content, []


def event_of(raw: object) -> Event:
    """One event as it stood, of any shape."""
    if not isinstance(raw, dict):
        return Event(
            name=None, distinct_id=None, uuid=None, timestamp=None, properties=raw, top_level={}
        )
    properties = raw.get("properties", {})
    rest = {key: value for key, value in raw.items() if key not in _EVENT_KEYS}
    key, identity = distinct_id(raw)
    rest.pop(key, None)
    return Event(
        name=raw.get("event"),
        distinct_id=identity,
        uuid=raw.get("uuid"),
        timestamp=raw.get("timestamp"),
        properties=properties,
        top_level=rest,
    )


def _tokens(
    query: dict[str, bytes],
    headers: Sequence[tuple[str, str]],
    envelope: dict[str, object],
    raw_events: Iterable[object],
) -> tuple[str, ...]:
    """Wherever a PostHog client may put one: the later APIs use the header and the query."""
    found: list[object] = [query.get(key, b"").decode(errors="replace") for key in TOKEN_KEYS]
    scheme, _, credential = _header(headers, "authorization").partition(" ")
    found.append(credential if scheme.lower() == "bearer" else "")
    found += [envelope.get(key) for key in TOKEN_KEYS]
    for raw in raw_events:
        if isinstance(raw, dict):
            properties = raw.get("properties")
            found += [raw.get(key) for key in TOKEN_KEYS]
            found.append(properties.get("token") if isinstance(properties, dict) else None)
    return tuple(dict.fromkeys(token for token in found if isinstance(token, str) and token))
