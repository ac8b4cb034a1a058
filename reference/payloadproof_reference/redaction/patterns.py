"""Patterns of google-re2, made when they are first asked for.

Rule 1: a pattern costs nothing until it looks at a text. There are some five hundred, and making
them all takes longer than a whole short-lived process: most processes meet no error, and an error
needs few of them.
Rule 2: from then on it costs what its search costs. re2's methods for ``str`` turn every offset
from bytes to characters, which takes three times as long as the search. Here they read bytes: in
ASCII offsets are the same, and elsewhere only those are turned that are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any

import re2

_ROOM_BYTES = 64 * 2**20


def quiet() -> Any:
    """Options: memory for many states, and not a word on anybody's standard error."""
    options = re2.Options()
    options.max_mem = _ROOM_BYTES
    options.log_errors = False
    return options


class Found:
    """A match in a text of ASCII: as re2's own, with its text as ``str``."""

    __slots__ = ("_match", "string")

    def __init__(self, text: str, match: Any) -> None:
        self.string = text
        self._match = match

    def span(self, group: int = 0) -> tuple[int, int]:
        """Where a group begins and ends; (-1, -1) of one that is not there."""
        found: tuple[int, int] = self._match.span(group)
        return found

    def start(self, group: int = 0) -> int:
        """Where a group begins."""
        return self.span(group)[0]

    def end(self, group: int = 0) -> int:
        """Where a group ends."""
        return self.span(group)[1]

    def __getitem__(self, group: int) -> Any:
        begin, end = self.span(group)
        return None if begin < 0 else self.string[begin:end]

    def group(self, group: int = 0) -> Any:
        """What a group holds; ``None`` of one that is not there."""
        return self[group]

    def groups(self) -> tuple[Any, ...]:
        """What each group holds."""
        return tuple(map(self.__getitem__, range(1, self._match.re.groups + 1)))

    def expand(self, template: str) -> str:
        """``template`` with the groups that it names by a backslash and a digit."""
        first, *others = _pieces(template)
        return first + "".join((self[int(each[0])] or "") + each[1:] for each in others)


class _FoundApart(Found):
    """The same in any text: ``before`` characters stand before the match, ``encoded`` is all."""

    __slots__ = ("_before", "_encoded")

    def __init__(self, text: str, match: Any, encoded: bytes, before: int) -> None:
        super().__init__(text, match)
        self._encoded = encoded
        self._before = before

    def span(self, group: int = 0) -> tuple[int, int]:
        begin, end = self._match.span(group)
        if begin < 0:
            return begin, end
        start = self._before + _characters(self._encoded, self._match.start(), begin)
        return start, start + _characters(self._encoded, begin, end)


def _characters(encoded: bytes, begin: int, end: int) -> int:
    return len(encoded[begin:end].decode())


@lru_cache
def _pieces(template: str) -> tuple[str, ...]:
    return tuple(template.split("\\"))


class Pattern:
    """One pattern, spelled out; it has every method of a pattern of re2.

    Args:
        spelled: the pattern.
        roomy: whether it may have so many states that it wants the options of :func:`quiet`.

    Raises:
        re2.error: at the first use, where it is spelled wrong.
    """

    def __init__(self, spelled: str, *, roomy: bool = False) -> None:
        self.pattern = spelled
        self._roomy = roomy

    @cached_property
    def made(self) -> Any:
        """The pattern of re2."""
        return re2.compile(self.pattern, quiet() if self._roomy else None)

    def finditer(self, text: str, pos: int = 0) -> Iterator[Found]:
        """Each match behind ``pos``, in turn."""
        encoded = text.encode()
        if len(encoded) == len(text):
            for match in self.made.finditer(encoded, pos):
                yield Found(text, match)
            return
        before = seen = 0
        for match in self.made.finditer(encoded, len(text[:pos].encode())):
            begin = match.start()
            # Behind a match of nothing it goes on by a byte, and that may be half a character.
            if encoded[begin : begin + 1] and encoded[begin] & 0xC0 == 0x80:  # noqa: PLR2004 - UTF-8
                continue
            before += _characters(encoded, seen, begin)
            seen = begin
            yield _FoundApart(text, match, encoded, before)

    def search(self, text: str, pos: int = 0) -> Found | None:
        """The first match behind ``pos``."""
        return next(self.finditer(text, pos), None)

    def match(self, text: str) -> Found | None:
        """The match that ``text`` begins with."""
        return self._at_the_start(self.made.match, text)

    def fullmatch(self, text: str) -> Found | None:
        """The match that is all of ``text``."""
        return self._at_the_start(self.made.fullmatch, text)

    def _at_the_start(self, asked: Any, text: str) -> Found | None:
        encoded = text.encode()
        match = asked(encoded)
        if match is None:
            return None
        plain = len(encoded) == len(text)
        return Found(text, match) if plain else _FoundApart(text, match, encoded, 0)

    def findall(self, text: str) -> list[str]:
        """Each match of a pattern without groups."""
        return [each.decode() for each in self.made.findall(text.encode())]

    def __getattr__(self, name: str) -> Any:
        # Asked only for what is not here yet. Two threads may both make it: one of them stays.
        if name.startswith("__"):
            raise AttributeError(name)
        method = getattr(self.made, name)
        self.__dict__[name] = method
        return method
