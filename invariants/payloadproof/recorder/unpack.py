"""Bodies out of whatever they are packed in: as capture v0 does, as v1 does, as anybody can.

Rule 1: nothing is unpacked further than its limit: a few bytes may stand for gigabytes.
Rule 2: what the service refuses is unpacked for the evidence all the same, as far as it goes: a
leak is one in whatever it is wrapped.

"capture v0" and "v1" in the comments are PostHog/posthog ``rust/capture``, read in its stored
versions, not run.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from urllib.parse import unquote_to_bytes

import brotli

from payloadproof.recorder.lz64 import MOST, TooLong, unpacked
from payloadproof.recorder.refusal import refuse, too_big, undecodable
from payloadproof.recorder.zstandard import zstd

Headers = Sequence[tuple[str, str]]

SIZE_LIMIT = 20 * 1024 * 1024  # bytes on the wire
#: Bytes decompressed: five times the wire's, which is all that is known of it (a test's comment).
BUDGET = 5 * SIZE_LIMIT

FORM_TYPE = "application/x-www-form-urlencoded"
_BASE64_START = re.compile(rb"[A-Za-z0-9+/=]{1,128}")
_FORM_START = re.compile(rb"(?:^|&)(?:data|_|ip|compression)=")
_PAIRS = 10_000
_READ = (b"data", b"compression", b"beacon", b"v", b"token", b"$token", b"api_key")
GZIP_MAGIC = b"\x1f\x8b\x08"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZLIB_FIRST = 0x78
_COMPRESSIONS = {
    **dict.fromkeys(("gzip", "gzip-js"), "gzip"),
    **dict.fromkeys(("lz64", "lz-string"), "lz64"),
    **dict.fromkeys(("base64", "b64"), "base64"),
}
_BROTLI_PIECE = 64 * 1024
_UNCOUNTED = 8 * 1024 * 1024  # bytes that are unpacked without another thought


class Overflow(Exception):  # noqa: N818 - says what the body is
    """It holds more than it may."""


def header(headers: Headers, name: str) -> str | None:
    """The first header of this name, in lower case; None where there is none."""
    for key, value in headers:
        if len(key) == len(name) and key.lower() == name:
            return value
    return None


def form(text: bytes) -> dict[str, bytes]:
    """A query or form; of a repeated key the first value."""
    fields: dict[str, bytes] = {}
    if not text:
        return fields
    *pairs, rest = text.split(b"&", _PAIRS)
    # Ours, for the sake of memory: of a crowd of pairs only what somebody reads.
    pairs += _known_in(b"&" + rest) if len(pairs) == _PAIRS else [rest]
    for pair in pairs:
        key, _, value = pair.replace(b"+", b" ").partition(b"=")
        fields.setdefault(unquote_to_bytes(key).decode(errors="replace"), unquote_to_bytes(value))
    return fields


def _known_in(crowd: bytes) -> Iterator[bytes]:
    """The first pair of each field that is read."""
    for name in _READ:
        begins = crowd.find(b"&" + name + b"=")
        if begins >= 0:
            yield crowd[begins + 1 :].partition(b"&")[0]


def v0(query: dict[str, bytes], headers: Headers, wire: bytes, *, legacy: bool) -> bytes:
    """The JSON text, out of a query, a form, base64 and compression as they come.

    ``legacy``: whether the route is one of the old, where the text may be base64 once more.

    Raises:
        Refused: capture v0 cannot read it.
    """
    # capture v0: 413 EventTooBig while the body is read; 20 MiB on every v0 route.
    if len(wire) > SIZE_LIMIT:
        too_big(f"Request body exceeds limit of {SIZE_LIMIT} bytes")
    # capture v0: `?data=` if non-empty, else the body; neither is EmptyPayload.
    payload = query.get("data") or wire
    if not payload:
        refuse(400, "request missing data payload")
    # capture v0: what looks like base64 is decoded, a failure ignored, before anything else.
    if not _FORM_START.search(payload[:128]):
        payload = from_base64(payload) or payload
    fields: dict[str, bytes] = {}
    # capture v0: only this very Content-Type means a form; any other is ignored.
    if header(headers, "content-type") == FORM_TYPE:
        if not _FORM_START.search(payload[:128]):
            undecodable("expected form data in POST request payload")
        fields = form(payload)
        data = fields.get("data", payload)
        # capture v0: form decoding made spaces of the plus signs of base64.
        restored = data.replace(b" ", b"+")
        payload = restored if _looks_base64(restored) else data
    compression = _compression(query, fields, headers)
    # capture v0: gzip by the hint or by the magic bytes; a hint on a plain body is an error.
    if compression == "gzip" or payload.startswith(GZIP_MAGIC):
        payload = _gunzipped(payload)
    elif compression == "lz64":
        payload = _from_lz64(payload)
    # capture v0: the legacy routes alone look for base64 inside all that, whatever the hint.
    if legacy:
        payload = from_base64(payload) or payload
    return payload


def _compression(query: dict[str, bytes], fields: dict[str, bytes], headers: Headers) -> str:
    """Capture v0: query before form before header; an unknown value means none, no error."""
    for given in (query, fields):
        hint = given.get("compression", b"").decode(errors="replace").lower()
        if hint in _COMPRESSIONS:
            return _COMPRESSIONS[hint]
    return _COMPRESSIONS.get(header(headers, "content-encoding") or "", "")


def _looks_base64(data: bytes) -> bool:
    """Capture v0: the alphabet in the first 128 bytes, and a length divisible by four."""
    return len(data) % 4 == 0 and _BASE64_START.fullmatch(data[:128]) is not None


def from_base64(data: bytes) -> bytes:
    """Decoded; empty when this is no base64."""
    if not _looks_base64(data):
        return b""
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return b""


def _gunzipped(data: bytes) -> bytes:
    """The first member of a gzip stream, as flate2's GzDecoder reads it."""
    try:
        return decompressed("gzip", data, BUDGET)
    except Overflow:
        too_big(f"Decompressed payload would exceed {BUDGET} bytes")
    except ValueError as error:
        undecodable("invalid GZIP data", str(error))


def _from_lz64(data: bytes) -> bytes:
    try:
        return unpacked(data, BUDGET).encode()
    except TooLong:
        too_big(f"Decompressed payload would exceed {MOST} bytes")
    except ValueError as error:
        undecodable("decompress_lz64: failed decompress to UTF16", str(error))


def decompressed(encoding: str, data: bytes, limit: int) -> bytes:
    """A body without this Content-Encoding: gzip, deflate, br or zstd.

    v1: what is called deflate is zlib's format if it begins so, else bare.

    Raises:
        ValueError: it is damaged, cut, or packed in another way.
        Overflow: it holds more than ``limit`` bytes.
    """
    match encoding:
        case "gzip":
            return _inflated(data, limit, zlib.MAX_WBITS | 16)
        case "deflate":
            wrapped = data[:1] == bytes([_ZLIB_FIRST])
            return _inflated(data, limit, zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
        case "br":
            return _unbrotlied(data, limit)
        case "zstd":
            return _unzstded(data, limit)
    raise ValueError(f"{encoding} is no encoding that is known here")


def _inflated(data: bytes, limit: int, wbits: int) -> bytes:
    stream = zlib.decompressobj(wbits)
    try:
        text = stream.decompress(data, min(limit, _UNCOUNTED) + 1)
        if len(text) > _UNCOUNTED:
            # Counted before any of it is kept: a bomb must not be held to be found out.
            counted, fed, counting = len(text), stream.unconsumed_tail, stream.copy()
            while counted <= limit and (piece := counting.decompress(fed, _UNCOUNTED)):
                counted, fed = counted + len(piece), counting.unconsumed_tail
            if counted <= limit:
                text = _drawn(stream, text, limit)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if len(text) > limit or (len(text) > _UNCOUNTED and counted > limit):
        raise Overflow
    if not stream.eof:
        raise ValueError("it ends in the middle")
    return text


def _drawn(stream: zlib._Decompress, text: bytes, limit: int) -> bytes:
    """The rest behind ``text``, a piece at a time: joined at the end it would be held twice."""
    whole = io.BytesIO()
    whole.write(text)
    while len(whole.getbuffer()) <= limit and (
        piece := stream.decompress(stream.unconsumed_tail, _UNCOUNTED)
    ):
        whole.write(piece)
    return whole.getvalue()


def _unbrotlied(data: bytes, limit: int) -> bytes:
    stream = brotli.Decompressor()
    text = bytearray()
    fed = data
    try:
        while True:
            text += stream.process(fed, output_buffer_limit=_BROTLI_PIECE)
            fed = b""
            if len(text) > limit:
                raise Overflow
            if stream.is_finished():
                return bytes(text)
            if stream.can_accept_more_data():
                raise ValueError("it ends in the middle")
    except brotli.error as error:
        raise ValueError(str(error)) from None


def _unzstded(data: bytes, limit: int) -> bytes:
    # The window is memory that a few bytes ask for: 2^27 is what RFC 8878 says all should take.
    stream = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 27})
    try:
        text = stream.decompress(data, limit + 1)
    except zstd.ZstdError as error:
        raise ValueError(str(error)) from None
    if len(text) > limit:
        raise Overflow
    if not stream.eof:
        raise ValueError("it ends in the middle")
    return text


def readings(
    query: dict[str, bytes], headers: Headers, wire: bytes, limit: int = BUDGET
) -> Iterator[bytes]:
    """Everything that a body may have meant, the likeliest first, whatever the service makes of it.

    What is too large in one reading is not offered. A body may be wrapped twice.
    """
    for outer in (query.get("data", b""), wire):
        if outer:
            for inner in _once(headers, outer, limit):
                yield inner
                if inner is not outer:
                    yield from (again for again in _once((), inner, limit) if again is not inner)


def _once(headers: Headers, data: bytes, limit: int) -> Iterator[bytes]:
    for way in _ways(headers, data, limit):
        try:
            if text := way():
                yield text
        except (ValueError, Overflow, TooLong):
            continue
    yield data


def _ways(headers: Headers, data: bytes, limit: int) -> Iterator[Callable[[], bytes]]:
    declared = (header(headers, "content-encoding") or "").strip().lower()
    encodings = {
        "br": False,  # nothing tells it but its name
        "gzip": data.startswith(GZIP_MAGIC),
        "zstd": data.startswith(_ZSTD_MAGIC),
        "deflate": data[:1] == bytes([_ZLIB_FIRST]),
    }
    for encoding, looks_so in encodings.items():
        if looks_so or encoding == declared:
            yield partial(decompressed, encoding, data, limit)
    if _FORM_START.search(data[:128]):
        yield lambda: form(data).get("data", b"").replace(b" ", b"+")
    if _looks_base64(data):
        yield lambda: from_base64(data)
        yield lambda: unpacked(data, limit).encode()
