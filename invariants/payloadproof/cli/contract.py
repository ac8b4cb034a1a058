"""``payloadproof contract``."""

from __future__ import annotations

import click

from payloadproof.cli.shared import (
    FORMAT,
    OUT,
    Format,
    answer,
)
from payloadproof.contract import DEFAULT, load


@click.command("contract")
@click.argument("source", default=DEFAULT)
@FORMAT
def print_contract(source: str, output: Format) -> None:
    """Check a contract and print what it lets a program collect."""
    from payloadproof.report.inventory import inventory

    contract = load(source)
    if output == "json":
        answer(contract)
    else:
        inventory(contract, OUT)
