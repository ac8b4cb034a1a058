"""contract.md: the format of a contract."""

from __future__ import annotations

import inspect
import io
import textwrap
import tokenize
from collections.abc import Iterator

import msgspec

from pages.markdown import MEANINGS, doc, fields, schema, table
from payloadproof.contract import Property
from payloadproof.contract import backfill as backfill_module
from payloadproof.contract import command as command_module
from payloadproof.contract import consent as consent_module
from payloadproof.contract import model as contract_module
from payloadproof.contract import property as property_module
from payloadproof.contract import sample as sample_module

MODULES = (
    contract_module,
    consent_module,
    command_module,
    property_module,
    backfill_module,
    sample_module,
)


def page() -> Iterator[str]:
    """The page, part by part."""
    yield "# Contract"
    yield (
        "A contract is a TOML file that says what a program may send, and under which consent."
        " `payloadproof contract FILE` checks one and prints its inventory. An unknown key is an"
        " error; all errors are told in one run, each with the key, what was expected, and a line"
        " to copy."
    )
    yield (
        "`payloadproof contract --from RECORDING... > draft.toml` drafts one from what was sent."
        " `payloadproof probe --draft draft.toml -- COMMAND` drafts one of a program as it is, with"
        " the switches that silenced it and the hosts that it spoke to. Each guess is marked"
        " `# TODO`, with its reason."
        " `payloadproof contract --from-schema FILE...` drafts one from what somebody wrote down:"
        " JSON Schemas of events, or the JSON that PostHog's API answers for `event_definitions`"
        " and `property_definitions` (a file with `person` in its name is about persons)."
        " `payloadproof contract FILE --json-schema` prints what may be sent, for other validators;"
        " `payloadproof schema Contract` prints the schema of the contract itself, for editors."
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
        yield table(("key", "type", "default", "meaning"), fields(struct, meanings, of_toml=True))
    yield "### Types of properties"
    yield (
        "A6 malformed values compares what is sent with these types. Scenarios are made from them,"
        " too, and they tell readers what is collected."
    )
    known = schema(Property)["properties"]["type"]["enum"]
    yield table(
        ("type", "value"),
        ((f"`{name}`", MEANINGS["property_types"][name]) for name in sorted(known)),
    )
    yield "[What is collected](collected.md) lists what the shipped contracts let a program send."


def _comments(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Comments beside the fields of a class, as sentences."""
    bases = [one for one in struct.__mro__ if one.__module__.startswith("payloadproof")]
    source = "".join(textwrap.dedent(inspect.getsource(one)) for one in bases[::-1])
    found = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        field, colon, _ = token.line.partition(":")
        if token.type == tokenize.COMMENT and colon and field.strip().isidentifier():
            text = token.string.lstrip("# ")
            found[field.strip()] = f"{text[0].upper()}{text[1:]}."
    return found
