"""``payloadproof audit``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payloadproof.cli.given import Command, File, Source
from payloadproof.cli.shared import (
    ERR,
    FORMAT,
    REPORT,
    SHOW_SECRETS,
    STRICT,
    VERBOSE,
    Format,
    Reports,
    must_be_writable,
    report_files,
    shown,
    talk,
)
from payloadproof.contract import DEFAULT, load
from payloadproof.errors import HarnessError
from payloadproof.evidence.forms import FORMS, Form, Found
from payloadproof.outcome.events import finals
from payloadproof.outcome.model import Report
from payloadproof.syntax.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

    from payloadproof.audit.audit import Audit


@click.command(cls=Command)
@click.argument("files", nargs=-1, required=True, type=File(reading=True))
@click.option(
    "--form",
    type=click.Choice(FORMS),
    help="What FILES are, where they look like something else.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="How many processes share the work.",
)
@click.option(
    "--partial",
    type=File(),
    metavar="OUT",
    help="Write what was found to OUT, for --merge, and give no verdict.",
)
@click.option(
    "--merge", is_flag=True, help="FILES are what --partial wrote: report on all of them."
)
@click.option(
    "--contract",
    type=Source(),
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
    workers: int,
    partial: Path | None,
    merge: bool,
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
    if merge and (partial or form or workers > 1):
        raise click.UsageError("--merge reads what --partial wrote: the other options are its own")
    if merge:
        sys.exit(
            merged(
                files,
                contract or DEFAULT,
                strict=strict,
                reports=reports,
                output=output,
                show_secrets=show_secrets,
                verbose=verbose,
            )
        )
    sys.exit(
        audited(
            files,
            contract or DEFAULT,
            form=form,
            workers=workers,
            partial=partial,
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
    workers: int = 1,
    partial: Path | None = None,
    strict: bool,
    reports: Sequence[str] = (),
    output: Format = "text",
    show_secrets: bool = False,
    verbose: bool = False,
    also: Callable[[Report], Report] = lambda report: report,
) -> int:
    """Judge files, write and print the report; the exit code.

    ``also``: what else there is to say of them, in the report. ``partial``: write what was found
    there instead.

    Raises:
        HarnessError: none of them can be read, or some of them not whole: that is said last.
    """
    from payloadproof.audit.audit import flawed
    from payloadproof.evidence.forms import files_in, look
    from payloadproof.evidence.masking import knowing
    from payloadproof.report.terminal import error as print_error

    reporting = Reports(report_files(reports), output=output, verbose=verbose)
    known = load(contract)  # what is wrong with it is said before anything is read
    if partial:
        must_be_writable(partial, f"--partial {partial}")
    founds, unread = [], []
    for file in files_in(files):
        try:
            founds.append(look(file, form))
        except HarnessError as problem:
            unread.append(problem)
    if not founds:
        raise unread[0]
    how = _by_processes if workers > 1 else _here
    with (
        shown(unmasked=show_secrets),
        knowing(known),
        how(founds, contract, workers, strict=strict, console=talk(output)) as result,
    ):
        run, problems = result
        unread += problems
        if len(problems) == len(founds):
            raise unread[0]
        if partial:
            _write(run, contract, partial)
        else:
            finals(also(run.report(contract)), reporting)
        if run.flawed:
            unread.append(flawed(run.flaws, run.flawed))
    for one in unread[:-1]:
        print_error(one, ERR)
    if unread:
        raise unread[-1]
    return 0 if partial else reporting.exit_code


Result = Iterator["tuple[Audit, list[HarnessError]]"]


@contextmanager
def _here(
    founds: Sequence[Found], contract: str, _: int, *, strict: bool, console: Console
) -> Result:
    """Audit in this process."""
    from payloadproof.audit.audit import Audit
    from payloadproof.contract.catalogue import texts
    from payloadproof.evidence.files import read
    from payloadproof.report.progress import reading

    known = load(contract)
    run = Audit(known, strict=strict)
    problems: list[HarnessError] = []
    for found in founds:
        try:
            evidence = read(found, texts=texts(known), prefix=known.wire.prefix)
            with reading(found.path.name, evidence.size, console) as on_bytes:
                run.add(evidence, on_bytes)
        except HarnessError as problem:
            problems.append(problem)
    yield run, problems


@contextmanager
def _by_processes(
    founds: Sequence[Found], contract: str, workers: int, *, strict: bool, console: Console
) -> Result:
    """Audit in several processes."""
    from payloadproof.audit.parts import by_processes
    from payloadproof.report.progress import reading

    what = f"{len(founds):,} file(s)"
    with ExitStack() as stack:
        bar = stack.enter_context(reading(what, sum(one.size for one in founds), console))
        audits = by_processes(founds, contract, workers, strict=strict, on_bytes=bar)
        run = stack.enter_context(audits)
        yield run


def _write(run: Audit, contract: str, partial: Path) -> None:
    from payloadproof.audit.partial import write as write_partial

    try:
        write_partial(run.parts, load(contract), partial)
    except OSError as error:
        raise HarnessError(
            code="partial-unwritable",
            message=f"--partial {partial} cannot be written: {error.strerror or error}",
            next="name a file in a directory that can be written",
        ) from error
    ERR.print(f"what was found is in {printable(str(partial))}, for audit --merge", markup=False)


def merged(
    files: Sequence[Path],
    contract: str,
    *,
    strict: bool,
    reports: Sequence[str] = (),
    output: Format = "text",
    show_secrets: bool = False,
    verbose: bool = False,
) -> int:
    """Put parts of an audit together, write and print the report; the exit code.

    Raises:
        HarnessError: one of them cannot be read, or lines could not be audited: that is said last.
    """
    from payloadproof.audit.audit import Audit, flawed
    from payloadproof.audit.partial import read as read_partial
    from payloadproof.evidence.masking import knowing

    reporting = Reports(report_files(reports), output=output, verbose=verbose)
    known = load(contract)
    run = Audit(known, strict=strict)
    with shown(unmasked=show_secrets), knowing(known):
        for file in dict.fromkeys(files):
            for part in read_partial(file, known):
                run.merge(part)
        finals(run.report(contract, timed=False), reporting)
    if run.flawed:
        raise flawed(run.flaws, run.flawed)
    return reporting.exit_code
