"""The commands that judge what was sent, wherever it was caught: audit and diff."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from payloadproof.cli_shared import (
    CONTRACT,
    ERR,
    OUT,
    REPORT,
    SHOW_SECRETS,
    STRICT,
    must_be_writable,
    report_files,
    shown,
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
    from payloadproof.audit import Audit, flawed
    from payloadproof.evidence import read
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
    sys.exit(code)


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

    OLD and NEW are each a contract, a recording, an export, or a directory of goldens.
    """
    from payloadproof.audit import flawed
    from payloadproof.diff import changes, markdown, reason_for, reasons, side

    given = reasons(reasons_file) if reasons_file else {}
    if out:
        must_be_writable(out, f"--out {out}")
    before, after = side(old), side(new)
    found = changes(before, after)
    page = markdown(before, after, found, given)
    click.echo(page)
    if out:
        out.write_text(page, encoding="utf-8")
    flaws = (*before.flaws, *after.flaws)
    if flaws:
        raise flawed(flaws)
    sys.exit(any(one.what == "new" and not reason_for(one, given) for one in found))
