"""Findings that one mistake explains: what each rests on, and which is the worst.

Rule 1: a finding rests on one thing, the most exact that it shows: a line of the program's own
code, what it printed, a change of consent, a variable, the network, what was handed over, a key.
Findings that rest on the same thing are one entry. What is not known to be the same stays apart.
A finding whose scenario was not made small rests on what others of the run are known to rest on, if
what it names was handed over, or if it is of the variable that they are of.
Rule 2: what leaks comes first, then what ignores an opt-out, then what is lost, then the rest, and
what only informs at the end.
Rule 3: nothing is left out here: every finding is in exactly one entry.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from payloadproof.clauses.clause import every_clause, named
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

    @property
    def heading(self) -> str:
        """What stands above several findings, or beside one; a clause that says it all, in words.

        Nothing more exact than their clause may be known of them.
        """
        if self.rests_on in self.clauses:
            return f"{named(self.rests_on)}, in {len(self.findings)} ways"
        return self.rests_on

    @property
    def breaks(self) -> str:
        """The same with what it breaks, in one line."""
        if self.heading != self.rests_on:
            return self.heading
        one = len(self.clauses) == 1
        what = named(self.clauses[0]) if one else f"{len(self.clauses)} clauses"
        return f"{self.heading}: breaks {what}"


LEVELS = ("MUST", "SHOULD", "INFO")
#: Of a family whose clauses are broken by what is handed over, where the scenario hands over
#: something: what a program should have looked at before it sent it.
_HANDED_ON = {"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "P2", "S6", "W1"}
#: Those of the names of events, which are handed over, too.
_NAMES = {"A4", "A6"}
_GIVEN = do.Capture | do.Record | do.Instrument
_LEAKS_WHOLE = {"A7", "A8", "E1", "E3", "E6", "W6"}
_LEAKS = {"allow", "errors"}
_OPT_OUTS = {"consent"}
_REFUSED = "W1"
_WAIT = {"S2", "S3"}
_LOSES = {"W1", "W3", "S6", "B2", "B6"}
_LOSE = {"delivery", "backfill"}

_FROM = re.compile(r"\s*from (?P<line>\S+:\d+(?: in \S+)?)")
_PRINTED = re.compile(r'bytes on std(?:out|err).*?, beginning (?P<text>"(?:[^"\\]|\\.)*")')
_DECIDES = re.compile(r"consent is (?:off|on) by (?P<variable>\w+)")
_SPELLED = re.compile(r'nothing sent: (?P<variable>\w+) is "')
_KEY = re.compile(r'(?:^|, |\bunder )key (?P<key>"(?:[^"\\]|\\.)*")')
_EVENT = re.compile(r'\bevent (?P<event>"(?:[^"\\]|\\.)*")')
_CANARY = re.compile(r"\{canary:\d+\}")
_AN_ERROR = "the text of an error that is handed to it"
_BY = "consent by "
_BY_DEFAULT = f"{_BY}default"
_SILENT = (script.Withhold, script.Slow, script.Hang, script.HangBeforeReading)


def causes(findings: Iterable[ReportedFinding]) -> tuple[Cause, ...]:
    """Findings by what they rest on, the worst first."""
    by_handle: dict[str, list[ReportedFinding]] = defaultdict(list)
    rests = [(finding, rests_on(finding)) for finding in findings]
    known = {handle for _, handle in rests}
    for finding, handle in rests:
        by_handle[_shared(finding, handle, known)].append(finding)
    made = (Cause(handle, tuple(sorted(found, key=badness))) for handle, found in by_handle.items())
    return tuple(sorted(made, key=_order))


def _order(cause: Cause) -> tuple[object, ...]:
    """Of two that are as bad, the one that breaks more; what is refused is lost before the rest."""
    worst = cause.findings[0]
    return badness(worst)[:2], worst.clause != _REFUSED, -len(cause.findings)


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


def _shared(finding: ReportedFinding, handle: str, known: set[str]) -> str:
    """The entry of ``known`` that a finding belongs to, though it does not show that by itself."""
    scenario = finding.scenario
    if scenario is None:
        return handle
    if handle == _BY_DEFAULT:
        # A value that means nothing falls through to the default: who sends has misread it.
        read = [f"{_BY}{name}" for name in scenario.env if f"{_BY}{name}" in known]
        return read[0] if len(read) == 1 else handle
    bare = handle == finding.clause or handle.startswith("key ")
    if finding.shrunk or not bare or finding.clause not in _HANDED_ON | _NAMES:
        return handle
    for step in scenario.steps:
        if isinstance(step, _GIVEN) and _passed_on(step) in known and _names(finding, scenario):
            return _passed_on(step)
    return handle


def _names(finding: ReportedFinding, scenario: Scenario) -> bool:
    """Whether what a finding names was handed over in its scenario, or nobody knows what was."""
    given = [step for step in scenario.steps if isinstance(step, _GIVEN)]
    handed = [[step.event, step.properties] for step in given]
    if codec.tags(handed):
        return True
    text = json.dumps(handed, ensure_ascii=False)
    said = _said(finding)
    if found := _CANARY.search(finding.expected):
        return found[0] in text
    names = _KEY.findall(said) or _EVENT.findall(said)
    return any(name in text for name in names)


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
    found = _DECIDES.search(finding.expected) or _SPELLED.match(finding.expected)
    return f"{_BY}{found['variable']}" if found else None


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
        return _AN_ERROR
    for step in reversed(scenario.steps):
        if isinstance(step, do.RaiseError) and finding.clause in _HANDED_ON:
            return _AN_ERROR
        if not isinstance(step, _GIVEN):
            continue
        if finding.clause in _HANDED_ON and (step.properties or codec.tags(step.event)):
            return _passed_on(step)
        # A name that was handed over, and that nobody looked up.
        handed = json.dumps(step.event, ensure_ascii=False)
        if finding.clause in _NAMES and f"event {handed}" in _said(finding):
            return _passed_on(step)
    return None


def _said(finding: ReportedFinding) -> str:
    return " ".join((finding.observed, *finding.evidence[:1]))


def _passed_on(step: do.Capture | do.Record | do.Instrument) -> str:
    return f"what is handed to {type(step).__name__.lower()} goes out as it is"


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
    # What is lost with a refused batch is mended with it.
    place = -1 if finding.clause == _REFUSED else list(every_clause()).index(finding.clause)
    return clause.level == "INFO", kind, should, place
