"""``payloadproof contract``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
from click.core import ParameterSource

from payloadproof.cli.given import Command, Source
from payloadproof.cli.shared import (
    ERR,
    FORMAT,
    OUT,
    Format,
    answer,
)
from payloadproof.contract import DEFAULT, load
from payloadproof.errors import HarnessError

_IMPORTED_MAX = 64 << 20  # bytes of one file


@click.command("contract", cls=Command)
@click.argument("source", nargs=-1, type=Source(), metavar="[CONTRACT | RECORDING...]")
@click.option(
    "--from",
    "drafting",
    is_flag=True,
    help="Draft a contract from recordings and exports, and print it.",
)
@click.option(
    "--from-schema",
    "importing",
    is_flag=True,
    help="Draft a contract from JSON Schemas, or from PostHog's event and property definitions.",
)
@click.option(
    "--json-schema",
    is_flag=True,
    help="Print what may be sent as JSON Schema, for other validators.",
)
@click.option("--name", default="my-program", show_default=True, help="The product's, in a draft.")
@FORMAT
def print_contract(
    source: Sequence[str],
    *,
    drafting: bool,
    importing: bool,
    json_schema: bool,
    name: str,
    output: Format,
) -> None:
    """Check a contract and print what it lets a program collect.

    With --from, draft one from recordings: payloadproof contract --from recording.jsonl >
    draft.toml

    With --from-schema, draft one from JSON Schemas of events, or from the JSON of PostHog's API:
    event_definitions and property_definitions.
    """
    from payloadproof.report.inventory import inventory

    if drafting and importing:
        raise click.UsageError("--from and --from-schema: one of the two at a time")
    context = click.get_current_context()
    if context.get_parameter_source("name") is ParameterSource.COMMANDLINE:
        _must_be_a_name(name, drafting=drafting or importing)
    if importing:
        _import([Path(one) for one in source], name)
        return
    if drafting:
        _draft([Path(one) for one in source], name)
        return
    if len(source) > 1:
        raise click.UsageError("one contract at a time; --from takes several recordings")
    asked = source[0] if source else DEFAULT
    if json_schema:
        from payloadproof.contract.export import schema_of

        click.echo(json.dumps(schema_of(load(asked)), indent=2))
        return
    contract = load(asked)
    if output == "json":
        answer(contract)
        return
    inventory(contract, OUT)
    if marked := _marked(asked):
        OUT.print(f"{marked} places are marked TODO: decide, and take the mark away")


def _must_be_a_name(name: str, *, drafting: bool) -> None:
    if not drafting:
        raise HarnessError(
            code="options-conflict",
            message=f"--name {name}: it is the name in a draft, and without --from there is none",
            next="add --from, or leave out --name",
        )
    if not name.strip() or not name.isprintable():
        raise HarnessError(
            code="option-unusable",
            message=f"--name {name!a}: a product's name is a line that can be read",
            next="payloadproof contract --from recording.jsonl --name my-program",
        )


def _marked(source: str) -> int:
    """How many guesses of a draft nobody has decided on."""
    path = Path(source)
    return path.read_text(encoding="utf-8").count("# TODO") if path.is_file() else 0


def _import(files: Sequence[Path], name: str) -> None:
    from payloadproof.contract import definitions, from_schema
    from payloadproof.contract.sketch import Sketch

    if not files:
        raise HarnessError(
            code="draft-without-schemas",
            message="--from-schema names no file",
            next="payloadproof contract --from-schema events.schema.json > draft.toml",
        )
    sketch = Sketch()
    for file in files:
        document = _json(file)
        if definitions.definitions_in(document) is not None:
            definitions.sketched(document, sketch, of_persons="person" in file.name.lower())
        elif isinstance(document, dict):
            from_schema.sketched(document, file.name.partition(".")[0], sketch)
        else:
            raise _no_schema(file, "it is neither a JSON Schema nor a list of definitions")
    if sketch.empty:
        raise _no_schema(files[0], "it describes no event and no property")
    click.echo(sketch.toml(name), nl=False)


def _json(file: Path) -> object:
    try:
        size = file.stat().st_size
        if size > _IMPORTED_MAX:
            raise _no_schema(file, f"it is larger than {_IMPORTED_MAX >> 20} MiB")
        document: object = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _no_schema(file, str(error.strerror)) from error
    except (ValueError, RecursionError) as error:
        why = "nested too deep" if isinstance(error, RecursionError) else "it is no JSON in UTF-8"
        raise _no_schema(file, why) from error
    return document


def _no_schema(file: Path, why: str) -> HarnessError:
    return HarnessError(
        code="schema-unusable",
        message=f"{file} cannot be imported: {why}",
        next="name a JSON Schema of events, or what PostHog's API answers for event_definitions and"
        " property_definitions",
    )


def _draft(files: Sequence[Path], name: str) -> None:
    from payloadproof.audit.audit import flawed
    from payloadproof.contract.draft import Draft
    from payloadproof.evidence.files import Flaw, read
    from payloadproof.evidence.forms import files_in
    from payloadproof.report.terminal import error as print_error

    if not files:
        raise HarnessError(
            code="draft-without-recordings",
            message="--from names no recording",
            next="payloadproof contract --from recording.jsonl > draft.toml",
        )
    draft, flaws = Draft(), []
    for file in files_in(files):
        for piece in read(file).pieces:
            if isinstance(piece, Flaw):
                flaws.append((str(file), piece))
                continue
            for event in piece.events:
                draft.add(
                    event.name,
                    event.properties,
                    event.top_level,
                    of=event.distinct_id,
                    at=event.timestamp,
                )
    if not draft.events:
        raise HarnessError(
            code="draft-without-events",
            message=f"there is no event in {', '.join(map(str, files))}, so there is nothing to"
            " draft a contract from",
            causes=("telemetry was off", "the program was not used long enough to send anything"),
            next="payloadproof record --out recording.jsonl -- COMMAND",
        )
    click.echo(draft.toml(name), nl=False)
    if flaws:
        print_error(flawed(flaws), ERR)
        raise click.exceptions.Exit(2)
