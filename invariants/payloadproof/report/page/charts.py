"""Numbers side by side: bars, whose lengths compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from payloadproof.billing.meter import Metered
from payloadproof.evidence.surface import Surface
from payloadproof.outcome.answers import Difference

BARS = 24


class Bar(NamedTuple):
    """``share``: of the longest, in percent; ``beside``: what else there is to say of it."""

    label: str
    said: str
    share: float
    beside: str = ""


def events(surface: Surface) -> tuple[Bar, ...]:
    """How often each event was seen, the most frequent first."""
    ordered = sorted(surface.events.items(), key=lambda one: (-one[1].times, one[0]))
    shown, rest = ordered[:BARS], ordered[BARS:]
    counted = [(name, seen.times, f"{len(seen.properties)} properties") for name, seen in shown]
    if rest:
        counted.append((f"{len(rest)} others", sum(seen.times for _, seen in rest), ""))
    return _bars(counted)


def daily(surface: Surface) -> tuple[Bar, ...]:
    """How many of an event an installation sends on a day on which it sends one, the most first."""
    each = {name: seen.times / seen.days for name, seen in surface.events.items() if seen.days}
    ordered = sorted(each, key=lambda name: (-each[name], name))[:BARS]
    most = max(each.values(), default=0.0)
    return tuple(
        Bar(name, f"{each[name]:,.3g}", round(100 * each[name] / most, 1), _days(surface, name))
        for name in ordered
    )


def _days(surface: Surface, name: str) -> str:
    days = surface.events[name].days
    return f"over {days:,} such day{'s' if days > 1 else ''}"


def billed(counts: Metered) -> tuple[Bar, ...]:
    """What PostHog would bill, by what it counts."""
    rows = (
        ("events", counts.events),
        ("of them as identified", counts.identified),
        ("of those, want no person", counts.upgraded),
        ("exceptions", counts.exceptions),
        ("flag requests", counts.flags),
        *((what, number) for what, number in counts.apart.items()),
        ("events of the past, free", counts.past),
        ("the same again, free", counts.repeats),
    )
    return _bars((label, number, "") for label, number in rows if number or label == "events")


def changes(differences: Sequence[Difference]) -> tuple[Bar, ...]:
    """How many differences each event has, the most first."""
    numbers = Counter(one.event for one in differences)
    fresh = Counter(one.event for one in differences if one.what == "new")
    return _bars((name, number, f"{fresh[name]} new") for name, number in numbers.most_common(BARS))


def _bars(counted: Iterable[tuple[str, int, str]]) -> tuple[Bar, ...]:
    rows = list(counted)
    most = max((number for _, number, _ in rows), default=0)
    return tuple(_scaled(rows, most))


def _scaled(rows: Iterable[tuple[str, int, str]], most: int) -> Iterator[Bar]:
    for label, number, beside in rows:
        share = round(100 * number / most, 1) if most else 0.0
        yield Bar(label, f"{number:,}", share, beside)
