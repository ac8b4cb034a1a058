"""contract.md: the format of a contract, and what the shipped ones let a program collect."""

from __future__ import annotations

import inspect
import io
import tokenize
from collections.abc import Iterable, Iterator

import msgspec

import payloadproof.contract as contract_module
import payloadproof.contract_backfill as backfill_module
from pages.markdown import MEANINGS, doc, fields, listed, quoted, schema, table
from payloadproof.contract import ConsentFile, Contract, Event, KillSwitch, Property, Switch, load
from payloadproof.report.inventory import bound, series, type_of

MODULES = (contract_module, backfill_module)


def page() -> Iterator[str]:
    """The page, part by part."""
    yield "# Contract"
    yield (
        "A TOML file that says what a program may collect, and under which consent."
        " `payloadproof contract FILE` checks one and prints its inventory. An unknown key is an"
        " error; an error names the file, the key, what was expected, and a line to copy."
    )
    yield "## Format"
    for name, place in MEANINGS["tables"].items():
        struct = next(getattr(m, name) for m in MODULES if hasattr(m, name))
        yield f"### {name}"
        yield f"`{place}`. {doc(struct)}"
        notes = _comments(struct)
        meanings = {
            field: notes.get(field) or MEANINGS["fields"][name][field]
            for field in struct.__struct_fields__
        }
        yield table(("key", "type", "default", "meaning"), fields(struct, meanings))
    yield "### Types of properties"
    yield (
        "Whether a value fits its type is not judged by any clause yet. The types make the"
        " scenarios, and they tell readers what is collected."
    )
    known = schema(Property)["properties"]["type"]["enum"]
    yield table(
        ("type", "value"),
        ((f"`{name}`", MEANINGS["property_types"][name]) for name in sorted(known)),
    )
    for name in contract_module.shipped():
        yield from _inventory(name, load(name))


def _inventory(name: str, contract: Contract) -> Iterator[str]:
    yield f"## Inventory: {name}"
    product = contract.product
    yield f"{product.name}: {product.description}. {product.homepage or ''}".rstrip()
    yield (
        f"{len(contract.events)} events and {len(contract.properties)} properties of all events."
        " Events that may build a person profile say so; all others must not."
    )
    yield "### Consent"
    yield "\n".join(f"{n}. {line}" for n, line in enumerate(_chain(contract), start=1))
    yield "### Events"
    yield table(
        ("event", "kind", "bound", "profile", "meaning"),
        (
            (
                f"`{name}`",
                event.kind,
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
    yield table(
        ("property", "type", "carried", "meaning"),
        (
            (f"`{key}`", type_of(prop), series(contract, key), prop.description)
            for key, prop in contract.properties.items()
        ),
    )
    own = [(e, key, prop) for e, event in contract.events.items() for key, prop in _own(event)]
    if own:
        yield "Of one event alone:"
        yield table(
            ("event", "property", "type", "meaning"),
            ((f"`{e}`", f"`{key}`", type_of(prop), prop.description) for e, key, prop in own),
        )


def _own(event: Event) -> Iterable[tuple[str, Property]]:
    return event.own_properties.items()


def _carried(event: Event) -> str:
    carried = listed([*event.properties, *event.own_properties]) or "no properties"
    return carried if event.base else f"{carried}; no base properties"


def _chain(contract: Contract) -> Iterator[str]:
    for layer in contract.consent.layers:
        match layer:
            case KillSwitch(variable=variable, unset=unset):
                yield f"`{variable}`: off, unless unset or one of {quoted(unset)}"
            case Switch(variable=variable, off=off, on=on):
                yield f"`{variable}`: off for {quoted(off)}, on for {quoted(on)}"
            case ConsentFile(path=path, key=key):
                yield f"`{path}` in the data directory: its `{key}`, when true or false"
    yield f"Otherwise {contract.consent.default}"


def _comments(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Comments beside the fields of a class, as sentences."""
    source = inspect.getsource(struct)
    found = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        field, colon, _ = token.line.partition(":")
        if token.type == tokenize.COMMENT and colon and field.strip().isidentifier():
            text = token.string.lstrip("# ")
            found[field.strip()] = f"{text[0].upper()}{text[1:]}."
    return found
