"""A month's bill for so many installs, from what some of them sent on some days.

Rule 1: the evidence stands for all: each install sends on each day what those seen sent on average.
Rule 2: once a distinct id has a person, PostHog upgrades every later event of it. A recording is
short and a month is long, so the likely figure counts those events as identified from the start;
the low one takes the evidence as it is, and the high one gives every install a person, where any
event makes one.
Rule 3: a range says what it rests on, and none is narrower than the evidence allows.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from payloadproof.billing.meter import Install, Meter, counted_as
from payloadproof.billing.tariff import METERS, MeterName, Tariff
from payloadproof.errors import HarnessError

MONTH = 30  # days
#: From so many installs on, their mean is near enough to normal for a range of 95 %.
_MANY = 20
_Z = 1.96
_SPARSE = 0.5  # of the days between the first and the last


class Amount(NamedTuple):
    """A figure of a month, and the range that it may lie in."""

    low: float
    likely: float
    high: float


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One event in a month: how many, how many identified and upgraded, and its share in dollars.

    ``by``: the events whose persons upgrade it, the commonest first.
    """

    event: str
    count: float
    identified: float
    upgraded: float
    dollars: float
    by: tuple[str, ...] = ()


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A projected month.

    Attributes:
        installs: that it is for.
        seen: those that it was projected from, over ``days``; ``basis``: what its range rests on.
        busiest: the most events of one install on one day.
        counts: by meter; ``dollars`` likewise, ``identified`` being the surcharge.
        total: dollars.
        upgrades: what the upgrades cost of that, in the likely figure.
        lines: by event, the dearest first.
        past: events sent as the past, seen and not billed.
        apart: what else was seen and has no price here, by what it is.
        prices_of: the date of the prices.
        notes: what is to be known of it.
    """

    installs: int
    seen: int
    days: float
    basis: str
    busiest: int
    counts: dict[MeterName, Amount]
    dollars: dict[MeterName, Amount]
    total: Amount
    upgrades: float
    lines: tuple[Line, ...]
    past: int
    apart: dict[str, int]
    prices_of: dt.date
    notes: tuple[str, ...] = ()


class _Spread(NamedTuple):
    """By which factor the mean may be off, either way, and why."""

    low: float
    high: float
    basis: str


def project(meter: Meter, tariff: Tariff, *, installs: int, days: float | None = None) -> Bill:
    """A month of 30 days for so many installs.

    Args:
        meter: what was counted of the evidence.
        tariff: what it costs.
        installs: 1 or more.
        days: how many the evidence covers, more than 0; None for those from its first event to its
            last.

    Raises:
        HarnessError: nothing in it is billed, or it does not tell installs apart.
    """
    counted = meter.total()
    found = _told_apart(meter)
    span, notes = _span(meter, days)
    scale = installs * MONTH / (len(found) * span)
    spread = _spread(list(found.values()), math.ceil(span))
    extra = _upgraded_in_time(meter, found)
    makes_persons = bool(counted.identified)
    likely = counted.identified + sum(number for _, number in extra.elements())
    identified = Amount(
        counted.identified * scale * spread.low,
        likely * scale,
        (counted.events if makes_persons else 0) * scale * spread.high,
    )
    counts: dict[MeterName, Amount] = {
        "events": _ranged(counted.events * scale, spread),
        "identified": identified,
        "exceptions": _ranged(counted.exceptions * scale, spread),
        "flags": _ranged(counted.flags * scale, spread),
    }
    dollars: dict[MeterName, Amount] = {
        one: Amount(*(tariff.cost(one, count) for count in counts[one])) for one in METERS
    }
    lines = tuple(_lines(meter, extra, scale, counts, dollars))
    upgraded = sum(line.upgraded for line in lines)
    without = tariff.cost("identified", max(identified.likely - upgraded, 0))
    return Bill(
        installs=installs,
        seen=len(found),
        days=span,
        basis=spread.basis,
        busiest=max(
            (one for install in found.values() for one in install.by_day.values()), default=0
        ),
        counts=counts,
        dollars=dollars,
        total=Amount(*map(sum, zip(*dollars.values(), strict=True))),
        upgrades=dollars["identified"].likely - without,
        lines=lines,
        past=counted.past,
        apart=counted.apart,
        prices_of=tariff.prices_of,
        notes=(*notes, *_notes(meter, found)),
    )


def _told_apart(meter: Meter) -> dict[str, Install]:
    """The installs that were seen.

    Raises:
        HarnessError: there are none.
    """
    found = meter.installs()
    rows = sum(tally.rows for tally in meter.names.values())
    if not rows and not meter.flags:
        past = meter.past.total()
        raise HarnessError(
            code="bill-of-nothing",
            message="nothing in it would be billed, so that no month can be projected",
            evidence="\n".join(
                [
                    *([f"{past:,} event(s) were sent as the past, which is free"] if past else []),
                    *(
                        [f"{meter.refused:,} event(s) were refused or not kept"]
                        if meter.refused
                        else []
                    ),
                ]
            ),
            causes=(
                "nothing was sent: telemetry was off, or the program ended too soon",
                "every request in it was refused: payloadproof audit says why",
            ),
            next="record the program at its work: payloadproof record -- COMMAND",
        )
    if not found or (rows and meter.nameless == rows):
        raise HarnessError(
            code="installs-unknown",
            message="nothing in it has a distinct id: nobody knows how many installs sent it",
            causes=("the export left out the column distinct_id",),
            next="export it again with the columns event, distinct_id, timestamp, uuid, properties",
        )
    return found


def _span(meter: Meter, given: float | None) -> tuple[float, list[str]]:
    """How many days the evidence covers, and what is to be said of that."""
    days = meter.days
    if given is not None:
        return given, []
    if not days:
        return 1.0, ["no event has a time: taken for one day; --days says how many it was"]
    span = (days[-1] - days[0]).days + 1
    if len(days) < span * _SPARSE:
        note = (
            f"{len(days)} of the {span:,} days from {days[0]} to {days[-1]} have events;"
            " --days says how many were really covered"
        )
        return float(span), [note]
    return float(span), []


def _spread(installs: Sequence[Install], days: int) -> _Spread:
    """How far the mean of what was seen may be from that of all installs."""
    totals = [install.events + install.exceptions for install in installs]
    if not any(totals):
        totals = [install.flags for install in installs]
    every = sum(totals)
    if not every:
        return _Spread(1.0, 1.0, "none: all that was seen is free")
    mean = statistics.fmean(totals)
    if len(totals) >= _MANY:
        half = _Z * statistics.stdev(totals) / math.sqrt(len(totals)) / mean
        return _Spread(
            max(1 - half, 0), 1 + half, f"95 % of what {len(totals):,} installs allow to say"
        )
    if len(totals) > 1:
        basis = f"all like the quietest of {len(totals)} installs, or all like the busiest"
        return _Spread(min(totals) / mean, max(totals) / mean, basis)
    by_day = sorted(number for day, number in installs[0].by_day.items() if day)
    if days > 1 and by_day:
        least = by_day[0] if len(by_day) >= days else 0
        daily = sum(by_day) / days
        basis = f"each day like the quietest of {days}, or each like the busiest, of one install"
        return _Spread(min(least / daily, 1.0), max(by_day[-1] / daily, 1.0), basis)
    half = _Z / math.sqrt(every)
    basis = "one install on one day: what chance does to a count, and nothing else"
    return _Spread(max(1 - half, 0), 1 + half, basis)


def _ranged(likely: float, spread: _Spread) -> Amount:
    return Amount(likely * spread.low, likely, likely * spread.high)


class _Upgrades(NamedTuple):
    """Events that are upgraded once their install has a person, by event and by what made it."""

    by: dict[str, Counter[str]]

    def elements(self) -> list[tuple[str, int]]:
        """How many of each event."""
        return [(name, makers.total()) for name, makers in self.by.items()]


def _upgraded_in_time(meter: Meter, found: Mapping[str, Install]) -> _Upgrades:
    """Rule 2: what was billed without a person, and will not be for long."""
    by: dict[str, Counter[str]] = {}
    for who, install in found.items():
        maker = meter.maker(who)
        if maker is not None:
            for name, number in install.cheap.items():
                by.setdefault(name, Counter())[maker] += number
    return _Upgrades(by)


def _lines(
    meter: Meter,
    extra: _Upgrades,
    scale: float,
    counts: Mapping[MeterName, Amount],
    dollars: Mapping[MeterName, Amount],
) -> list[Line]:
    """Each event's share of the likely bill, at the average price of its meter."""

    def price(meter_name: MeterName) -> float:
        count = counts[meter_name].likely
        return dollars[meter_name].likely / count if count else 0.0

    lines = []
    for name, tally in meter.names.items():
        kind = counted_as(name)
        if kind not in ("events", "exceptions"):
            continue
        makers = tally.makers + extra.by.get(name, Counter())
        upgraded = makers.total() * scale
        identified = (tally.identified - tally.upgraded) * scale + upgraded
        share = tally.rows * scale * price("events" if kind == "events" else "exceptions")
        lines.append(
            Line(
                event=name,
                count=tally.rows * scale,
                identified=identified,
                upgraded=upgraded,
                dollars=share + identified * price("identified"),
                by=tuple(maker for maker, _ in makers.most_common()),
            )
        )
    return sorted(lines, key=lambda line: (-line.dollars, -line.count, line.event))


def _notes(meter: Meter, found: Mapping[str, Install]) -> list[str]:
    notes = []
    rows = sum(tally.rows for tally in meter.names.values())
    if len(found) == rows and rows >= _MANY:
        notes.append(
            "every event has a distinct id of its own: nobody can tell installs apart by that, and"
            " each was taken for one"
        )
    if meter.nameless:
        notes.append(
            f"{meter.nameless:,} event(s) without a distinct id were taken for one install"
        )
    if meter.refused:
        notes.append(f"{meter.refused:,} event(s) were refused or not kept, and cost nothing")
    return notes
