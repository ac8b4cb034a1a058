"""``payloadproof record``."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from payloadproof.cli.audit import audited
from payloadproof.cli.given import Command, File, Source
from payloadproof.cli.paged import PAGE, paged
from payloadproof.cli.shared import (
    DUE,
    FORMAT,
    REACH,
    REPORT,
    SHOW_SECRETS,
    STRICT,
    VERBOSE,
    Format,
    Reports,
    answer,
    counts,
    pairs,
    replies,
    report_files,
    shown,
    talk,
)
from payloadproof.contract import Contract, load
from payloadproof.contract.neutral import neutral
from payloadproof.errors import HarnessError
from payloadproof.evidence.project import project_of
from payloadproof.scenario.private import numbered
from payloadproof.syntax import shell
from payloadproof.version import VERSION

_STDERR = 2  # the descriptor


@click.command(cls=Command)
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
@click.option(
    "--out",
    type=File(),
    help="Where to: recording.jsonl, with a number where that is there.",
)
@click.option("--force", is_flag=True, help="Write over --out where it is there.")
@click.option(
    "--contract",
    type=Source(),
    help="What the program may send: a shipped contract, or a TOML file. Without one, only what"
    " holds for every program is judged.",
)
@DUE
@click.option(
    "--set", "sets", multiple=True, metavar="VAR=VALUE", help="Set a variable for COMMAND."
)
@click.option(
    "--scratch",
    is_flag=True,
    help="Run it with an empty home and data directory; delete them at the end.",
)
@click.option(
    "--isolate/--no-isolate",
    default=None,
    help="Run it in its own network, in which every host answers and is recorded (Linux). Needed "
    "if the contract names no variable for the host. Otherwise a proxy is used that forwards"
    " nothing.",
)
@REACH
@click.option(
    "--reply",
    multiple=True,
    metavar="HOST=STATUS",
    help="The status with which a host that is not PostHog answers, instead of 503.",
)
@click.option(
    "--flags",
    type=File(reading=True),
    metavar="FILE",
    help="What its feature flags say, as JSON: code behind a flag has to run to be recorded.",
)
@click.option(
    "--check-key",
    is_flag=True,
    help="Refuse any project key but the one it is given, as PostHog's newest service can.",
)
@PAGE
@STRICT
@REPORT
@FORMAT
@SHOW_SECRETS
@VERBOSE
def record(
    command: Sequence[str],
    *,
    out: Path | None,
    force: bool,
    contract: str | None,
    due: Sequence[str],
    sets: Sequence[str],
    scratch: bool,
    isolate: bool | None,
    reach: Sequence[int],
    reply: Sequence[str],
    flags: Path | None,
    check_key: bool,
    page: bool | None,
    strict: bool,
    reports: Sequence[str],
    output: Format,
    show_secrets: bool,
    verbose: bool,
) -> None:
    """Run a program with a fake PostHog, record what it sends, and judge it.

    COMMAND is run with the recorder's address in its environment. If the contract names no variable
    for that address, or with --isolate, COMMAND runs in its own network, in which every host is
    the recorder. Ctrl-C is passed on to it, and a second Ctrl-C kills it. Without COMMAND the
    address is printed, and everything that arrives is recorded until Ctrl-C.
    """
    from payloadproof.blackbox.child import Ways
    from payloadproof.blackbox.record import record as run
    from payloadproof.blackbox.record import record_command
    from payloadproof.blackbox.recorded import alone, beside
    from payloadproof.outcome.answers import RecordAnswer
    from payloadproof.outcome.events import finals

    said = talk(output)
    allowed = load(contract) if contract else neutral()
    written = report_files(reports)
    out = out or numbered(Path("recording.jsonl"))
    project = project_of(allowed, flags)
    if command:
        ways = Ways(
            isolate,
            tuple(reach),
            replies(reply),
            project,
            check_key=check_key,
            stdout=_STDERR if output == "json" else None,
        )
        owed = dict(counts("--due", due, allowed))
        told = _settable(sets, allowed, scratch=scratch)
        began = time.monotonic()
        known = allowed if contract else None
        with (
            shown(unmasked=show_secrets),
            paged(page, said, command, known, recording=True) as watched,
        ):
            ran = record_command(
                out,
                command,
                allowed,
                said,
                scratch=scratch,
                ways=ways,
                due=owed,
                sets=told,
                over=force,
                tell=watched.tell,
                begun=watched.begun,
            )
            if contract:
                code = audited(
                    [out],
                    contract,
                    strict=strict,
                    reports=reports,
                    output=output,
                    # It masks by what it is told, whatever was said around it.
                    show_secrets=show_secrets,
                    verbose=verbose,
                    also=lambda report: watched.reported(beside(report, run=ran)),
                )
                sys.exit(code)
            reporting = Reports(written, given=f"record --out {shell.path(out)}", output=output)
            seconds = time.monotonic() - began
            report = alone(ran, Path(command[0]).name, strict=strict, seconds=seconds)
            finals(watched.reported(report), reporting)
        sys.exit(reporting.exit_code)
    given = {
        "--scratch": scratch,
        "--due": due,
        "--set": sets,
        "--report": reports,
        "--reach": reach,
        "--reply": reply,
        "--strict": strict,
    }
    given["--no-isolate" if isolate is False else "--isolate"] = isolate is not None
    if options := [name for name, value in given.items() if value]:
        raise HarnessError(
            code="options-conflict",
            message=f"{', '.join(options)} needs a command to run",
            next="add -- COMMAND, or leave it out",
        )
    known = allowed if contract else None
    with paged(page, said, (), known, recording=True) as watched:
        run(out, known, said, project, over=force, check_key=check_key, tell=watched.tell)
    judged = f" --contract {shell.path(contract)}" if contract else " --contract FILE"
    after = f"payloadproof audit {shell.path(out)}{judged}"
    if output == "json":
        answer(RecordAnswer(payloadproof=VERSION, recording=str(out), next=after))
        return
    said.print(f"next: {after}", style="bold", highlight=False, markup=False, soft_wrap=True)


def _settable(given: Sequence[str], contract: Contract, *, scratch: bool) -> dict[str, str]:
    """The variables of ``--set``; HarnessError for one that record has to set itself."""
    sets = dict(pairs("--set", given, "VAR=VALUE"))
    named = contract.variables
    for name in (named.host, named.key, *((named.data_dir, "HOME") if scratch else ())):
        if name and name in sets:
            why = "with --scratch, " if name not in (named.host, named.key) else ""
            raise HarnessError(
                code="options-conflict",
                message=f"--set {name}: {why}record sets it itself, to where it looks on",
                next=f"leave out --set {name}{', or --scratch' if why else ''}",
            )
    return sets
