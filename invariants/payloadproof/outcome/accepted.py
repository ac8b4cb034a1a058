"""What a baseline accepts: one kind of breach of one clause, for a reason and until a day."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Annotated

import msgspec

from payloadproof.clauses.clause import named
from payloadproof.clauses.registry import Finding
from payloadproof.scenario.steps import Scenario

Kind = tuple[str, str]
"""The clause and the fingerprint of a breach."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of breach that is accepted. ``expires`` is the last day on which it is.

    ``seldom``: it hangs on time or chance, and a run that does not meet it proves nothing.
    """

    clause: str
    fingerprint: Annotated[str, msgspec.Meta(min_length=1)]
    reason: Annotated[str, msgspec.Meta(pattern=r"\S")]
    expires: date
    seldom: bool = False

    @property
    def kind(self) -> Kind:
        """What it accepts."""
        return self.clause, self.fingerprint


_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"…?')


# No word of prose has an underscore.
_BARE = re.compile(r"(?<![\w\"$])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w\"])")


# What a variable of consent was set to is the scenario's choice, and no kind of its own.
_SET_TO = re.compile(r'(\bconsent is (?:on|off) by \w+)="(?:[^"\\]|\\.)*"')


_NAME = re.compile(r"\$?[A-Za-z][A-Za-z0-9_]*")


_NUMBER = re.compile(
    r"0x[0-9a-f]+|(?<![\w.])[-+]?(?:\d+(?:[.,:]\d+)*(?:e[-+]?\d+)?|\binf\b|\bnan\b)"
)


_CONTAINER = re.compile(r"\{[^{}]+\}|\[[^\[\]]+\]")


def today() -> date:
    """The day by which entries expire, in UTC."""
    return datetime.now(UTC).date()


def in_force(entries: Iterable[Entry]) -> dict[Kind, Entry]:
    """The entries whose day has not passed, by what they accept."""
    on = today()
    return {entry.kind: entry for entry in entries if entry.expires >= on}


def expired(entries: Iterable[Entry]) -> tuple[str, ...]:
    """A line of a report for each of the others."""
    on = today()
    return tuple(
        f"{named(entry.clause)}: the baseline accepted this only until {entry.expires}:"
        f" {entry.reason}"
        for entry in entries
        if entry.expires < on
    )


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
    message = _SET_TO.sub(r"\1", finding.message)
    text = _NUMBER.sub("#", _BARE.sub(name, _QUOTED.sub(name, message)))
    while (shorter := _CONTAINER.sub("*", text)) != text:
        text = shorter
    return "".join(char if char.isprintable() else "*" for char in text)
