"""Rows of one batch that are alike in all that their verdict depends on.

Rule 1: nothing is judged here, and no token is looked into.
Rule 2: of what has the same token once for all rows of a column the same object stands there; two
objects that are equal make two groups, which costs time and changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from payloadproof.audit.cells import Token, Tokens

Told = tuple[object, Token]  # where: a column, or what a word says


class Group(NamedTuple):
    """Rows that are alike: which keys they have, their tokens, the first, and how many they are."""

    mask: int
    tokens: frozenset[Told]
    first: int
    times: int


def grouped(
    rows: int, masks: Sequence[int], told: Iterable[tuple[object, Tokens]]
) -> Iterator[Group]:
    """All rows of a batch; ``masks``: of each of them, or of none, where all have 0."""
    every: list[Told] = []
    # A group is another one and a token more; the first is of those that have nothing of their own.
    made: list[tuple[int, Told | None, int]] = [(0, None, 0)]
    group_of = [0] * rows
    if any(masks):
        by_mask = {0: 0}
        for mask in dict.fromkeys(masks):
            if mask:
                by_mask[mask] = len(made)
                made.append((0, None, mask))
        group_of = list(map(by_mask.__getitem__, masks))
    for where, (of_all, of_some) in told:
        if of_all is not None:
            every.append((where, of_all))
        known: dict[tuple[int, int], int] = {}
        for row, token in of_some.items():
            before = group_of[row]
            key = before, id(token)
            number = known.get(key)
            if number is None:
                number = known[key] = len(made)
                made.append((before, (where, token), made[before][2]))
            group_of[row] = number
    firsts = dict(zip(reversed(group_of), range(rows - 1, -1, -1), strict=True))
    for number, times in Counter(group_of).items():
        tokens, at = every[:], number
        while at:
            at, one, _ = made[at]
            if one is not None:
                tokens.append(one)
        yield Group(made[number][2], frozenset(tokens), firsts[number], times)
