"""Findings that one mistake explains: what each rests on, and which is the worst.

Rule 1: a finding rests on one thing, the most exact that it shows: a line of the program's own
code, what it printed, a change of consent, a variable, the network, what was handed over, a key.
Findings that rest on the same thing are one entry. What is not known to be the same stays apart.
Rule 2: what leaks comes first, then what ignores an opt-out, then what is lost, then the rest, and
what only informs at the end.
Rule 3: nothing is left out here: every finding is in exactly one entry.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from payloadproof.clauses.clause import every_clause
from payloadproof.outcome.model import ReportedFinding
from payloadproof.protocol import codec
from payloadproof.recorder import script
from payloadproof.recorder.script import Behaviour
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import Scenario


class Cause(NamedTuple):
    """What findings rest on, in words, and the findings, the worst first."""

    rests_on: str
    findings: tuple[ReportedFinding, ...]

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses that it breaks, each once."""
        return tuple(dict.fromkeys(one.clause for one in self.findings))

    @property
    def says_more(self) -> bool:
        """Whether what it rests on says more than a lone finding does: a key it names itself."""
        own = self.rests_on.startswith(("key ", "what it prints"))
        lone = len(self.findings) == 1
        return not lone or (self.rests_on != self.findings[0].clause and not own)


LEVELS = ("MUST", "SHOULD", "INFO")
#: Of a family whose clauses are broken by what is handed over, where the scenario hands over
#: something: what a program should have looked at before it sent it.
_HANDED_ON = {"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "P2", "S6", "W1"}
_LEAKS_WHOLE = {"A7", "A8", "E1", "E3", "E6", "W6"}
_LEAKS = {"allow", "errors"}
_OPT_OUTS = {"consent"}
_WAIT = {"S2", "S3"}
_LOSES = {"W1", "W3", "S6", "B2", "B6"}
_LOSE = {"delivery", "backfill"}

_FROM = re.compile(r"\s*from (?P<line>\S+:\d+(?: in \S+)?)")
_PRINTED = re.compile(r'bytes on std(?:out|err).*?, beginning (?P<text>"(?:[^"\\]|\\.)*")')
_DECIDES = re.compile(r"consent is (?:off|on) by (?P<variable>\w+)")
_KEY = re.compile(r'(?:^|, |\bunder )key (?P<key>"(?:[^"\\]|\\.)*")')
_SILENT = (script.Withhold, script.Slow, script.Hang, script.HangBeforeReading)


def causes(findings: Iterable[ReportedFinding]) -> tuple[Cause, ...]:
    """Findings by what they rest on, the worst first."""
    by_handle: dict[str, list[ReportedFinding]] = defaultdict(list)
    for finding in findings:
        by_handle[rests_on(finding)].append(finding)
    made = (Cause(handle, tuple(sorted(found, key=badness))) for handle, found in by_handle.items())
    # Of two that are as bad, the one that breaks more.
    return tuple(sorted(made, key=lambda one: (badness(one.findings[0])[:2], -len(one.findings))))


def by_clause(findings: Iterable[ReportedFinding]) -> tuple[Cause, ...]:
    """The same of runs of a program as it is, where each rests on what the run was given.

    An entry is a clause, those of one level together, in each the worst first.
    """
    ordered = sorted(findings, key=_by_level)
    clauses = dict.fromkeys(one.clause for one in ordered)
    return tuple(Cause(name, tuple(f for f in ordered if f.clause == name)) for name in clauses)


def _by_level(finding: ReportedFinding) -> tuple[int, tuple[bool, int, int, int]]:
    return LEVELS.index(every_clause()[finding.clause].level), badness(finding)


def rests_on(finding: ReportedFinding) -> str:
    """The most exact thing that a finding is known to rest on."""
    looks: tuple[Callable[[ReportedFinding], str | None], ...] = (
        _line,
        _text,
        _opt_out,
        _variable,
        _network,
        _directory,
        _handed_over,
        _key,
    )
    return next((said for look in looks if (said := look(finding))), finding.clause)


def _line(finding: ReportedFinding) -> str | None:
    found = next((m for one in finding.evidence if (m := _FROM.fullmatch(one))), None)
    return f"line {found['line']}" if found else None


def _text(finding: ReportedFinding) -> str | None:
    found = _PRINTED.search(finding.observed)
    return f"what it prints: {found['text']}" if found else None


def _opt_out(finding: ReportedFinding) -> str | None:
    changes = do.SetEnv | do.WriteConsent
    steps = finding.scenario.steps if finding.scenario else ()
    ours = every_clause()[finding.clause].family in _OPT_OUTS
    changed = ours and any(isinstance(step, changes) for step in steps)
    return "a change of consent while it runs" if changed else None


def _variable(finding: ReportedFinding) -> str | None:
    found = _DECIDES.search(finding.expected)
    return f"consent by {found['variable']}" if found else None


def _network(finding: ReportedFinding) -> str | None:
    # That something waits for the network shows in a scenario of any size.
    scenario = finding.scenario if finding.clause in _WAIT else _smallest(finding)
    for step in reversed(scenario.steps if scenario else ()):
        if isinstance(step, do.Network):
            inner: Behaviour = step.behaviour
            if isinstance(inner, script.Times):
                inner = inner.behaviour
            if inner != script.Answer():
                silent = isinstance(inner, _SILENT)
                return f"a network that {'does not answer' if silent else 'fails'}"
    return None


def _directory(finding: ReportedFinding) -> str | None:
    scenario = _smallest(finding)
    if scenario is None:
        return None
    if any(isinstance(step, do.FillDisk) for step in scenario.steps):
        return "a full disk under the log"
    if scenario.data != "sound":
        return f"the data directory, which is {scenario.data}"
    return scenario.taken


def _handed_over(finding: ReportedFinding) -> str | None:
    scenario = _smallest(finding)
    if scenario is None:
        return None
    if every_clause()[finding.clause].family == "errors":
        return "the text of an error that is handed to it"
    if finding.clause not in _HANDED_ON:
        return None
    given = do.Capture | do.Record | do.Instrument
    for step in reversed(scenario.steps):
        if isinstance(step, do.RaiseError):
            return "the text of an error that is handed to it"
        if isinstance(step, given) and (step.properties or codec.tags(step.event)):
            name = type(step).__name__.lower()
            return f"what is handed to {name} goes out as it is"
    return None


def _key(finding: ReportedFinding) -> str | None:
    for said in (finding.observed, *finding.evidence[:1]):
        if found := _KEY.search(said):
            return f"key {found['key']}"
    return None


def _smallest(finding: ReportedFinding) -> Scenario | None:
    """The scenario, where all that is in it matters."""
    return finding.scenario if finding.shrunk else None


def badness(finding: ReportedFinding) -> tuple[bool, int, int, int]:
    """The lower the worse; rule 2."""
    clause = every_clause()[finding.clause]
    if finding.clause in _LEAKS_WHOLE:
        kind = 0
    elif clause.family in _LEAKS:
        kind = 1
    elif clause.family in _OPT_OUTS:
        kind = 2
    elif clause.family in _LOSE or finding.clause in _LOSES:
        kind = 3
    else:
        kind = 4
    should = int(clause.level != "MUST")
    return clause.level == "INFO", kind, should, list(every_clause()).index(finding.clause)
