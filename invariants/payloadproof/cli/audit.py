"""``payloadproof audit``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from payloadproof.cli.shared import (
    ERR,
    FORMAT,
    REPORT,
    SHOW_SECRETS,
    STRICT,
    VERBOSE,
    Format,
    Reports,
    report_files,
    shown,
    talk,
)
from payloadproof.contract import DEFAULT, load
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
@click.option(
    "--contract",
    help="What the program may send: a shipped contract, or a TOML file. Without one,"
    f" {DEFAULT} is taken, and the report says so.",
)
@STRICT
@REPORT
@FORMAT
@SHOW_SECRETS
@VERBOSE
def audit(
    files: Sequence[Path],
    *,
    form: Form | None,
    contract: str | None,
    strict: bool,
    reports: Sequence[str],
    output: Format,
    show_secrets: bool,
    verbose: bool,
) -> None:
    """Judge what is in recordings and exports.

    FILES are recordings, batch bodies, JSON Lines of events, PostHog's exports (JSON Lines, CSV,
    Parquet), HAR, or dumps of mitmproxy, packed or not; directories of them, and patterns. All of
    them are judged together.
    """
    if contract is None:
        said = f"no --contract: judged by {DEFAULT}, which is another program's unless this is it"
        ERR.print(said, style="bold yellow", highlight=False, soft_wrap=True)
    sys.exit(
        audited(
            files,
            contract or DEFAULT,
            form=form,
            strict=strict,
            reports=reports,
            output=output,
            show_secrets=show_secrets,
            verbose=verbose,
        )
    )


def audited(
    files: Sequence[Path],
    contract: str,
    *,
    form: Form | None = None,
    strict: bool,
    reports: Sequence[str] = (),
    output: Format = "text",
    show_secrets: bool = False,
    verbose: bool = False,
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
    from payloadproof.evidence.masking import knowing
    from payloadproof.report.progress import reading
    from payloadproof.report.terminal import error as print_error

    reporting = Reports(report_files(reports), output=output, verbose=verbose)
    known = load(contract)
    run = Audit(known, strict=strict)
    files = files_in(files)
    unread: list[HarnessError] = []
    with shown(unmasked=show_secrets), knowing(known):
        for file in files:
            try:
                evidence = read(file, form, texts=texts(known), prefix=known.wire.prefix)
                with reading(evidence.path, evidence.size, talk(output)) as on_bytes:
                    run.add(evidence, on_bytes)
            except HarnessError as problem:
                unread.append(problem)
        if len(unread) == len(files):
            raise unread[0]
        finals(also(run.report(contract)), reporting)
    if run.flaws:
        unread.append(flawed(run.flaws))
    for one in unread[:-1]:
        print_error(one, ERR)
    if unread:
        raise unread[-1]
    return reporting.exit_code
