"""wrong-programs.svg: the kill matrix as a picture, from what the page on wrong programs counts."""

from __future__ import annotations

from pages import bars
from pages.wrong_programs import Tally, ours, strangers
from payloadproof.clauses.clause import FAMILIES


def picture(made: str) -> str:
    """By family, what is caught of each set by the clause that was meant.

    ``made``: the comment that says how it is made.
    """
    tallies = [one for one in (ours(), *strangers()) if one]
    return bars.picture(
        "Wrong programs caught by the clause that was meant, by family",
        [one.name for one in tallies],
        [bars.Row(family, [_bar(one, family) for one in tallies]) for family in FAMILIES],
        bars.Room(names=100, figures=90),
        made,
    )


def _bar(one: Tally, family: str) -> bars.Bar | None:
    count, own = one.count(family=family), one.count("own", family=family)
    return bars.Bar(own / count, f"{own} of {count}") if count else None
