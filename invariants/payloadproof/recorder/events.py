"""The events of a body: where they stand in its JSON, and those that are read when asked for.

Rule 1: an event is taken as it stood, whatever its shape; whether it is a sound one is judged
elsewhere.
Rule 2: what is read late is what would have been read at once, value for value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import overload

import msgspec

from payloadproof.recorder.ledger import Event
from payloadproof.recorder.unpack import header
from payloadproof.recorder.verdict import TOKEN_KEYS, distinct_id

_EVENT_KEYS = ("event", "uuid", "timestamp", "properties")
_BETWEEN = (b"}, {", b"},{")  # two events, as most writers of JSON have it
_SPARE = 512  # bytes
#: Makes an event of a value that stands where one should.
Made = Callable[[object], Event]
_whole = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_apart = msgspec.json.Decoder(list[msgspec.Raw]).decode


def shape(content: object, *, known: bool) -> tuple[dict[str, object], list[object]]:
    """The envelope and the events, judged by nothing but where they stand.

    ``known``: whether the route is one of events: on another an object need not be one.
    """
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


def waiting(body: bytes, content: object, made: Made = event_of) -> Sequence[Event]:
    """The events of a body, of which the value is known to be this one: read, and made, later."""
    if isinstance(content, list):
        return Unread(body, len(content), made)
    assert isinstance(content, dict)
    batch = content.get("batch")
    if isinstance(batch, list):
        return Unread(_whole(body)["batch"], len(batch), made)
    return Unread(body, made=made)


def tokens_beside(
    query: dict[str, bytes], headers: Sequence[tuple[str, str]], envelope: dict[str, object]
) -> list[str]:
    """The keys that stand beside the events: later APIs use the header and the query."""
    scheme, _, credential = (header(headers, "authorization") or "").partition(" ")
    found: list[object] = [query.get(key, b"").decode(errors="replace") for key in TOKEN_KEYS]
    found.append(credential if scheme.lower() == "bearer" else "")
    found += [envelope.get(key) for key in TOKEN_KEYS]
    return [token for token in found if isinstance(token, str)]


class Unread(Sequence[Event]):
    """The events in a list that is known to be sound JSON, read when somebody asks.

    The first few are read alone: whoever shows a line of a request wants no more.

    Args:
        text: a JSON array, or the one event.
        count: how many values are in it; None for the one event.
        made: what makes an event of a value.
    """

    __slots__ = ("_count", "_is_one", "_made", "_read", "_text")

    def __init__(
        self, text: bytes | msgspec.Raw, count: int | None = None, made: Made = event_of
    ) -> None:
        self._text = text
        self._made = made
        self._is_one = count is None
        self._count = 1 if count is None else count
        self._read: tuple[Event, ...] | None = None

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Event, ...]: ...
    def __getitem__(self, index: int | slice) -> Event | tuple[Event, ...]:
        if self._read is None and isinstance(index, slice) and not self._is_one:
            wanted = range(self._count)[index]
            if len(wanted) < self._count:
                raw = self._first(max(wanted, default=-1) + 1)
                return tuple(self._made(msgspec.json.decode(raw[number])) for number in wanted)
        return self._all()[index]

    def __iter__(self) -> Iterator[Event]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Unread):
            return self._all() == other._all()
        return self._all() == other if isinstance(other, tuple) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # what is in an event has none

    def __repr__(self) -> str:
        return repr(self._all())

    def __reduce__(self) -> tuple[type[tuple[Event, ...]], tuple[tuple[Event, ...]]]:
        return tuple, (self._all(),)

    def _first(self, count: int) -> list[msgspec.Raw]:
        """At least so many values from the start, each of them JSON still."""
        text = memoryview(self._text)
        start = bytes(text[: len(text) * count * 2 // self._count + _SPARE])
        for between in _BETWEEN:
            # What is an array once it is closed behind a value begins with the same values.
            end = start.rfind(between) + 1
            with suppress(msgspec.DecodeError):
                if end and len(found := _apart(start[:end] + b"]")) >= count:
                    return found
        return _apart(self._text)

    def _all(self) -> tuple[Event, ...]:
        if self._read is None:
            value = msgspec.json.decode(self._text)
            self._read = tuple(map(self._made, [value] if self._is_one else value))
        return self._read
