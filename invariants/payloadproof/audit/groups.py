"""Rows of a batch that are alike in all that their verdict depends on.

Rule 1: nothing is judged here, and no token is looked into.
Rule 2: rows that are alike go one path, those of later batches too, and what was found out about it
waits there. Of what has the same token once for all rows of a column the same object stands there;
two objects that are equal make two paths, which costs time and changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from payloadproof.audit.cells import Token, Tokens
from payloadproof.audit.tally import Met

_PATHS: Final = 4096  # remembered of one shape
Told = tuple[object, Token]  # where: a column, or what a word says
Verdict = tuple[tuple[Met, int], ...]
Verdicts = dict[frozenset[Any], Verdict]  # by the tokens of an event, each with its place


class Path:
    """What rows with the same keys were found to have, one token after another.

    ``verdicts``: what is known of rows with these keys; ``verdict``: of those with these tokens,
    too, once it was looked up.
    """

    __slots__ = ("tokens", "verdict", "verdicts")

    def __init__(self, verdicts: Verdicts, tokens: tuple[Told, ...] = ()) -> None:
        self.verdicts = verdicts
        self.tokens = tokens  # held, so that the id of none of them is that of another
        self.verdict: Verdict | None = None


class Group(NamedTuple):
    """Rows that are alike: their path, the first of them, and how many they are."""

    path: Path
    first: int
    times: int


class Paths:
    """Those of one shape."""

    def __init__(self) -> None:
        self._starts: dict[int, Path] = {}
        self._made: dict[tuple[Path, object, int], Path] = {}

    def clear(self) -> None:
        """Forget all of them: a mask says something else from now on."""
        self._starts.clear()
        self._made.clear()

    def grouped(
        self,
        masks: Sequence[int],
        told: Iterable[tuple[object, Tokens]],
        verdicts_of: Callable[[int], Verdicts],
    ) -> Iterator[Group]:
        """All rows of a batch.

        Args:
            masks: which keys each of them has.
            told: the tokens of each column that has some.
            verdicts_of: what is known of rows with the keys that a mask says.
        """
        if len(self._starts) + len(self._made) > _PATHS:
            self.clear()
        starts = self._starts
        for mask in set(masks).difference(starts):
            starts[mask] = Path(verdicts_of(mask))
        path_of = list(map(starts.__getitem__, masks))
        every: list[Told] = []
        for where, (of_all, of_some) in told:
            if of_all is not None:
                every.append((where, of_all))
            known: dict[tuple[Path, int], Path] = {}
            for row, token in of_some.items():
                before = path_of[row]
                key = before, id(token)
                path = known.get(key)
                if path is None:
                    path = known[key] = self._further(before, where, token)
                path_of[row] = path
        firsts = dict(zip(reversed(path_of), range(len(masks) - 1, -1, -1), strict=True))
        for path, times in Counter(path_of).items():
            first = firsts[path]
            for where, token in every:
                path = self._further(path, where, token)  # noqa: PLW2901 - all of them go on
            yield Group(path, first, times)

    def _further(self, before: Path, where: object, token: Token) -> Path:
        key = before, where, id(token)
        path = self._made.get(key)
        if path is None:
            path = self._made[key] = Path(before.verdicts, (*before.tokens, (where, token)))
        return path
