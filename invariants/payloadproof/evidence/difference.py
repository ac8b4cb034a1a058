"""What of a program's traffic depends on who runs it, whatever encoding or hash hides it.

Runs of one person are compared with those of another. What is equal in all of one person's runs and
different for the other depends on who they are; what differs between runs of one person is random,
or time, and says nothing.

Rule 1: what is compared is what stands at one place (:mod:`payloadproof.evidence.placed`), as a
bag of values.
Rule 2: of objects that have the same keys, the order of the keys is compared too.
Rule 3: where runs have different numbers of values at a place, one of one person's values must be
lost and a new one must be there: an event that only sometimes comes is no finding.
Rule 4: of a value that is part chance and part person, as an id with half of it hashed, the part is
seen where all runs have it at the same characters; else it is not. The search for what was planted
is for those.
Rule 5: run them by turns (first, other, first, other), or what moves with time looks like a person.

Published work this learns from: Privacy Oracle (Jung et al., CCS 2008) and Agrigento (Continella et
al., NDSS 2017).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from payloadproof.evidence.placed import Paths, Place, Seen, Step, flattened
from payloadproof.evidence.runs import Run

LEAST = 2  # runs of one person
KEPT = 200  # characters of a value that a dependence keeps
PART = 6  # characters that differ by person within a value, in digits 1 in 10**6 by chance


class Dependence(msgspec.Struct, frozen=True):
    """A place whose content depends on who runs the program.

    ``seen``: what the first person's runs held there and what the other's did, shortened, hostile.
    ``by``: what can be told apart by it alone, in the order in which it was asked for; empty where
    that was not asked, or where only several things together change it. ``part``: whether it is
    some characters of the value; where they begin and end is chance.
    """

    place: Place
    seen: tuple[str, str]
    by: tuple[str, ...] = ()
    part: bool = False


def dependent(ones: Sequence[Run], others: Sequence[Run]) -> tuple[Dependence, ...]:
    """The places whose content is one thing in all of ``ones`` and another in all of ``others``.

    Args:
        ones: two runs or more of one person, each from an identical fresh home.
        others: one run or more of another person, from homes as fresh.

    Raises:
        ValueError: too few runs; one run alone shows nothing of what is random.
    """
    if len(ones) < LEAST or not others:
        raise ValueError("it takes two runs of one person and one of another")
    return _dependences([flattened(run) for run in ones], [flattened(run) for run in others])


def confirmed(
    found: Sequence[Dependence],
    ones: Sequence[Run],
    others: Sequence[Run],
    *,
    same_other: bool = True,
) -> tuple[Dependence, ...]:
    """Those of ``found`` that further runs of the first person and of another show too.

    The first person's content has to be the same again, and so has the other's where ``same_other``
    says that it is the same other person: two throws of a coin do not agree for long.
    """
    again = {one.place: one for one in dependent(ones, others)}
    return tuple(
        one
        for one in found
        if (two := again.get(one.place)) is not None
        and (
            one.place.of == "words"
            or (one.part and two.part)
            or two.seen[: 1 + same_other] == one.seen[: 1 + same_other]
        )
    )


def told_apart(
    found: Sequence[Dependence], ones: Sequence[Run], changed: Mapping[str, Run]
) -> tuple[Dependence, ...]:
    """``found`` with what can be told apart by each place.

    Args:
        found: what depends on the person.
        ones: two runs or more of the first person.
        changed: by what was changed, a run of the first person with that one thing another's.
    """
    base = [flattened(run) for run in ones]
    moved = {
        thing: {one.place for one in _dependences(base, [flattened(run)])}
        for thing, run in changed.items()
    }
    return tuple(
        msgspec.structs.replace(
            one, by=tuple(thing for thing, places in moved.items() if one.place in places)
        )
        for one in found
    )


def _dependences(ones: list[Seen], others: list[Seen]) -> tuple[Dependence, ...]:
    found: dict[Place, Dependence] = {}
    places = dict.fromkeys(place for seen in ones for place in seen.values)
    places |= dict.fromkeys(place for seen in others for place in seen.values)
    for place in places:
        mine = [seen.values.get(place, Counter[str]()) for seen in ones]
        theirs = [seen.values.get(place, Counter[str]()) for seen in others]
        if place.of in ("number", "presence"):
            mine, theirs = ([one or Counter("0") for one in side] for side in (mine, theirs))
        if place.of == "order":
            mine, theirs = _of_the_same(mine, theirs)
        pair = _words(mine, theirs) if place.of == "words" else _told(mine, theirs)
        part = pair is None and place.of == "value"
        pair = _part(mine, theirs) if part else pair
        if pair is not None:
            found[place] = Dependence(place, pair, part=part)
    for one in _keys(ones, others):
        found.setdefault(one.place, one)
    hosts = {place.host for place in found if not place.what}
    kept = (place for place in found if place.host not in hosts or not place.what)
    return tuple(found[place] for place in sorted(kept, key=_order))


def _order(place: Place) -> tuple[str, ...]:
    return place.host, place.what, place.text, place.of


def _told(mine: list[Counter[str]], theirs: list[Counter[str]]) -> tuple[str, str] | None:
    """What each side has, where each agrees with itself and not with the other."""
    mine, theirs = [one for one in mine if one], [one for one in theirs if one]
    if len(mine) < LEAST or not theirs:
        return None
    if len({one.total() for one in (*mine, *theirs)}) == 1:
        # Where there are as many on both sides, what one has more of the other has less of.
        if any(one != side[0] for side in (mine, theirs) for one in side):
            return None
        lost, new = mine[0] - theirs[0], theirs[0] - mine[0]
        return (_shown(lost), _shown(new)) if lost else None
    ours, yours = [set(one) for one in mine], [set(one) for one in theirs]
    if any(one != side[0] for side in (ours, yours) for one in side):
        return None
    gone, come = ours[0] - yours[0], yours[0] - ours[0]
    return (_shown(gone), _shown(come)) if gone and come else None


def _of_the_same(*sides: list[Counter[str]]) -> list[list[Counter[str]]]:
    """Of the orders of keys those whose keys all runs have: others differ by a key."""

    def keys(order: str) -> tuple[str, ...]:
        return tuple(sorted(json.loads(order)))

    shared = set.intersection(*({keys(order) for order in one} for side in sides for one in side))
    return [
        [Counter({k: n for k, n in one.items() if keys(k) in shared}) for one in side]
        for side in sides
    ]


def _part(mine: list[Counter[str]], theirs: list[Counter[str]]) -> tuple[str, str] | None:
    """Characters in a row that each side agrees on, and of which enough are not the other's."""
    if sum(map(bool, mine)) < LEAST or not any(theirs):
        return None
    ours, yours = ([text for one in side for text in one] for side in (mine, theirs))
    if len({len(text) for text in (*ours, *yours)}) > 1:
        return None
    columns = zip(zip(*ours, strict=True), zip(*yours, strict=True), strict=True)
    steady = [len(set(own)) == len(set(its)) == 1 for own, its in columns]
    begin = 0
    for at, agreed in enumerate((*steady, False)):
        if agreed:
            continue
        part = ours[0][begin:at], yours[0][begin:at]
        if sum(a != b for a, b in zip(*part, strict=True)) >= PART:
            return part
        begin = at + 1
    return None


def _words(mine: list[Counter[str]], theirs: list[Counter[str]]) -> tuple[str, str] | None:
    """Of bodies that are no JSON: a word that one side always has, and the other never."""
    mine, theirs = [one for one in mine if one], [one for one in theirs if one]
    if len(mine) < LEAST or not theirs:
        return None
    ours, yours = set[str].intersection(*map(set, mine)), set[str].intersection(*map(set, theirs))
    lost, new = ours.difference(*theirs), yours.difference(*mine)
    return (_shown(lost), _shown(new)) if lost and new else None


def _shown(values: Counter[str] | set[str]) -> str:
    return ", ".join(sorted(values))[:KEPT]


def _keys(ones: list[Seen], others: list[Seen]) -> Iterator[Dependence]:
    """Where one side has keys that the other has not, at the nearest place that both have."""
    for root in set[Place].intersection(*(set(seen.below) for seen in (*ones, *others))):
        mine = [seen.below[root] for seen in ones]
        theirs = [seen.below[root] for seen in others]
        shared = Paths().union(*mine).intersection(*mine, *theirs)
        gone: defaultdict[tuple[Step, ...], tuple[set[str], set[str]]] = defaultdict(
            lambda: (set(), set())
        )
        for side, (have, lack) in enumerate(((mine, theirs), (theirs, mine))):
            for path in Paths(have[0]).intersection(*have).difference(*lack):
                above = path[:-1]
                while above and above not in shared:
                    above = above[:-1]
                gone[above][side].add(str(path[len(above)]))
        for above, (lost, new) in gone.items():
            # A key that is new in every run is new in the other's too.
            if lost or len({_children(paths, above) for paths in mine}) == 1:
                place = Place(root.host, root.what, above, "keys")
                yield Dependence(place, (_shown(lost), _shown(new)))


def _children(paths: Paths, above: tuple[Step, ...]) -> Paths:
    length = len(above)
    return Paths(path for path in paths if len(path) == length + 1 and path[:length] == above)
