"""Accepted findings: what a product that starts red lives with, for a reason and until a day.

Rule 1: an entry accepts one kind of breach of one clause, whatever scenario shows it. The check
says what kind it is, or it is read off the message. What differs from run to run is left out of its
fingerprint: numbers, text, and names of events and properties that the scenario planted. Names that
the implementation came up with itself stay: one more is news.
Rule 2: nothing is accepted without a reason, or for ever.
Rule 3: an entry whose clause passes has to be taken out; it would hide the next breach. One that
says of itself that it is seldom met may stay until its day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Literal

import msgspec

from payloadproof.clauses.clause import every_clause, named
from payloadproof.errors import HarnessError
from payloadproof.outcome.accepted import Entry, Kind, today
from payloadproof.scenario.whole import whole
from payloadproof.syntax import shell, toml

LASTS = timedelta(days=90)
UNEXPLAINED = "TODO"


class Baseline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A baseline file."""

    format: Literal[1]
    accepted: tuple[Entry, ...] = ()


def read(path: Path, *, gating: bool = True) -> Baseline:
    """The accepted findings in a file; ``gating``: each has to have its reason by now.

    Raises:
        HarnessError: it is not there, is no baseline, names a clause that there is not, or says
            TODO where a reason should be.
    """
    try:
        baseline = msgspec.toml.decode(path.read_bytes(), type=Baseline)
    except OSError as error:
        raise HarnessError(
            code="baseline-unreadable",
            message=f"{path} cannot be read: {error.strerror}",
            next=f"create it with --write-baseline {shell.path(path)}",
        ) from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise _malformed(path, str(error)) from error
    seen: set[Kind] = set()
    for number, entry in enumerate(baseline.accepted):
        if entry.clause not in every_clause():
            raise _malformed(
                path, f"there is no clause {entry.clause!r} - at `$.accepted[{number}]`"
            )
        if gating and entry.reason.strip() == UNEXPLAINED:
            why = f"{named(entry.clause)} has no reason yet"
            raise _malformed(path, f"{why} - at `$.accepted[{number}]`")
        if entry.kind in seen:
            why = f"{named(entry.clause)} has the same entry twice"
            raise _malformed(path, f"{why} - at `$.accepted[{number}]`")
        seen.add(entry.kind)
    return baseline


def _malformed(path: Path, why: str) -> HarnessError:
    return HarnessError(
        code="baseline-malformed",
        message=f"{path} is not a baseline: {why}",
        causes=("every entry needs clause, fingerprint, reason, and expires = 2030-12-31",),
        next="fix the entry, or write the file again with --write-baseline",
    )


def renewed(
    before: Iterable[Entry],
    found: Iterable[Kind],
    *,
    stale: Collection[Entry],
    seldom: Collection[str] = (),
) -> list[Entry]:
    """The entries that are still good, and one for each kind that was found, to be explained.

    ``seldom``: clauses of which new entries are seldom met.
    """
    fresh = dict.fromkeys(found)
    expires = today() + LASTS
    kept = [entry for entry in before if entry not in stale and entry.kind not in fresh]
    return kept + [
        Entry(
            clause=clause,
            fingerprint=fingerprint,
            reason=UNEXPLAINED,
            expires=expires,
            seldom=clause in seldom,
        )
        for clause, fingerprint in fresh
    ]


def write(path: Path, entries: Sequence[Entry]) -> None:
    """Write a baseline file, in the order of the clauses.

    Raises:
        HarnessError: it cannot be written.
    """
    order = list(every_clause())
    lines = ["# Findings that payloadproof accepts. Each needs a reason and an end.", "format = 1"]
    for entry in sorted(entries, key=lambda one: (order.index(one.clause), one.fingerprint)):
        lines += [
            "",
            "[[accepted]]",
            f"clause = {toml.text(entry.clause)}  # {every_clause()[entry.clause].name}",
            f"fingerprint = {toml.text(entry.fingerprint)}",
            f"reason = {toml.text(entry.reason)}",
            f"expires = {entry.expires.isoformat()}",
            *(["seldom = true"] if entry.seldom else []),
        ]
    try:
        # In one step: reasons that somebody wrote stand in the file that is there.
        with whole(path) as file:
            file.write(("\n".join(lines) + "\n").encode())
    except OSError as error:
        raise HarnessError(
            code="baseline-unwritable",
            message=f"{path} cannot be written: {error.strerror}",
            next="name another file",
        ) from error
