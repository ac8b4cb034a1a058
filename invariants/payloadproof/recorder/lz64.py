"""LZ-string's base64 form, which older browsers' PostHog sent its events in.

Rule 1: what comes out is bounded while it is made: a few bytes may stand for a great many. What
goes in is bounded, too: a bit costs as much here as a byte of gzip does. Both bounds are ours.

An own implementation of the published algorithm (pieroxy.net/blog/pages/lz-string): codes of
growing width, of which three are special: a character of 8 bits, one of 16, and the end.
"""

from __future__ import annotations

from collections.abc import Iterator

MOST = 8 * 1024 * 1024  # UTF-16 units
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_VALUES = {ord(character): value for value, character in enumerate(_ALPHABET)}
_BITS = 6  # of a character of base64
_EIGHT, _SIXTEEN, _END = 0, 1, 2
_SPECIAL = {_EIGHT: 8, _SIXTEEN: 16}  # bits of the character that follows


class TooLong(Exception):  # noqa: N818 - says what the text is
    """More came out than was allowed."""


def unpacked(text: bytes, longest: int) -> str:
    """The text that was packed; ``longest``: UTF-16 units of it at most, and never over ``MOST``.

    Raises:
        ValueError: it is no such thing.
        TooLong: there is more of it.
    """
    longest = min(longest, MOST)
    if len(text) > MOST // 4:
        raise TooLong
    units = "".join(_entries(_Codes(text), longest))
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


class _Codes:
    """Numbers of any width out of the bits, the lowest first."""

    def __init__(self, text: bytes) -> None:
        # The original skips what is not of its alphabet.
        self._bits = (
            value >> place & 1
            for byte in text
            if (value := _VALUES.get(byte)) is not None
            for place in range(_BITS - 1, -1, -1)
        )

    def take(self, width: int) -> int:
        """The next number; ``StopIteration`` where the bits end."""
        number = 0
        for place in range(width):
            number |= next(self._bits) << place
        return number


def _entries(codes: _Codes, longest: int) -> Iterator[str]:
    """The entries of the dictionary that the text is made of; a character is a UTF-16 unit."""
    try:
        code = codes.take(2)
    except StopIteration:
        return
    if code == _END:
        return
    if code not in _SPECIAL:
        raise ValueError("it begins with no character")
    entry = chr(_taken(codes, _SPECIAL[code]))
    dictionary = {3: entry}
    following, width, room, length = 4, 3, 4, 1
    yield entry
    before = entry
    while True:
        code = _taken(codes, width)
        if code == _END:
            return
        if code in _SPECIAL:
            dictionary[following] = chr(_taken(codes, _SPECIAL[code]))
            code = following
            following += 1
            room -= 1
            if room == 0:
                room, width = 1 << width, width + 1
        if code in dictionary:
            entry = dictionary[code]
        elif code == following:
            entry = before + before[0]
        else:
            raise ValueError("it refers to what it has not said")
        length += len(entry)
        if length > longest:
            raise TooLong
        yield entry
        dictionary[following] = before + entry[0]
        following += 1
        room -= 1
        before = entry
        if room == 0:
            room, width = 1 << width, width + 1


def _taken(codes: _Codes, width: int) -> int:
    try:
        return codes.take(width)
    except StopIteration:
        raise ValueError("it ends in the middle") from None
