"""``payloadproof schema``."""

from __future__ import annotations

import json

import click

from payloadproof.cli.given import Command


@click.command("schema", cls=Command)
@click.argument("name", required=False)
def print_schema(name: str | None) -> None:
    """Print the JSON Schema of contracts, messages, scenarios and reports."""
    from payloadproof.schema import schema

    click.echo(json.dumps(schema(name), indent=2))
