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
    group_of: dict[int, int] = {}
    by_mask: dict[int, int] = {}
    for row, mask in enumerate(masks) if any(masks) else ():
        if not mask:
            continue
        number = by_mask.get(mask)
        if number is None:
            number = by_mask[mask] = len(made)
            made.append((0, None, mask))
        group_of[row] = number
    for where, (of_all, of_some) in told:
        if of_all is not None:
            every.append((where, of_all))
        known: dict[tuple[int, int], int] = {}
        for row, token in of_some.items():
            before = group_of.get(row, 0)
            key = before, id(token)
            number = known.get(key)
            if number is None:
                number = known[key] = len(made)
                made.append((before, (where, token), made[before][2]))
            group_of[row] = number
    if len(group_of) < rows:
        first = next(row for row in range(rows) if row not in group_of)
        yield Group(0, frozenset(every), first, rows - len(group_of))
    firsts = {group_of[row]: row for row in sorted(group_of, reverse=True)}
    for number, times in Counter(group_of.values()).items():
        tokens, at = every[:], number
        while at:
            at, one, _ = made[at]
            if one is not None:
                tokens.append(one)
        yield Group(made[number][2], frozenset(tokens), firsts[number], times)
