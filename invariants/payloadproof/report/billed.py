"""A bill, for a person: what a month would cost, of what, and what the upgrades do."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from payloadproof.billing.meter import said
from payloadproof.billing.projection import Amount, Bill, Line
from payloadproof.billing.tariff import MeterName
from payloadproof.evidence.quoting import named
from payloadproof.outcome.model import Report

EVENTS_SHOWN = 12
UPGRADES_SHOWN = 5
_CALLED: dict[MeterName, str] = {
    "events": "events",
    "identified": "  of them identified",
    "exceptions": "exceptions",
    "flags": "flag requests",
}
_OF = {
    "check": "what all scenarios sent",
    "audit": "what was judged",
    "probe": "one run as it is",
    "record": "this run",
}
_NEXT = "payloadproof bill FILE --installs N projects a month from a recording or an export"


def lines(report: Report) -> Iterator[str]:
    """What a run would be billed; nothing where there was nothing to count."""
    if report.billed and report.command in _OF:
        yield said(report.billed, _OF[report.command])
        if report.command in ("audit", "record"):
            yield _NEXT


def dollars(amount: float) -> str:
    """As money is written."""
    return f"${amount:,.2f}"


def render(bill: Bill, console: Console) -> None:
    """Print it whole."""
    head = (
        f"a month of {bill.installs:,} install(s), projected from {bill.seen:,} over"
        f" {bill.days:g} day(s), at prices of {bill.prices_of}"
    )
    console.print(Text(head, style="bold"), soft_wrap=True)
    console.print(_meters(bill))
    console.print(_events(bill))
    for line in _upgrades(bill):
        console.print(Text(line), soft_wrap=True)
    for line in _dim(bill):
        console.print(Text(line, style="dim"), soft_wrap=True)


def _meters(bill: Bill) -> Table:
    table = _table("", "likely", "from", "to", "dollars", "from", "to")
    for meter, counts in bill.counts.items():
        cost = bill.dollars[meter]
        if counts.high or meter in ("events", "identified"):
            table.add_row(_CALLED[meter], *_counts(counts), *_money(cost))
    table.add_row(
        Text("total", style="bold"), "", "", "", *(Text(one, "bold") for one in _money(bill.total))
    )
    return table


def _counts(amount: Amount) -> tuple[str, str, str]:
    return f"{amount.likely:,.0f}", f"{amount.low:,.0f}", f"{amount.high:,.0f}"


def _money(amount: Amount) -> tuple[str, str, str]:
    return dollars(amount.likely), dollars(amount.low), dollars(amount.high)


def _events(bill: Bill) -> Table:
    table = _table("event", "a month", "identified", "upgraded", "dollars")
    for line in bill.lines[:EVENTS_SHOWN]:
        table.add_row(named(line.event), *_figures(line))
    rest = bill.lines[EVENTS_SHOWN:]
    if rest:
        others = Line(
            event="",
            count=sum(one.count for one in rest),
            identified=sum(one.identified for one in rest),
            upgraded=sum(one.upgraded for one in rest),
            dollars=sum(one.dollars for one in rest),
        )
        table.add_row(f"{len(rest):,} others", *_figures(others))
    return table


def _figures(line: Line) -> tuple[str, str, str, str]:
    return (
        f"{line.count:,.0f}",
        f"{line.identified:,.0f}",
        f"{line.upgraded:,.0f}",
        dollars(line.dollars),
    )


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column(first, overflow="fold")
    for one in others:
        table.add_column(one, justify="right")
    return table


def _upgrades(bill: Bill) -> list[str]:
    """Which events are billed with a person although they want none, and through whom."""
    upgraded = sorted(
        (line for line in bill.lines if line.upgraded), key=lambda line: -line.upgraded
    )
    if not upgraded:
        return []
    head = (
        f"upgrades: {dollars(bill.upgrades)} of it. These say that they want no person and are"
        " billed with one, since their install has one:"
    )
    lines = [
        f"  {named(line.event)}: {line.upgraded:,.0f} a month, through"
        f" {', '.join(named(one) for one in line.by[:3])}"
        for line in upgraded[:UPGRADES_SHOWN]
    ]
    more = len(upgraded) - UPGRADES_SHOWN
    return [head, *lines, *([f"  and {more:,} more"] if more > 0 else [])]


def _dim(bill: Bill) -> list[str]:
    lines = [f"range: {bill.basis}"]
    if bill.busiest:
        lines.append(f"most events of one install on one day: {bill.busiest:,}")
    if bill.past:
        lines.append(f"{bill.past:,} event(s) were sent as the past: not billed, not projected")
    for what, number in bill.apart.items():
        lines.append(f"{number:,} {what} seen: not billed with these")
    return [*lines, *bill.notes, "PostHog's own page of prices was not read: see docs/bill.md"]
