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


@click.command("contract", cls=Command)
@click.argument("source", nargs=-1, type=Source(), metavar="[CONTRACT | RECORDING...]")
@click.option(
    "--from",
    "drafting",
    is_flag=True,
    help="Draft a contract from recordings and exports, and print it.",
)
@click.option(
    "--json-schema",
    is_flag=True,
    help="Print what may be sent as JSON Schema, for other validators.",
)
@click.option("--name", default="my-program", show_default=True, help="The product's, in a draft.")
@FORMAT
def print_contract(
    source: Sequence[str], *, drafting: bool, json_schema: bool, name: str, output: Format
) -> None:
    """Check a contract and print what it lets a program collect.

    With --from, draft one from recordings: payloadproof contract --from recording.jsonl >
    draft.toml
    """
    from payloadproof.report.inventory import inventory

    context = click.get_current_context()
    if context.get_parameter_source("name") is ParameterSource.COMMANDLINE:
        _must_be_a_name(name, drafting=drafting)
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
