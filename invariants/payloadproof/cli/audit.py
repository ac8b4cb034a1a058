"""``payloadproof audit``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from payloadproof.cli.shared import (
    CONTRACT,
    ERR,
    OUT,
    REPORT,
    SHOW_SECRETS,
    STRICT,
    Reports,
    report_files,
    shown,
)
from payloadproof.contract import load
from payloadproof.errors import HarnessError
from payloadproof.evidence.forms import FORMS, Form
from payloadproof.outcome.events import finals
from payloadproof.outcome.model import Report


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--form",
    type=click.Choice(FORMS),
    help="What FILES are, where they look like something else.",
)
@CONTRACT
@STRICT
@REPORT
@SHOW_SECRETS
def audit(
    files: Sequence[Path],
    *,
    form: Form | None,
    contract: str,
    strict: bool,
    reports: Sequence[str],
    show_secrets: bool,
) -> None:
    """Judge what is in recordings and exports.

    FILES are recordings, batch bodies, JSON Lines of events, PostHog's exports (JSON Lines, CSV,
    Parquet), HAR, or dumps of mitmproxy, packed or not; directories of them, and patterns. All of
    them are judged together.
    """
    sys.exit(
        audited(
            files, contract, form=form, strict=strict, reports=reports, show_secrets=show_secrets
        )
    )


def audited(
    files: Sequence[Path],
    contract: str,
    *,
    form: Form | None = None,
    strict: bool,
    reports: Sequence[str] = (),
    show_secrets: bool = False,
    also: Callable[[Report], Report] = lambda report: report,
) -> int:
    """Judge files, write and print the report; the exit code.

    ``also``: what else there is to say of them, in the report.

    Raises:
        HarnessError: none of them can be read, or some of them not whole: that is said last.
    """
    from payloadproof.audit.audit import Audit, flawed
    from payloadproof.contract.catalogue import texts
    from payloadproof.evidence.files import read
    from payloadproof.evidence.forms import files_in
    from payloadproof.report.progress import reading
    from payloadproof.report.terminal import error as print_error

    reporting = Reports(report_files(reports))
    known = load(contract)
    run = Audit(known, strict=strict)
    files = files_in(files)
    unread: list[HarnessError] = []
    with shown(unmasked=show_secrets):
        for file in files:
            try:
                evidence = read(file, form, texts=texts(known), prefix=known.wire.prefix)
                with reading(evidence.path, evidence.size, OUT) as on_bytes:
                    run.add(evidence, on_bytes)
            except HarnessError as problem:
                unread.append(problem)
        if len(unread) == len(files):
            raise unread[0]
        finals(also(run.report(contract)), reporting)
    if run.flaws:
        unread.append(flawed(run.flaws, run.flawed))
    for one in unread[:-1]:
        print_error(one, ERR)
    if unread:
        raise unread[-1]
    return reporting.exit_code
