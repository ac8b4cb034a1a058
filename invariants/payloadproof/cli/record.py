"""``payloadproof record``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from payloadproof.cli.audit import audited
from payloadproof.cli.shared import (
    CONTRACT,
    OUT,
    STRICT,
)
from payloadproof.contract import load
from payloadproof.errors import HarnessError
from payloadproof.syntax import shell


@click.command()
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
@click.option(
    "--out", type=click.Path(path_type=Path), default="recording.jsonl", show_default=True
)
@CONTRACT
@click.option(
    "--scratch", is_flag=True, help="Give it an empty home and data directory, removed at the end."
)
@click.option(
    "--isolate",
    is_flag=True,
    help="Run it in a network that holds the recorder only, and count what else it tries (Linux).",
)
@STRICT
def record(
    command: Sequence[str],
    *,
    out: Path,
    contract: str,
    scratch: bool,
    isolate: bool,
    strict: bool,
) -> None:
    """Record what a program sends to a fake PostHog on loopback, and audit it.

    COMMAND is run with the recorder's address; Ctrl-C goes to it, a second one kills it. Without
    COMMAND the address is printed, and what arrives is recorded until Ctrl-C.
    """
    from payloadproof.blackbox.record import record as run
    from payloadproof.blackbox.record import record_command

    allowed = load(contract)
    if command:
        record_command(out, command, allowed, OUT, scratch=scratch, isolate=isolate)
        sys.exit(audited([out], contract, strict=strict))
    if scratch or isolate or strict:
        raise HarnessError(
            code="options-conflict",
            message="--scratch, --isolate and --strict are for a command that is run",
            next="add -- COMMAND, or leave them out",
        )
    run(out, allowed.variables, OUT)
    line = f"next: payloadproof audit {shell.path(out)}"
    OUT.print(line, style="bold", highlight=False, markup=False, soft_wrap=True)
