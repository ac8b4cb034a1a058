"""``payloadproof contract``."""

from __future__ import annotations

import click

from payloadproof.cli.shared import (
    OUT,
)
from payloadproof.contract import DEFAULT, load


@click.command("contract")
@click.argument("source", default=DEFAULT)
def print_contract(source: str) -> None:
    """Check a contract and print what it lets a program collect."""
    from payloadproof.report.inventory import inventory

    inventory(load(source), OUT)
