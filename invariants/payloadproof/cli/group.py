"""The command line. Exit codes: 0 green, 1 findings or nothing proved, 2 error."""

from __future__ import annotations

from typing import Any

import click

from payloadproof.cli.audit import audit
from payloadproof.cli.bill import bill
from payloadproof.cli.check import check
from payloadproof.cli.clauses import list_clauses
from payloadproof.cli.contract import print_contract
from payloadproof.cli.diff import diff
from payloadproof.cli.probe import probe
from payloadproof.cli.record import record
from payloadproof.cli.replay import replay
from payloadproof.cli.schema import print_schema
from payloadproof.cli.shared import (
    ERR,
)
from payloadproof.cli.smoke import smoke
from payloadproof.contract.problem import ContractError
from payloadproof.errors import HarnessError
from payloadproof.recorder.ledger import RecorderBroken, RecorderFull
from payloadproof.version import VERSION


class _Group(click.Group):
    """Turns what can go wrong into a message and exit code 2; a person never sees a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        from payloadproof.report.terminal import error

        try:
            return super().invoke(ctx)
        except (HarnessError, ContractError, RecorderFull, RecorderBroken) as problem:
            error(problem, ERR)
            ctx.exit(2)
        except KeyboardInterrupt:
            error("interrupted, so there is no result", ERR)
            ctx.exit(130)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="payloadproof")
def main() -> None:
    """Test what a program's telemetry really sends, before you ship it."""


for _command in (
    check,
    probe,
    smoke,
    replay,
    record,
    audit,
    diff,
    bill,
    list_clauses,
    print_contract,
    print_schema,
):
    main.add_command(_command)
