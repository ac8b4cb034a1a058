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

import json
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from payloadproof.clauses.clause import clauses, named
from payloadproof.clauses.registry import Finding
from payloadproof.errors import HarnessError
from payloadproof.outcome.accepted import Entry, Kind
from payloadproof.scenario.steps import Scenario
from payloadproof.syntax import shell, toml

LASTS = timedelta(days=90)
UNEXPLAINED = "TODO"

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"…?')
# No word of prose has an underscore.
_BARE = re.compile(r"(?<![\w\"$])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w\"])")
_NAME = re.compile(r"\$?[A-Za-z][A-Za-z0-9_]*")
_NUMBER = re.compile(
    r"0x[0-9a-f]+|(?<![\w.])[-+]?(?:\d+(?:[.,:]\d+)*(?:e[-+]?\d+)?|\binf\b|\bnan\b)"
)
_CONTAINER = re.compile(r"\{[^{}]+\}|\[[^\[\]]+\]")


class Baseline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A baseline file."""

    format: Literal[1]
    accepted: tuple[Entry, ...] = ()


def today() -> date:
    """The day by which entries expire, in UTC."""
    return datetime.now(UTC).date()


def kinds(finding: Finding, scenario: Scenario | None) -> tuple[Kind, Kind]:
    """What kind of breach a finding is: as an entry is written, and with every name.

    A name that the scenario planted is left out of the first and kept in the second, so that an
    entry about a name of the implementation's own also holds where a scenario happened to plant it.
    """
    planted = scenario.encoded().decode() if scenario else ""
    general = _fingerprint(finding, lambda name: json.dumps(name) not in planted)
    return (finding.clause, general), (finding.clause, _fingerprint(finding, bool))


def _fingerprint(finding: Finding, keeps: Callable[[str], bool]) -> str:
    def name(found: re.Match[str]) -> str:
        bare = found[0].strip('"')
        return found[0] if _NAME.fullmatch(bare) and keeps(bare) else "*"

    if finding.kind:
        # Bare names in it are the check's own words; one of the scenario's would be in quotes.
        return _QUOTED.sub(name, finding.kind)
    text = _NUMBER.sub("#", _BARE.sub(name, _QUOTED.sub(name, finding.message)))
    while (shorter := _CONTAINER.sub("*", text)) != text:
        text = shorter
    return "".join(char if char.isprintable() else "*" for char in text)


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
            next=f"create it with payloadproof check --write-baseline {shell.path(path)}",
        ) from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise _malformed(path, str(error)) from error
    seen: set[Kind] = set()
    for number, entry in enumerate(baseline.accepted):
        if entry.clause not in clauses():
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
    order = list(clauses())
    lines = ["# Findings that payloadproof accepts. Each needs a reason and an end.", "format = 1"]
    for entry in sorted(entries, key=lambda one: (order.index(one.clause), one.fingerprint)):
        lines += [
            "",
            "[[accepted]]",
            f"clause = {toml.text(entry.clause)}  # {clauses()[entry.clause].name}",
            f"fingerprint = {toml.text(entry.fingerprint)}",
            f"reason = {toml.text(entry.reason)}",
            f"expires = {entry.expires.isoformat()}",
            *(["seldom = true"] if entry.seldom else []),
        ]
    try:
        # In one step: reasons that somebody wrote stand in the file that is there.
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise HarnessError(
            code="baseline-unwritable",
            message=f"{path} cannot be written: {error.strerror}",
            next="name another file",
        ) from error
