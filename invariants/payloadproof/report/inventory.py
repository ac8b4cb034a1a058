"""What a contract lets a program collect, for a person."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from payloadproof.contract import Contract, Event, Property
from payloadproof.contract.sample import unjudged
from payloadproof.syntax.printable import printable


def inventory(contract: Contract, console: Console) -> None:
    """Print events, properties and the consent chain."""
    product = contract.product
    console.print(Text.assemble((product.name, "bold"), f": {product.description}"))
    console.print(
        f"{len(contract.events)} events, {len(contract.properties)} properties; consent: "
        + " > ".join([*_layers(contract), f"default {contract.consent.default}"]),
        highlight=False,
        markup=False,
    )
    events = Table("event", "kind", "bound", "properties", box=None, header_style="bold")
    for name, event in contract.events.items():
        cells = (name, event.kind, bound(event), ", ".join(event.properties))
        events.add_row(*map(escape, cells))
    console.print(events)
    if contract.base:
        based = [name for name, event in contract.events.items() if event.base]
        whose = "every event" if len(based) == len(contract.events) else ", ".join(based)
        line = f"base, also on {whose}: {', '.join(contract.base)}"
        console.print(line, highlight=False, markup=False)
    for line in _sampled(contract):
        console.print(line, highlight=False, markup=False)
    properties = Table("property", "type", "meaning", box=None, header_style="bold")
    for name, prop in contract.properties.items():
        properties.add_row(*map(escape, (name, type_of(prop), prop.description)))
    console.print(properties)


def _sampled(contract: Contract) -> Iterator[str]:
    """What is sent for a share only, and what nobody here can say of that."""
    each = {"event": "of the times", "session": "of the sessions", "install": "of the installs"}
    for name, event in contract.events.items():
        if event.sample is not None:
            gap = unjudged(event.sample, event.ceiling_per_day)
            line = f"{printable(name)}: sent for {event.sample.share:g} {each[event.sample.by]}"
            yield f"{line}; {gap}" if gap else line


def _layers(contract: Contract) -> list[str]:
    return [layer.name for layer in contract.consent.layers]


def bound(event: Event) -> str:
    """What keeps an event from being an unbounded stream."""
    parts = [f"one for each {event.grain}"] if event.grain else []
    if event.ceiling_per_day:
        parts.append(f"at most {event.ceiling_per_day:,} a day")
    return ", ".join(parts)


def type_of(prop: Property) -> str:
    """A property's type with what narrows it."""
    said: str = prop.type
    if prop.values:
        said = f"{prop.type}: {', '.join(prop.values)}"
    elif prop.items is not None:
        said = f"list of {prop.items.type}, at most {prop.max_items}"
    elif prop.type == "object":
        keys = [*prop.keys, *(["others"] if prop.others else [])]
        said = f"object: {', '.join(keys)}"
    elif getattr(prop, "unit", None):
        said = f"{prop.type} ({prop.unit})"
    return f"{said}, or null" if prop.null else said


def series(contract: Contract, key: str) -> str:
    """Which events carry a property: live ones, historical ones, both, or none as it is."""
    kinds = {
        "historical" if event.kind == "historical" else "live"
        for event in contract.events.values()
        if key in event.properties or (event.base and key in contract.base)
    }
    if len(kinds) > 1:
        return "both"
    return f"{kinds.pop()} only" if kinds else "folded"
