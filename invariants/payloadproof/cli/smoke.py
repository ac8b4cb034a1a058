"""``payloadproof smoke``."""

from __future__ import annotations

import sys

import click

from payloadproof.cli.shared import (
    ADAPTER,
    CONTRACT,
    OUT,
)


@click.command()
@ADAPTER
@CONTRACT
def smoke(adapter: str, contract: str | None) -> None:
    """Take a quick look: does anything arrive, and does off mean off?"""
    from payloadproof.report.terminal import smoked
    from payloadproof.run.check import smoke as run
    from payloadproof.run.planning import planned

    plan = planned(adapter, contract)
    sys.exit(smoked(run(plan), plan, OUT))
