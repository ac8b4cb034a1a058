"""``payloadproof smoke``."""

from __future__ import annotations

import sys

import click

from payloadproof.cli.given import Command
from payloadproof.cli.shared import (
    ADAPTER,
    CONTRACT,
    FORMAT,
    OUT,
    Format,
    answer,
)


@click.command(cls=Command)
@ADAPTER
@CONTRACT
@FORMAT
def smoke(adapter: str, contract: str | None, output: Format) -> None:
    """Take a quick look: does anything arrive, and does off mean off?"""
    from payloadproof.report.answers import smoke_answer
    from payloadproof.report.terminal import smoked
    from payloadproof.run.check import smoke as run
    from payloadproof.run.planning import planned

    plan = planned(adapter, contract)
    seen = run(plan)
    if output == "json":
        said = smoke_answer(seen, plan)
        answer(said)
        sys.exit(said.exit_code)
    sys.exit(smoked(seen, plan, OUT))
