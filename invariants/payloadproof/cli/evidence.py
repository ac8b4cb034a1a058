"""The commands that catch what is sent and judge it: record, audit and diff."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from payloadproof.cli.shared import (
    CONTRACT,
    ERR,
    OUT,
    REPORT,
    SHOW_SECRETS,
    STRICT,
    must_be_writable,
    report_files,
    shown,
    write,
    write_report,
)
from payloadproof.contract import load
from payloadproof.errors import HarnessError


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@CONTRACT
@STRICT
@REPORT
@SHOW_SECRETS
def audit(
    files: Sequence[Path],
    *,
    contract: str,
    strict: bool,
    reports: Sequence[str],
    show_secrets: bool,
) -> None:
    """Judge what was sent by what it holds.

    FILES are recordings, batch bodies, JSON Lines of events, or PostHog's batch exports (JSON
    Lines); all of them are judged together.
    """
    sys.exit(_audited(files, contract, strict=strict, reports=reports, show_secrets=show_secrets))


def _audited(
    files: Sequence[Path],
    contract: str,
    *,
    strict: bool,
    reports: Sequence[str] = (),
    show_secrets: bool = False,
) -> int:
    from payloadproof.audit.audit import Audit, flawed
    from payloadproof.evidence.files import read
    from payloadproof.report.progress import reading
    from payloadproof.report.terminal import error as print_error

    written = report_files(reports)
    run = Audit(load(contract), strict=strict)
    unread: list[HarnessError] = []
    with shown(unmasked=show_secrets):
        for file in files:
            try:
                evidence = read(file)
                with reading(evidence.path, evidence.size, OUT) as on_bytes:
                    run.add(evidence, on_bytes)
            except HarnessError as problem:
                unread.append(problem)
        if len(unread) == len(files):
            raise unread[0]
        report = run.report(contract)
    code = write_report(report, written)
    if run.flaws:
        unread.append(flawed(run.flaws))
    for one in unread[:-1]:
        print_error(one, ERR)
    if unread:
        raise unread[-1]
    return code


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
        sys.exit(_audited([out], contract, strict=strict))
    if scratch or isolate or strict:
        raise HarnessError(
            code="options-conflict",
            message="--scratch, --isolate and --strict are for a command that is run",
            next="add -- COMMAND, or leave them out",
        )
    run(out, allowed.variables, OUT)
    line = f"next: payloadproof audit {shlex.quote(str(out))}"
    OUT.print(line, style="bold", highlight=False, markup=False, soft_wrap=True)


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--reasons",
    "reasons_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Why something is newly sent: lines of the form EVENT.KEY: reason.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Write the page there, too."
)
def diff(old: Path, new: Path, *, reasons_file: Path | None, out: Path | None) -> None:
    """What does this release newly send? Markdown; exit 1 where something has no reason.

    OLD and NEW are each a contract (its name, or a file), a recording, an export, or a directory of
    goldens.
    """
    from payloadproof.audit.audit import flawed
    from payloadproof.audit.diff import changes, markdown, reason_for, reasons, side

    given = reasons(reasons_file) if reasons_file else {}
    if out:
        must_be_writable(out, f"--out {out}")
    before, after = side(old), side(new)
    found = changes(before, after)
    page = markdown(before, after, found, given)
    click.echo(page)
    if out:
        write(out, page.encode(), f"--out {out}")
    flaws = (*before.flaws, *after.flaws)
    if flaws:
        raise flawed(flaws)
    open_ = [one.place for one in found if one.what == "new" and not reason_for(one, given)]
    if open_:
        # Beside the page, which may go into a file.
        line = f'next: give each a reason, a line "{open_[0]}: WHY" in a file for --reasons'
        ERR.print(line, style="bold", highlight=False, markup=False, soft_wrap=True)
    sys.exit(bool(open_))
