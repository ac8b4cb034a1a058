"""The common request, read in one pass: events as the SDKs send them, all of them sound.

Rule 1: nothing is refused here. Whatever is not plainly what capture v0 takes is declined, and read
by ``decode`` as anything is; so no text of a refusal stands here.
Rule 2: what is taken here is what ``decode`` would take, with the same result: a test drives both.
Rule 3: properties are checked and not read. Somebody who asks for them reads them then.

What is flat besides is read by ``flat``, which is quicker still.

msgspec checks the syntax of what it skips, in the terms of RFC 8259, but neither UTF-8, nor that a
number fits a double, nor how deep it goes; these are looked for by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple

import msgspec

from payloadproof.recorder import flat, unpack
from payloadproof.recorder.events import Unread, tokens_beside
from payloadproof.recorder.project import Project
from payloadproof.recorder.refusal import Refused
from payloadproof.recorder.text import (
    COMMAS,
    CONTAINERS,
    DEPTH,
    fits_doubles,
    has_long_number,
    require_text,
)
from payloadproof.recorder.unpack import header
from payloadproof.recorder.verdict import EVENT_LIMIT, PERFORMANCE, UUID, token_fault

_ENCODINGS = frozenset({None, "gzip", "gzip-js"})
_SMALL = EVENT_LIMIT // 8  # bytes of JSON that is no event over the limit, however it is written
_ROOM = DEPTH - 8  # containers of one event that cannot be too deep
_NOT_SOUND = ("", PERFORMANCE)
_NONE = msgspec.Raw(b"[]")
_UNSET = msgspec.UNSET
_NO_KEYS = (_UNSET,) * 4
_Text = str | msgspec.UnsetType
_Int64 = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
_BROKEN = (msgspec.MsgspecError, RecursionError, ValueError, Refused)


class _Properties(msgspec.Struct, gc=False):
    """What a verdict rests on; the rest is skipped."""

    token: object = _UNSET
    distinct_id: object = _UNSET
    cookieless: bool | msgspec.UnsetType = msgspec.field(name="$cookieless_mode", default=_UNSET)


class _Object(msgspec.Struct, gc=False):
    """Any object."""


class _Event(msgspec.Struct, gc=False):
    """capture v0's RawEvent, where its id is text and it has properties."""

    event: str
    properties: _Properties
    distinct_id: _Text = _UNSET
    dollar_id: _Text = msgspec.field(name="$distinct_id", default=_UNSET)
    uuid: str | None = None
    timestamp: str | None = None
    offset: _Int64 | None = None
    token: _Text = _UNSET
    dollar_token: _Text = msgspec.field(name="$token", default=_UNSET)
    api_key: _Text = _UNSET
    set: _Object | None = msgspec.field(name="$set", default=None)
    set_once: _Object | None = msgspec.field(name="$set_once", default=None)


_whole = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_events = msgspec.json.Decoder(list[_Event]).decode
_apart = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Plain(NamedTuple):
    """A request that capture takes; the fields are those of ``decode.Decoded``."""

    body: bytes
    envelope: dict[str, object]
    events: Unread
    tokens: tuple[str, ...]


def plain(
    query: dict[str, bytes], headers: Sequence[tuple[str, str]], wire: bytes, project: Project
) -> Plain | None:
    """A POST to a route of capture v0, if it is plainly one that it takes; else None."""
    body = _unpacked(query, headers, wire)
    if body is None:
        return None
    try:
        require_text(body)
        return _read(body, query, headers, project)
    except _BROKEN:
        return None


def _unpacked(
    query: dict[str, bytes], headers: Sequence[tuple[str, str]], wire: bytes
) -> bytes | None:
    """The JSON; None where it may be packed in any but the common way."""
    if len(wire) > unpack.SIZE_LIMIT or not query.keys().isdisjoint(("data", "compression")):
        return None
    encoding = header(headers, "content-encoding")
    if encoding not in _ENCODINGS or header(headers, "content-type") == unpack.FORM_TYPE:
        return None
    packed = wire.startswith(unpack.GZIP_MAGIC)
    if packed:
        try:
            wire = unpack.decompressed("gzip", wire, unpack.BUDGET)
        except (ValueError, unpack.Overflow):
            return None
    elif encoding is not None:
        return None
    # What begins so is no base64.
    return wire if wire[:1] in (b"{", b"[") else None


def _read(
    body: bytes,
    query: dict[str, bytes],
    headers: Sequence[tuple[str, str]],
    project: Project,
) -> Plain | None:
    if len(body) <= _SMALL and body[:1] == b"{" and not has_long_number(body):
        taken = _read_flat(body, query, headers, project)
        if taken is not None:
            return taken
    if not fits_doubles(body):
        return None
    containers = body.count(b"{") + body.count(b"[")
    if containers > CONTAINERS or (len(body) > COMMAS and body.count(b",") > COMMAS):
        return None
    listed: bytes | msgspec.Raw = body
    envelope: dict[str, object] = {}
    beside: Iterable[msgspec.Raw] = ()
    is_batch = False
    if body[:1] == b"{":
        fields = _whole(body)
        is_batch = "batch" in fields
        listed = fields.pop("batch", _NONE)
        beside = fields.values() if is_batch else ()
        if not is_batch:
            listed = b"[" + body + b"]"
    events = _events(listed)
    # How deep it goes at most, by how many containers there are beside those that must be.
    if containers - 2 * len(events) > _ROOM or len(body) > _SMALL:
        pieces = map(bytes, (*_apart(listed), *beside))
        if any(len(one) > _SMALL or one.count(b"{") + one.count(b"[") > _ROOM for one in pieces):
            return None
    if is_batch:
        envelope = {key: msgspec.json.decode(value) for key, value in fields.items()}
    keyed = [keys for keys in map(_keys, events) if keys != _NO_KEYS]
    if not events or not all(map(_is_sound, events)) or any(map(_has_two, keyed)):
        return None
    token = _token_of_batch(envelope) if is_batch else _token_of_all(keyed)
    if not _is_taken(token, project):
        return None
    tokens = _tokens(query, headers, envelope, keyed)
    return Plain(body, envelope, Unread(listed, len(events)), tokens)


def _read_flat(
    body: bytes,
    query: dict[str, bytes],
    headers: Sequence[tuple[str, str]],
    project: Project,
) -> Plain | None:
    """A batch of a few events with plain values, which need not be searched for what is unusual."""
    try:
        fields = _whole(body)
        listed = fields.pop("batch", _NONE)
        count = flat.sound_in(listed)
        envelope: dict[str, object] = {key: flat.value(said) for key, said in fields.items()}
    except _BROKEN:
        return None
    if not count or not _is_taken(_token_of_batch(envelope), project):
        return None
    return Plain(body, envelope, Unread(listed, count), _tokens(query, headers, envelope, ()))


def _is_taken(token: str | None, project: Project) -> bool:
    """Whether a key is one that the project has."""
    if token is None or token_fault(token):
        return False
    return project.tokens is None or token.strip() in project.tokens


def _is_sound(event: _Event) -> bool:
    """Whether nothing that its types do not say speaks against an event."""
    who: object = event.distinct_id
    if who is _UNSET:
        who = event.dollar_id if event.dollar_id is not _UNSET else event.properties.distinct_id
    elif event.dollar_id is not _UNSET:
        return False
    return not (
        event.event in _NOT_SOUND
        or not isinstance(who, str)
        or not who
        or who.isspace()
        or (event.uuid and not UUID.fullmatch(event.uuid))
    )


def _has_two(keys: tuple[object, ...]) -> bool:
    """Whether one field is given under two of its names."""
    return keys[:-1].count(_UNSET) < len(keys) - 2


def _token_of_batch(envelope: dict[str, object]) -> str | None:
    """The one key of a batch; None where its envelope is anything but sound."""
    token = envelope.get("api_key", envelope.get("token"))
    if "api_key" in envelope and "token" in envelope:
        return None
    if not isinstance(envelope.get("historical_migration"), bool | None):
        return None
    if not isinstance(envelope.get("sent_at"), str | None):
        return None
    return token if isinstance(token, str) else None


def _token_of_all(keyed: Iterable[tuple[object, ...]]) -> str | None:
    """The key that the events agree on."""
    found = {next((key for key in keys if isinstance(key, str)), None) for keys in keyed}
    found -= {None}
    return found.pop() if len(found) == 1 else None


def _keys(event: _Event) -> tuple[object, ...]:
    """Where the keys in an event may stand, in the order in which they are looked for."""
    return event.token, event.dollar_token, event.api_key, event.properties.token


def _tokens(
    query: dict[str, bytes],
    headers: Sequence[tuple[str, str]],
    envelope: dict[str, object],
    keyed: Iterable[tuple[object, ...]],
) -> tuple[str, ...]:
    """As ``decode`` finds them, in its order."""
    found: list[object] = [*tokens_beside(query, headers, envelope)]
    for keys in keyed:
        found += keys
    return tuple(dict.fromkeys(key for key in found if isinstance(key, str) and key))
