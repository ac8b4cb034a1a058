"""Digests and times of whole columns, at the cost of a few of them one by one.

Rule 1: a digest is the same in every process and on every machine, and whether its text is looked
at alone or in a column.
Rule 2: no text of an event is kept. A UUID in the usual form is its own digest, folded.
"""

from __future__ import annotations

import datetime as dt
import sys
from array import array
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import Any, Final, NamedTuple
from zlib import crc32

from payloadproof.clauses.allow.fields import are_plain_ids, plain_id
from payloadproof.evidence.runs import as_text
from payloadproof.recorder.ingest import moment_of

#: The first moment that a datetime knows; a time is a number of microseconds from it, and one more.
ORIGIN: Final = dt.datetime.min.replace(tzinfo=dt.UTC)
TICK: Final = dt.timedelta(microseconds=1)
DAY: Final = dt.timedelta(days=1) // TICK
#: The time, and the ordinal of the day, of what says none.
NO_TIME: Final = 0
NO_DAY: Final = 0
MARK_BITS: Final = 20
_MARK: Final = 2**MARK_BITS - 1
_BITS: Final = 64  # of a word
_BYTES: Final = 8
_WORD: Final = 2**_BITS - 1
_ONE: Final = b"\1" + bytes(2 * _BYTES - 1)
_FOLD: Final = 0x9E3779B97F4A7C15  # odd, so that nothing of what it is multiplied with is lost
_ANY_DIGIT: Final = bytes.maketrans(b"123456789", b"0" * 9)
_HOURS_KEPT: Final = 16_384
_LAST_HOUR: Final = b"23"
_PRIME: Final = 2**MARK_BITS - 3


def digest(text: str) -> int:
    """64 bits of a text."""
    hashed = blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(hashed, "little")


@lru_cache(maxsize=4096)
def _of_name(name: str) -> int:
    return digest(f"{name}\0")


def _folded(uuids: Sequence[str], more: int) -> array[int]:
    """Of UUIDs in the usual form: both halves in one word, and ``more``.

    That is ``(high * _FOLD + low + more) * _FOLD`` of each, cut to 64 bits. All are worked out in
    one great integer, which has 128 bits for each: so much room that none adds to its neighbour.
    """
    size = 2 * _BYTES * len(uuids)
    ones = int.from_bytes(_ONE * len(uuids), "little")
    words = ones * _WORD  # where the low half of each is
    every = int.from_bytes(bytes.fromhex("".join(uuids).replace("-", "")), "big")
    folded = (every >> _BITS & words) * _FOLD + (every & words) + ones * more & words
    # Multiplied once more, the bits that rows are put apart by depend on all the others.
    halves = array("Q", (folded * _FOLD & words).to_bytes(size, "big"))
    if sys.byteorder == "little":
        halves.byteswap()
    return halves[1::2]


def keys_of(name: str, uuids: Sequence[str]) -> array[int]:
    """Digests of events of a name with these UUIDs, which :func:`are_plain_ids`."""
    return _folded(uuids, _of_name(name))


def key_of(name: str, uuid: str) -> int:
    """The digest of an event of a name with a uuid, whatever that is."""
    return keys_of(name, (uuid,))[0] if plain_id(uuid) else digest(f"{name}\0{uuid}")


@lru_cache(maxsize=65_536)
def digest_of_who(who: object) -> int:
    """Of a distinct id, whatever it is; a number is not the text that reads like it."""
    if type(who) is not str:
        return digest(f"\0{who!r}")
    return _folded((who,), 0)[0] if plain_id(who) else digest(who)


def digests_of_who(who: Sequence[object], plain: Sequence[str] | None) -> array[int]:
    """Of a column of distinct ids; ``plain``: the same where these are plain ids."""
    return _folded(plain, 0) if plain is not None else array("Q", map(digest_of_who, who))


def each_once(column: Sequence[object]) -> dict[int, Any]:
    """The objects of a column by their ids: two that are equal may not be the same to a clause."""
    return dict(zip(map(id, column), column, strict=True))


def as_plain_ids(column: Sequence[object]) -> Sequence[str] | None:
    """The column where all of it are plain ids."""
    return column if are_plain_ids(column) else None


class _Form(NamedTuple):
    """A way to write times in UTC: how long it is, and what it is cut into."""

    number: int
    zone: bytes
    length: int
    cut: Struct
    digits: int  # of the fraction


_FORMS: Final = {
    f"0000-00-00T00:00:00{'.' * bool(digits)}{'0' * digits}{zone}".encode(): _Form(
        number=digits * 2 + len(zone),
        zone=zone.encode(),
        length=19 + bool(digits) + digits + len(zone),
        cut=Struct(f"13sx5s{'x' * bool(digits)}{'3s' * (digits // 3)}{len(zone)}x"),
        digits=digits,
    )
    for digits in (0, 3, 6)
    for zone in ("Z", "+00:00")
}
_BY_LENGTH: Final = {form.length: text for text, form in _FORMS.items()}
_MINUTES: Final = {
    f"{minute:02}:{second:02}".encode(): (minute * 60 + second) * 1_000_000
    for minute in range(60)
    for second in range(60)
}
_MICROS: Final = {f"{number:03}".encode(): number for number in range(1000)}
_MILLIS: Final = {digits: number * 1000 for digits, number in _MICROS.items()}


class _Hours(dict[bytes, int]):
    """The times at which hours begin, each worked out once while they are few."""

    def __missing__(self, hour: bytes) -> int:
        if len(self) >= _HOURS_KEPT:
            self.clear()
        if hour[11:] > _LAST_HOUR:
            raise ValueError(hour)  # the end of a day, with minutes that it cannot have
        moment = dt.datetime.fromisoformat(f"{hour.decode()}:00:00+00:00")
        begin = self[hour] = (moment - ORIGIN) // TICK + 1
        return begin


_hours: Final = _Hours()


def times_of(timestamps: Sequence[object]) -> tuple[list[int], list[int]]:
    """Of a column: the times, and a mark of each text; two that are one text have one mark."""
    try:
        texts: list[Any] = list(timestamps)
        joined = "".join(texts).encode()
        found = _together(texts, joined)
    except (TypeError, UnicodeEncodeError):
        found = None
    if found is not None:
        return found
    if len(timestamps) > 1:
        each = [times_of((one,)) for one in timestamps]
        return [times[0] for times, _ in each], [marks[0] for _, marks in each]
    (timestamp,) = timestamps
    moment = moment_of(timestamp) if isinstance(timestamp, str) else None
    time = (moment - ORIGIN) // TICK + 1 if moment else NO_TIME
    text = timestamp if isinstance(timestamp, str) else f"\0{as_text(timestamp)}"
    return [time], [crc32(text.encode(errors="surrogatepass")) & _MARK]


def _together(texts: Sequence[str], joined: bytes) -> tuple[list[int], list[int]] | None:
    """All of them where they have one of the forms, and are times."""
    length = len(texts[0])
    pattern = _BY_LENGTH.get(length)
    if (
        pattern is None
        or set(map(len, texts)) != {length}
        or joined.translate(_ANY_DIGIT) != pattern * len(texts)
        or joined.count(_FORMS[pattern].zone) != len(texts)
    ):
        return None
    form = _FORMS[pattern]
    number = form.number
    hours, minutes, millis = _hours, _MINUTES, _MILLIS
    try:
        # An hour, the minutes and seconds in it, and what is left of a second, if it is written.
        cut = form.cut.iter_unpack(joined)
        match form.digits:
            case 0:
                times = [hours[hour] + minutes[rest] for hour, rest in cut]
            case 3:
                times = [hours[hour] + minutes[rest] + millis[of] for hour, rest, of in cut]
            case _:
                micros = _MICROS
                times = [
                    hours[hour] + minutes[rest] + millis[of] + micros[last]
                    for hour, rest, of, last in cut
                ]
    except (KeyError, ValueError):
        return None
    return times, [(time + number) % _PRIME for time in times]


def days_of(times: Sequence[int]) -> list[int]:
    """The ordinals of the UTC days of times; ``NO_DAY`` for none."""
    return [(time - 1) // DAY + 1 for time in times]
