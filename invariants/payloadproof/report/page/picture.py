"""The scenario of a finding as a picture: steps from left to right, and what came of them.

Rule 1: what is drawn is what the report holds: the steps, the time that they let pass, the consent
that the contract gives in each, what was wrong with the network, the requests that came.
Rule 2: what the evidence of the finding names is marked: the request, its key, the step.
Rule 3: a scenario of any length has a picture of a bounded size; what is left out is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from payloadproof.evidence.course import Arrival, Consent, Course
from payloadproof.outcome.model import ReportedFinding
from payloadproof.recorder.script import Answer, Behaviour, Times
from payloadproof.report.narrated import narrated, treated
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import Scenario

STEPS = 40
NARROWEST = 240  # so that a name has room below its request
STACKED = 3  # requests of one step that are drawn, one below the other
LEFT, PITCH = 72, 34  # what the names of the lanes take, and each step
HEIGHT = 170
WIDEST = 22  # characters of a name in the picture

_STEP = re.compile(r"\bstep (\d{1,6})\b")
_KEY = re.compile(r', key ("(?:[^"\\]|\\.)*"…?)$')
_EVENT = re.compile(r', event ("(?:[^"\\]|\\.)*"…?)')
#: Letters that stand in the mark of a step.
KINDS: dict[type, str] = {
    do.Capture: "event",
    do.Record: "event",
    do.Instrument: "event",
    do.Race: "event",
    do.Fork: "event",
    do.Crowd: "event",
    do.RaiseError: "error",
    do.SetEnv: "consent",
    do.WriteConsent: "consent",
    do.Advance: "time",
    do.SetClock: "time",
    do.Network: "network",
    do.FillDisk: "network",
    do.Crash: "end",
    do.Shutdown: "end",
}

Fate = Literal["taken", "refused", "lost", "offending"]
FATES: dict[Fate, str] = {
    "taken": "taken by the service",
    "refused": "refused, or answered with an error",
    "lost": "not answered, or lost on the way",
    "offending": "what the finding is about",
}


class Sent(NamedTuple):
    """A request below its step. ``event``, ``key``: what of it the finding is about."""

    place: str
    events: str
    fate: Fate
    outcome: str
    event: str
    key: str


class Column(NamedTuple):
    """One step; the start and the end are columns, too. ``x``: its left edge."""

    x: int
    label: str
    words: str
    kind: str
    passed: str  # what time it is, where that has changed
    consent: Consent
    network: str  # what is wrong with it, "" for nothing
    sent: tuple[Sent, ...]
    named: bool  # by the evidence

    @property
    def middle(self) -> int:
        """Where its mark stands."""
        return self.x + PITCH // 2

    @property
    def about(self) -> str:
        """Which key, or else which event, of its request the finding is about; "" for none."""
        names = (sent.key or sent.event for sent in self.sent if sent.fate == "offending")
        name = next(filter(None, names), "")
        return name if len(name) <= WIDEST else f"{name[:WIDEST]}…"


class Picture(NamedTuple):
    """``left_out``: steps beyond the last column."""

    columns: tuple[Column, ...]
    width: int
    left_out: int
    said: str  # in a sentence, for who cannot see it
    has_consent: bool
    requests_left_out: int


def picture(finding: ReportedFinding) -> Picture | None:
    """The picture of a finding; None where it has no scenario."""
    scenario = finding.scenario
    if scenario is None:
        return None
    every = tuple(_columns(finding, scenario))
    columns = every[: STEPS + 1] + (every[-1:] if len(every) > STEPS + 1 else ())
    columns = tuple(one._replace(x=LEFT + PITCH * at) for at, one in enumerate(columns))
    requests = sum(len(one.sent) for one in every)
    ours = sum(sent.fate == "offending" for one in every for sent in one.sent)
    return Picture(
        columns=columns,
        width=max(LEFT + PITCH * len(columns) + 8, NARROWEST),
        left_out=len(every) - len(columns),
        said=f"{len(scenario.steps)} steps, {requests} requests, {ours} of them marked",
        has_consent=finding.course is not None,
        requests_left_out=finding.course.more if finding.course else 0,
    )


def _columns(finding: ReportedFinding, scenario: Scenario) -> Iterator[Column]:
    start, *lines = narrated(scenario)
    course = finding.course or Course(consent=(), arrivals=())
    marked = {int(n) for line in finding.evidence for n in _STEP.findall(line)}
    sent = _by_step(finding, course)
    passed = _passed(scenario)
    wrong = _wrong(scenario, course)
    steps = len(scenario.steps)
    consent = course.consent or ("unsaid",)

    def column(at: int, label: str, words: str, kind: str, step: int) -> Column:
        return Column(
            x=0,
            label=label,
            words=words,
            kind=kind,
            passed=passed[at] if at < len(passed) else "",
            consent=consent[min(at, len(consent) - 1)],
            network=wrong[min(at, len(wrong) - 1)],
            sent=tuple(sent.get(step, ())),
            named=at in marked and kind not in ("start", "after"),
        )

    yield column(0, "", start.strip(), "start", -1)
    for at, (step, line) in enumerate(zip(scenario.steps, lines, strict=True), start=1):
        yield column(at, str(at), line[3:], KINDS.get(type(step), "other"), at - 1)
    if steps in sent:
        yield column(steps + 1, "", "after the last step", "after", steps)


def _by_step(finding: ReportedFinding, course: Course) -> dict[int, list[Sent]]:
    found: dict[int, list[Sent]] = {}
    for arrival in course.arrivals:
        found.setdefault(arrival.step, []).append(_sent(finding, arrival))
    return found


def _sent(finding: ReportedFinding, arrival: Arrival) -> Sent:
    # Another request's number may begin with this one's.
    named = re.compile(re.escape(arrival.place) + r"(?![\w?/-])")
    about = [line for line in finding.evidence if named.match(line)]
    fate, outcome = _outcome(arrival)
    events = ", ".join(
        name + (f" {times} times" if times > 1 else "") for name, times in arrival.events.items()
    )
    return Sent(
        place=arrival.place,
        events=events or "nothing that can be read as events",
        fate="offending" if about else fate,
        outcome=outcome,
        event=next((m[1] for line in about if (m := _EVENT.search(line))), ""),
        key=next((m[1] for line in about if (m := _KEY.search(line))), ""),
    )


_FIRST_REFUSAL = 400


def _outcome(arrival: Arrival) -> tuple[Fate, str]:
    if arrival.answered is None:
        kept = "but kept" if arrival.stored else "and lost"
        return "lost", f"not answered, {kept}"
    if arrival.status >= _FIRST_REFUSAL:
        return "refused", f"PostHog answers {arrival.status}"
    if arrival.answered >= _FIRST_REFUSAL:
        return "refused", f"answered {arrival.answered}, as the network was told to"
    return "taken", "taken"


def _passed(scenario: Scenario) -> list[str]:
    """What time it is after the start and after each step; "" where none has passed."""
    now, said = 0, ["0"]
    for step in scenario.steps:
        before = now
        match step:
            case do.Advance(ms=ms):
                now += ms
            case do.SetClock(offset_ms=offset):
                now = offset
        said.append("" if now == before else spell(now))
    return said


_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"))


def spell(ms: int) -> str:
    """A time from the start, in its largest unit."""
    sign = "-" if ms < 0 else "+"
    size, unit = next(((s, u) for s, u in _UNITS if abs(ms) >= s), (1, "ms"))
    return f"{sign}{abs(ms) / size:.3g} {unit}"


def _wrong(scenario: Scenario, course: Course) -> list[str]:
    """What is wrong with the network at the start and in each step, in words."""
    said: list[str] = [""]
    now, left = "", 0
    for at, step in enumerate(scenario.steps):
        if isinstance(step, do.Network):
            now = "" if healthy(step.behaviour) else treated(step.behaviour).lstrip(",: ")
            left = step.behaviour.n if isinstance(step.behaviour, Times) else -1
        said.append(now)
        came = sum(one.step == at for one in course.arrivals)
        if left > 0 and came:
            left -= came
            now = now if left > 0 else ""
    return said


def healthy(behaviour: Behaviour) -> bool:
    """Whether nothing is wrong."""
    return behaviour == Answer()
