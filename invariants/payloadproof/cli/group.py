"""The command line. Exit codes: 0 green, 1 findings or nothing proved, 2 error.

A signal that ends it makes 128 and its number: 130 for Ctrl-C.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import click

from payloadproof.cli.audit import audit
from payloadproof.cli.bill import bill
from payloadproof.cli.check import check
from payloadproof.cli.clauses import list_clauses
from payloadproof.cli.contract import print_contract
from payloadproof.cli.diff import diff
from payloadproof.cli.doctor import doctor
from payloadproof.cli.explain import explain
from payloadproof.cli.init import init
from payloadproof.cli.probe import probe
from payloadproof.cli.record import record
from payloadproof.cli.replay import replay
from payloadproof.cli.schema import print_schema
from payloadproof.cli.shared import (
    ERR,
)
from payloadproof.cli.smoke import smoke
from payloadproof.cli.streams import complain, said
from payloadproof.contract.problem import ContractError
from payloadproof.errors import HarnessError
from payloadproof.recorder.ledger import RecorderBroken, RecorderFull
from payloadproof.signals.ending import ENDING, Ended, ended_by
from payloadproof.version import VERSION


class _Group(click.Group):
    """Turns what can go wrong into a message and exit code 2; a person never sees a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        from payloadproof.report.terminal import error

        try:
            with ended_by(*ENDING):
                _somewhere()
                return super().invoke(ctx)
        except (HarnessError, ContractError, RecorderFull, RecorderBroken) as problem:
            error(problem, ERR)
            ctx.exit(2)
        except KeyboardInterrupt as interrupt:
            number = interrupt.number if isinstance(interrupt, Ended) else int(signal.SIGINT)
            complain(f"{_WHY[signal.Signals(number)]}, so there is no result")
            ctx.exit(128 + number)
        except OSError as problem:  # a stream, a file or a directory that has gone
            complain(said(problem))
            ctx.exit(2)


_WHY = {
    signal.SIGINT: "interrupted",
    signal.SIGTERM: "told to end by SIGTERM",
    signal.SIGHUP: "told to end by SIGHUP, as when a terminal is closed",
}


def _somewhere() -> None:
    """Raise HarnessError where the working directory has been deleted."""
    try:
        Path.cwd()
    except FileNotFoundError as error:
        raise HarnessError(
            code="directory-gone",
            message="the directory that this was started in has been deleted",
            next="change to a directory that is there",
        ) from error


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
    explain,
    doctor,
    print_contract,
    print_schema,
    init,
):
    main.add_command(_command)
