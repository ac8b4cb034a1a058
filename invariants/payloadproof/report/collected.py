"""What was collected, for a person: events, their properties, and the values seen."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from payloadproof.evidence.surface import SeenProperty, Surface

VALUES_SHOWN = 6


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"


def collected(surface: Surface, console: Console) -> None:
    """Print a surface."""
    console.print(Text("\ncollected", style="bold"))
    total = sum(event.times for event in surface.events.values())
    console.print(
        f"{_many(total, 'event')} of {_many(len(surface.events), 'kind')} from"
        f" {_many(surface.installs, 'installation')}, {_many(surface.bytes, 'byte')}",
        highlight=False,
    )
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("event", "property"):
        table.add_column(heading, overflow="fold")
    table.add_column("times", justify="right")
    table.add_column("values (masked)", overflow="fold")
    for name, event in surface.events.items():
        table.add_row(Text(name, style="bold"), "", f"{event.times:,}", "")
        for key, seen in event.properties.items():
            table.add_row("", Text(key), f"{seen.times:,}", Text(values(seen)))
    console.print(table)


def values(seen: SeenProperty) -> str:
    """The values of a property, as short as they can be said."""
    said = []
    if seen.low is not None and seen.high is not None:
        span = (seen.low,) if seen.low == seen.high else (seen.low, seen.high)
        said.append(" to ".join(f"{bound:,g}" for bound in span))
    more = len(seen.values) - VALUES_SHOWN
    said += [", ".join(seen.values[:VALUES_SHOWN])] if seen.values else []
    if seen.more or more > 0:
        said.append(f"and {'over ' if seen.more else ''}{max(more, 1)} more")
    said += [kind for kind in seen.kinds if kind in ("null", "object", "list")]
    return "; ".join(said)
