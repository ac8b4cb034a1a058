"""``payloadproof diff``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payloadproof.cli.given import Command, File
from payloadproof.cli.shared import (
    ERR,
    FORMAT,
    Format,
    answer,
    must_be_writable,
    report_files,
    write,
)

if TYPE_CHECKING:
    from payloadproof.outcome.answers import DiffAnswer

KINDS = ("html", "json")


@click.command(cls=Command)
@click.argument("old", type=File(reading=True))
@click.argument("new", type=File(reading=True))
@click.option(
    "--reasons",
    "reasons_file",
    type=File(reading=True),
    metavar="FILE",
    help="Reasons for what is new: lines of the form EVENT.KEY: reason.",
)
@click.option(
    "--out",
    type=File(),
    metavar="FILE",
    help="Also write the list to this file.",
)
@click.option(
    "--report",
    "reports",
    metavar="KIND=FILE,...",
    multiple=True,
    help=f"Also write a report as {' or '.join(KINDS)}.",
)
@FORMAT
def diff(
    old: Path,
    new: Path,
    *,
    reasons_file: Path | None,
    out: Path | None,
    reports: Sequence[str],
    output: Format,
) -> None:
    """List what a release sends that the last one did not.

    The list is Markdown. The exit code is 1 if something new has no reason. OLD and NEW are each a
    contract (its name, or a file), a recording, an export, or a directory of golden payloads.
    """
    from payloadproof.audit.audit import flawed
    from payloadproof.audit.diff import changes, diff_answer, markdown, reason_for, reasons, side

    files = report_files(reports, KINDS)
    given = reasons(reasons_file) if reasons_file else {}
    if out:
        must_be_writable(out, f"--out {out}")
    before, after = side(old), side(new)
    found = changes(before, after)
    page = markdown(before, after, found, given)
    told = diff_answer(before, after, found, given)
    for kind, file in files:
        write(file, _written(kind, told), f"--report {kind}={file}")
    if output == "json":
        answer(told)
    else:
        click.echo(page)
    if out:
        write(out, page.encode(), f"--out {out}")
    flaws = (*before.flaws, *after.flaws)
    if flaws:
        raise flawed(flaws)
    open_ = [one.place for one in found if one.what == "new" and not reason_for(one, given)]
    if open_:
        # Beside the page, which may go into a file.
        line = (
            f"next: give each a reason, a line in a file for --reasons like this: {open_[0]}: WHY"
        )
        ERR.print(line, style="bold", highlight=False, markup=False, soft_wrap=True)
    sys.exit(bool(open_))


def _written(kind: str, told: DiffAnswer) -> bytes:
    from payloadproof.evidence.homes import without_home
    from payloadproof.report.as_json import document
    from payloadproof.report.page.page import compared

    shared = without_home(told)
    return compared(shared) if kind == "html" else document(shared)
