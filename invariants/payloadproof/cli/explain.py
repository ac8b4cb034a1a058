"""``payloadproof explain``."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import click

from payloadproof.clauses.clause import FAMILIES, every_clause, named
from payloadproof.cli.given import Command
from payloadproof.cli.shared import FORMAT, OUT, Format, answer
from payloadproof.errors import HarnessError


@click.command("explain", cls=Command)
@click.argument("what", nargs=-1, required=True)
@FORMAT
def explain(what: tuple[str, ...], *, output: Format) -> None:
    """Explain a clause: its promise, why it matters, what breaks it and what mends that.

    WHAT is an id, several ids, a clause's name, or the name of a family, which is then listed.
    """
    from payloadproof.report import explained

    family, ids = _meant(what)
    if output == "json":
        answer({one: explained.explained(one) for one in ids})
    elif family:
        explained.overview(family, OUT)
    else:
        explained.explain(ids, OUT)


def _meant(what: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The family, if it is one, and the ids.

    Raises:
        HarnessError: nothing has that id or name, or more than one thing might be meant.
    """
    said = " ".join(" ".join(what).replace(",", " ").split())
    wanted = said.lower()
    if wanted in FAMILIES:
        return wanted, tuple(_of(wanted))
    known = every_clause()
    for one in known:
        if wanted in (known[one].name.lower(), named(one).lower()):
            return None, (one,)
    ids = tuple(dict.fromkeys(said.upper().split()))
    if ids and all(one in known for one in ids):
        return None, ids
    # One word too many, or one too few: what has all of the words is meant, if it is one clause.
    partly = [one for one in known if wanted and wanted in known[one].name.lower()]
    if len(partly) == 1:
        return None, (partly[0],)
    wrong = next((one for one in ids if one not in known), said)
    is_id = wrong[:1].isalpha() and wrong[1:].isdecimal()
    raise HarnessError(
        code="clause-unknown",
        message=f"there is no clause or family {wrong if is_id else said!r}",
        causes=tuple(_near(wrong if is_id else wanted, partly)),
        next=f"run payloadproof clauses to list them all; families: {', '.join(FAMILIES)}",
    )


def _of(family: str) -> Iterator[str]:
    return (one for one, clause in every_clause().items() if clause.family == family)


def _near(wrong: str, partly: list[str]) -> Iterator[str]:
    """What may be meant: clauses of the same letter, or of a like name."""
    known = every_clause()
    likely = partly[:5]
    if not likely and wrong[1:].isdecimal():
        likely = [one for one in known if one[0] == wrong[0]]
        likely = difflib.get_close_matches(wrong, likely, n=3, cutoff=0.3) or likely[:3]
    elif not likely:
        names = {clause.name.lower(): one for one, clause in known.items()}
        near = difflib.get_close_matches(wrong, [*names, *FAMILIES], n=3, cutoff=0.5)
        yield from (f"did you mean the family {one}?" for one in near if one in FAMILIES)
        likely = [names[one] for one in near if one in names]
    if likely:
        yield f"did you mean {', '.join(map(named, likely))}?"
