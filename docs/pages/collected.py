"""collected.md: what each shipped contract lets a program collect, and what folding leaves."""

from __future__ import annotations

from collections.abc import Iterator

from pages.markdown import listed, quoted, table
from payloadproof.contract import ConsentFile, Contract, Event, KillSwitch, Switch, load, shipped
from payloadproof.report.inventory import bound, series, type_of


def page() -> Iterator[str]:
    """The page, part by part."""
    yield "# What is collected"
    yield (
        "This page lists every event and every property that may be sent under each contract that"
        " comes with Payloadproof, and says what they mean. What is not on this page is not sent;"
        " the clauses of the family allow test programs for that. [Telemetry](../telemetry.md)"
        " explains how to turn telemetry off, and what errors say. `payloadproof contract FILE`"
        " prints the same for a contract of your own."
    )
    for name in shipped():
        yield from _inventory(name, load(name))


def _inventory(name: str, contract: Contract) -> Iterator[str]:
    yield f"## {name}"
    product = contract.product
    yield f"{product.name}: {product.description}. {product.homepage or ''}".rstrip()
    yield f"{len(contract.events)} events and {len(contract.properties)} properties of all events."
    yield "### Consent"
    yield "The first line that decides wins."
    yield "\n".join(f"{n}. {line}" for n, line in enumerate(_chain(contract), start=1))
    yield "### Events"
    yield (
        "Events that may build a person profile say so; all others must not. An event is `live`, or"
        " `historical`: sent once, of a day that is past."
    )
    yield table(
        ("event", "kind", "bound", "profile", "meaning"),
        (
            (
                f"`{name}`",
                event.kind if event.kind == "historical" else f"live, {event.kind}",
                bound(event),
                "yes" if event.profile else "no",
                event.description,
            )
            for name, event in contract.events.items()
        ),
    )
    yield f"Never sent: {listed(contract.forbidden_events)}."
    yield f"Base properties, carried unless said otherwise: {listed(contract.base)}."
    yield f"Person properties, in `$set`: {listed(contract.person)}."
    for event_name, event in contract.events.items():
        yield f"`{event_name}`: {_carried(event)}."
    yield "### Properties"
    yield (
        "`both`: live and historical events carry it, and it means the same on each. `folded`: no"
        " event carries it as it is; [Folding](#folding) says what becomes of it."
    )
    yield table(
        ("property", "type", "carried by", "meaning"),
        (
            (f"`{key}`", type_of(prop), series(contract, key), prop.description)
            for key, prop in contract.properties.items()
        ),
    )
    own = [
        (name, key, prop)
        for name, event in contract.events.items()
        for key, prop in event.own_properties.items()
    ]
    if own:
        yield "Of one event alone:"
        yield table(
            ("event", "property", "type", "meaning"),
            ((f"`{e}`", f"`{key}`", type_of(prop), prop.description) for e, key, prop in own),
        )
    if contract.occurrences:
        yield "### Folding"
        yield (
            "What happens many times is recorded, and sent as one event for many occurrences. Their"
            " own names are never sent. Of the properties of an occurrence these are left:"
        )
        yield table(("recorded", "property", "sent as"), _folded(contract))


def _folded(contract: Contract) -> Iterator[tuple[str, str, str]]:
    for name, occurrence in contract.occurrences.items():
        for key in occurrence.properties:
            sent = "; ".join(_left(contract, name, key))
            yield f"`{name}`", f"`{key}`", sent or "nothing: it is dropped"


def _left(contract: Contract, occurrence: str, key: str) -> Iterator[str]:
    for event in contract.events.values():
        if event.fold and event.fold.occurrence == occurrence:
            for prop, tally in event.fold.properties.items():
                if tally.of == key:
                    of = f" of `{tally.equals}`" if tally.equals else ""
                    yield f"`{prop}` ({tally.op}{of})"


def _carried(event: Event) -> str:
    carried = listed([*event.properties, *event.own_properties]) or "no properties"
    return carried if event.base else f"{carried}; no base properties"


def _chain(contract: Contract) -> Iterator[str]:
    for layer in contract.consent.layers:
        match layer:
            case KillSwitch(variable=variable, unset=unset):
                yield f"`{variable}`: off, unless unset or one of {quoted(unset)}"
            case Switch(variable=variable, off=off, on=on):
                words = [
                    f"{said} for {quoted(some)}"
                    for said, some in (("off", off), ("on", on))
                    if some
                ]
                yield f"`{variable}`: {', '.join(words)}"
            case ConsentFile(path=path, key=key, where=where):
                yield f"`{path}` in the {where} directory: its `{key}`, when true or false"
    yield f"Otherwise {contract.consent.default}"
