"""A report as one page: what to do first, then what is broken, then all that was judged.

Rule 1: it is a rendering of the report, finding by finding; nothing is judged here.
Rule 2: it is read without a script and without a network; a script only copies and hides.
Rule 3: it is handed on: no text in it is less masked than in any other form of the report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from payloadproof.billing.meter import Metered
from payloadproof.clauses.clause import FAMILIES, all_named, every_clause, named
from payloadproof.contract.neutral import NONE, SAID
from payloadproof.evidence.quoting import safe
from payloadproof.outcome.answers import DiffAnswer, Difference
from payloadproof.outcome.model import ClauseVerdict, Report, ReportedFinding
from payloadproof.report import billed as bills
from payloadproof.report import gated, mapped
from payloadproof.report.causes import by_clause, causes
from payloadproof.report.collected import values
from payloadproof.report.ending import MARKS, counted, next_step, only, shown
from payloadproof.report.explained import MEANS, Explained, explained
from payloadproof.report.headline import Headline, headline
from payloadproof.report.page import charts
from payloadproof.report.page.picture import FATES, HEIGHT, LEFT, PITCH, STACKED, Picture, picture
from payloadproof.report.page.timeline import ENDED, LANES, Line, timeline
from payloadproof.report.page.writing import LIMIT, written
from payloadproof.syntax import shell

EVIDENCE = 16  # lines of a finding
_ENOUGH = (300, 120, 50, 20, 8)  # findings in full: as many as fit
_WHAT = {
    "check": "Check of a program by its adapter",
    "smoke": "Quick look",
    "audit": "Audit of what was sent",
    "probe": "Probe of a program as it is",
    "record": "Recording of a program",
}


class Card(NamedTuple):
    """A finding in full. ``at``: its place on the page, ``tone``: as its verdict counts.

    ``run``: the number of the probe's run that showed it, of ``runs``; 0 where there is none.
    """

    at: int
    finding: ReportedFinding
    title: str
    level: str
    tone: str
    evidence: tuple[str, ...]
    more_evidence: int
    replay: str
    picture: Picture | None
    about: Explained
    run: int
    runs: int


class Group(NamedTuple):
    """Findings that rest on one thing. ``title``: that thing, where it is more than a clause."""

    title: str
    cards: tuple[Card, ...]
    left_out: str


class Row(NamedTuple):
    """What became of one clause. ``cards``: the places of its findings on the page."""

    verdict: ClauseVerdict
    title: str
    text: str
    mark: str
    word: str
    tone: str
    cards: tuple[int, ...]


class Family(NamedTuple):
    """The clauses of one folder. ``open``: whether one of them wants to be looked at."""

    name: str
    rows: tuple[Row, ...]
    totals: tuple[tuple[str, int], ...]
    open: bool


class Run(NamedTuple):
    """One run of a probed program, the findings that it showed, and its line in the picture."""

    name: str
    found: tuple[Card, ...]
    line: Line | None


class Road(NamedTuple):
    """One road by which something reaches the wire. ``cells``: sign, tone and words of each."""

    name: str
    cells: tuple[tuple[str, str, str], ...]


def as_html(report: Report, *, given: str = "", runs: Sequence[str] = ()) -> bytes:
    """The page, in UTF-8; ``given``: options of the run that the next command wants, too.

    ``runs``: the names of a probe's, in their order.
    """
    report = safe(report)
    page = b""
    for most in _ENOUGH:
        page = _page(report, given, safe(tuple(dict.fromkeys(runs))), most)
        if len(page) <= LIMIT:
            break
    return page


def _page(report: Report, given: str, runs: Sequence[str], most: int) -> bytes:
    dealt = _Dealt(report, given, runs)
    groups = tuple(_groups(dealt, most))
    cards = tuple(card for group in groups for card in group.cards)
    after = max((card.at for card in cards), default=0)
    unsteady = tuple(dealt.cards(report.unsteady[:most], after))
    after += len(unsteady)
    news = tuple(dealt.cards(report.news[:most], after))
    drawn = timeline(report.runs)
    lines = {one.name: line for one, line in zip(report.runs, drawn.lines, strict=True)}
    return written(
        "run.html.j2",
        title=_WHAT[report.command],
        report=report,
        who=f"{report.implementation.name} {report.implementation.version}".strip(),
        facts=tuple(_facts(report)),
        headline=headline(report),
        next=next_step(report, given),
        notes=tuple(_notes(report)),
        totals=_totals(report),
        groups=groups,
        wrong=any(card.tone != "told" for card in cards),
        unsteady=unsteady,
        news=news,
        families=tuple(_families(report, (*cards, *unsteady))),
        runs=tuple(
            Run(name, tuple(one for one in cards if one.run == at), lines.get(name))
            for at, name in enumerate(runs, start=1)
        ),
        drawn=drawn,
        lanes=LANES,
        ended=ENDED,
        promises=mapped.promises_of(report.roads),
        roads=tuple(_roads(report)),
        roads_said=mapped.said(report.roads) if report.roads else "",
        corpus=tuple((*gated.said(one), one) for one in report.corpus),
        news_said=gated.drawn_line(report.drawn) if report.drawn else "",
        events=charts.events(report.collected) if report.collected else (),
        daily=charts.daily(report.collected) if report.collected else (),
        collected=_collected(report),
        billed=charts.billed(report.billed) if report.billed and _counts(report.billed) else (),
        bill_lines=tuple(bills.lines(report)),
        means=MEANS,
        fates=FATES,
        geometry={"left": LEFT, "pitch": PITCH, "height": HEIGHT, "stacked": STACKED},
        named=named,
    )


def _counts(billed: Metered) -> bool:
    return bool(billed.events or billed.exceptions or billed.flags or billed.past)


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    yield (
        "judged by",
        "what holds for every program" if report.contract == NONE else report.contract,
    )
    if report.adapter:
        yield "adapter", report.adapter
    if report.profile:
        yield "profile", report.profile
    if report.scenarios:
        yield (
            ("runs" if report.command in ("probe", "record") else "scenarios"),
            (f"{report.scenarios:,}"),
        )
    yield "took", f"{report.seconds:.1f} s"
    if report.seed is not None:
        yield "seed", str(report.seed)
    yield "exit code", str(report.exit_code)
    yield "payloadproof", report.payloadproof


def _notes(report: Report) -> Iterator[str]:
    if report.command == "check" and report.contract == NONE:
        yield SAID
    yield from counted(report)
    yield from report.notes


def _totals(report: Report) -> tuple[tuple[str, str, int], ...]:
    """Tone, word and number of each verdict, the most pressing first."""
    numbers = Counter(one.verdict for one in report.verdicts)
    return tuple(
        (_tone(verdict), verdict.replace("_", " "), numbers[verdict])
        for verdict in MARKS
        if numbers[verdict]
    )


def _tone(verdict: str) -> str:
    match verdict:
        case "failed" | "errored":
            return "bad"
        case "vacuous" | "unsupported" | "unsteady" | "accepted":
            return "doubtful"
        case "passed":
            return "good"
        case "reported":
            return "told"
        case _:
            return "quiet"


def _groups(dealt: _Dealt, most: int) -> Iterator[Group]:
    """Findings by what they rest on, the worst first; what only informs stands at the end."""
    report = dealt.report
    of = {one.clause: one for one in report.verdicts}
    wrong = [one for one in report.findings if _is_wrong(one, of)]
    told = [one for one in report.findings if not _is_wrong(one, of)]
    as_it_is = report.command in ("probe", "record")
    found = by_clause(wrong) if as_it_is else causes(wrong)
    grouped = [
        (cause.heading if cause.says_more and not as_it_is else "", cause.findings)
        for cause in found
    ]
    grouped += [("", cause.findings) for cause in by_clause(told)]
    at = 0
    for title, findings in grouped:
        shown_ = findings[: max(0, most - at)]
        cards = tuple(dealt.cards(shown_, at))
        at += len(cards)
        left = Counter(named(one.clause) for one in findings[len(shown_) :])
        rest = ", ".join(f"{name} ({number})" for name, number in left.items())
        yield Group(title, cards, rest)


def _is_wrong(finding: ReportedFinding, of: dict[str, ClauseVerdict]) -> bool:
    return finding.clause not in of or of[finding.clause].verdict != "reported"


class _Dealt:
    """Makes the cards of one report."""

    def __init__(self, report: Report, given: str, runs: Sequence[str]) -> None:
        self.report = report
        self._of = {one.clause: one for one in report.verdicts}
        self._given = given
        self._runs = runs

    def cards(self, findings: Sequence[ReportedFinding], after: int) -> Iterator[Card]:
        """One for each; the first has the place behind ``after``."""
        for at, one in enumerate(findings, start=after + 1):
            run = one.evidence[0] if one.evidence and one.evidence[0] in self._runs else ""
            yield Card(
                at=at,
                finding=one,
                title=named(one.clause),
                level=every_clause()[one.clause].level,
                tone=self._tone(one.clause),
                evidence=one.evidence[:EVIDENCE],
                more_evidence=len(one.evidence[EVIDENCE:]),
                replay=self._replay(one, run),
                picture=picture(one),
                about=explained(one.clause),
                run=self._runs.index(run) + 1 if run else 0,
                runs=len(self._runs),
            )

    def _tone(self, clause: str) -> str:
        verdict = self._of.get(clause)
        if verdict is not None and verdict.verdict == "failed" and self.report.counts(verdict):
            return "bad"
        return "told" if every_clause()[clause].level == "INFO" else "doubtful"

    def _replay(self, finding: ReportedFinding, run: str) -> str:
        if finding.file:
            return f"payloadproof replay {shell.path(finding.file)}"
        return f"payloadproof {only(self._given, run)}" if run and self._given else ""


_TONES = {"judged": "good", "vacuous": "doubtful"}


def _roads(report: Report) -> Iterator[Road]:
    for name, row in mapped.rows(report.roads):
        yield Road(
            name,
            tuple(
                (
                    mapped.signed(cell)[0],
                    _TONES.get(cell.state, "quiet"),
                    f"{cell.promise}: {cell.reason or all_named(cell.clauses)}",
                )
                for cell in row
            ),
        )


def _families(report: Report, cards: Sequence[Card]) -> Iterator[Family]:
    for family in FAMILIES:
        mine = [one for one in report.verdicts if every_clause()[one.clause].family == family]
        rows = tuple(_row(one, cards) for one in mine)
        if rows:
            totals = Counter(row.tone for row in rows)
            order = ("bad", "doubtful", "told", "good", "quiet")
            yield Family(
                name=family,
                rows=rows,
                totals=tuple((tone, totals[tone]) for tone in order if totals[tone]),
                open=any(row.tone in ("bad", "doubtful") for row in rows),
            )


def _row(verdict: ClauseVerdict, cards: Sequence[Card]) -> Row:
    mark, _, word = shown(verdict)
    return Row(
        verdict=verdict,
        title=named(verdict.clause),
        text=every_clause()[verdict.clause].text,
        mark=mark,
        word=word,
        tone=_tone(verdict.verdict),
        cards=tuple(card.at for card in cards if card.finding.clause == verdict.clause),
    )


def _collected(report: Report) -> tuple[tuple[str, int, tuple[tuple[str, int, str], ...]], ...]:
    """Each event with how often, and its properties with theirs and their values."""
    events = report.collected.events if report.collected else {}
    return tuple(
        (
            name,
            event.times,
            tuple((key, seen.times, values(seen)) for key, seen in event.properties.items()),
        )
        for name, event in events.items()
    )


class Place(NamedTuple):
    """What is different in one event."""

    event: str
    changes: tuple[Difference, ...]


def compared(answer: DiffAnswer) -> bytes:
    """The page of a comparison of two releases, in UTF-8."""
    answer = safe(answer)
    fresh = [one for one in answer.changes if one.what == "new"]
    gone = [one for one in answer.changes if one.what == "gone"]
    open_ = [one for one in fresh if not one.reason]
    return written(
        "compared.html.j2",
        title="What a release newly sends",
        answer=answer,
        headline=_compared(answer, len(fresh), len(open_)),
        next=_reason_wanted(open_),
        fresh=_by_event(fresh),
        gone=_by_event(gone),
        bars=charts.changes(answer.changes),
        open=len(open_),
    )


def _compared(answer: DiffAnswer, fresh: int, unexplained: int) -> Headline:
    if answer.exit_code == 2:  # noqa: PLR2004 - there is no result
        return Headline("unknown", "no result: not all of it could be read")
    if unexplained:
        return Headline("bad", f"{unexplained} of {fresh} new things without a reason")
    if fresh:
        return Headline("good", f"every new thing has a reason ({fresh})")
    return Headline("good", "nothing is new")


def _reason_wanted(open_: Sequence[Difference]) -> str:
    if not open_:
        return "keep this page with the release"
    return f"give each a reason, a line in a file for --reasons like this: {open_[0].place}: WHY"


def _by_event(changes: Sequence[Difference]) -> tuple[Place, ...]:
    names = dict.fromkeys(one.event for one in changes)
    return tuple(Place(name, tuple(c for c in changes if c.event == name)) for name in names)
