"""``payloadproof probe``."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payloadproof.cli.given import Command, File, Source
from payloadproof.cli.paged import PAGE, paged
from payloadproof.cli.shared import (
    DUE,
    FORMAT,
    REACH,
    REPORT,
    SHOW_SECRETS,
    STRICT,
    Format,
    Reports,
    answer,
    counts,
    must_be_masked,
    must_be_writable,
    pairs,
    replies,
    report_files,
    shown,
    talk,
)
from payloadproof.cli.shared import write as write_file
from payloadproof.cli.switches import switches
from payloadproof.errors import HarnessError
from payloadproof.syntax import shell
from payloadproof.version import VERSION

if TYPE_CHECKING:
    from rich.console import Console

    from payloadproof.blackbox import driving
    from payloadproof.blackbox.drafted import Drafting
    from payloadproof.blackbox.probe import Probe
    from payloadproof.outcome.model import Report


class _Seconds(click.ParamType[float]):
    name = "seconds"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """20 or 20s, 2m."""
        text = str(value).strip()
        factor = 60.0 if text.endswith("m") else 1.0
        try:
            seconds = float(text.rstrip("sm")) * factor
        except ValueError:
            seconds = 0.0
        if not 0 < seconds < 86_400:  # noqa: PLR2004 - a day
            self.fail(f"{value!r} is no time: 20s, 2m", param, ctx)
        return seconds


class _Probe(Command):
    """An option in front of ``--`` that lacks its value does not take ``--`` for it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, after that was looked at."""
        own = args[: args.index("--")] if "--" in args else []
        wanting = {
            name
            for param in self.params
            if isinstance(param, click.Option) and not param.is_flag
            for name in param.opts
        }
        if own and own[-1] in wanting and (len(own) == 1 or own[-2] not in wanting):
            raise click.BadOptionUsage(own[-1], f"Option {own[-1]!r} requires an argument.", ctx)
        return super().parse_args(ctx, args)


@click.command(cls=_Probe)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
@click.option(
    "--off",
    multiple=True,
    metavar="VAR=VALUE",
    help="A variable of the program's own that turns telemetry off.",
)
@click.option(
    "--off-command",
    "off_commands",
    multiple=True,
    metavar="'PROG telemetry off'",
    help="A command of the program's own that turns telemetry off; it is run before a start.",
)
@click.option(
    "--for",
    "told_after_s",
    type=_Seconds(),
    metavar="20s",
    help="Stop the program with SIGTERM after this time, if it does not end by itself.",
)
@click.option(
    "--stdin",
    type=File(),
    metavar="FILE",
    help="A file to use as its standard input.",
)
@click.option(
    "--file",
    "files",
    multiple=True,
    metavar="NAME=TEXT",
    help="Put a file into its working directory. The words in braces are filled in, as in COMMAND.",
)
@click.option(
    "--set", "sets", multiple=True, metavar="VAR=VALUE", help="Set a variable in all runs."
)
@DUE
@REACH
@click.option(
    "--reply",
    multiple=True,
    metavar="HOST=STATUS",
    help="The status with which a host that is not telemetry answers.",
)
@click.option(
    "--contract", type=Source(), help="What the program may send; its switches and hosts are used."
)
@click.option(
    "--runs",
    type=click.IntRange(min=2, max=20),
    default=2,
    show_default=True,
    help="How many normal runs to make as the first person.",
)
@click.option("--only", multiple=True, metavar="RUN", help="Make only this run and its controls.")
@click.option(
    "--plan", "plan_only", is_flag=True, help="Say how many runs there would be, and stop."
)
@click.option(
    "--baseline",
    type=File(reading=True),
    metavar="FILE",
    help="A TOML file of findings that you accept.",
)
@click.option(
    "--write-baseline",
    type=File(),
    metavar="FILE",
    help="Write all findings to a baseline.",
)
@click.option(
    "--draft",
    type=File(),
    metavar="FILE",
    help="Write a draft of a contract from what was seen, with the switches that silenced it.",
)
@PAGE
@STRICT
@REPORT
@FORMAT
@SHOW_SECRETS
def probe(
    *,
    command: Sequence[str],
    off: Sequence[str],
    off_commands: Sequence[str],
    told_after_s: float | None,
    stdin: Path | None,
    files: Sequence[str],
    sets: Sequence[str],
    due: Sequence[str],
    reach: Sequence[int],
    reply: Sequence[str],
    contract: str | None,
    runs: int,
    only: Sequence[str],
    plan_only: bool,
    baseline: Path | None,
    write_baseline: Path | None,
    draft: Path | None,
    page: bool | None,
    strict: bool,
    reports: Sequence[str],
    output: Format,
    show_secrets: bool,
) -> None:
    """Judge what an unmodified program sends, without contract or adapter.

    COMMAND is run 16 to 40 times, as a rule, in a small internet of its own, where every name
    answers and nothing leaves: as it is, with telemetry turned off, as another person on another
    machine, and with a network that fails. Linux only.

    What is invented is filled in for four words in braces, and looked for in all that is sent:
    {path} is the path of a text file that exists and holds {prompt}, in two runs more of a file
    that is not there and of a directory; {prompt} is four words; {secret} an API key; {email} an
    address.
    """
    from payloadproof.blackbox import driving
    from payloadproof.blackbox.drafted import Drafting
    from payloadproof.blackbox.probe import Probe, at_most, usual
    from payloadproof.blackbox.probe import probe as run
    from payloadproof.blackbox.refusals import known, possible, readable
    from payloadproof.contract import load
    from payloadproof.drive.commands import whole
    from payloadproof.outcome.events import each
    from payloadproof.report.console import Terminal
    from payloadproof.report.page.handed_on import handed_on
    from payloadproof.report.progress import Bar
    from payloadproof.run.baseline import UNEXPLAINED, Baseline, read, renewed, write

    allowed = load(contract) if contract else None
    must_be_masked(baseline or write_baseline, show_secrets=show_secrets)
    accepted = read(baseline, gating=write_baseline is None) if baseline else Baseline(format=1)
    if write_baseline:
        must_be_writable(write_baseline, f"--write-baseline {write_baseline}")
    written = report_files(reports)
    _must_be_drafted(draft, contract)
    plan = Probe(
        command=driving.Command(
            argv=whole(command),
            files=dict(pairs("--file", files, "NAME=TEXT")),
            stdin=stdin.absolute() if stdin else None,
            told_after_s=told_after_s,
            set=dict(pairs("--set", sets, "VAR=VALUE")),
            reach=tuple(reach),
            replies=replies(reply),
            due=dict(counts("--due", due, allowed)),
            allowed=allowed.wire.hosts or None if allowed else None,
            notice=allowed.consent.notice if allowed else None,
        ),
        switches=tuple(switches(off, off_commands, allowed)),
        contract=contract,
        only=tuple(only) or None,
        runs=runs,
        seed=secrets.token_hex(8),
        strict=strict,
        accepted=accepted.accepted,
    )
    possible(plan.command.argv)
    if plan.command.stdin:
        readable(plan.command.stdin).close()
    known(only, plan.switches, plan.texts)
    said = talk(output)
    if plan_only:
        _say_plan(plan, output)
        return
    if not only:
        rule, most = usual(plan), at_most(plan)[0]
        _say(f"{rule} runs as a rule, at most {most}; how long all take, the first one says", said)
    again = {
        "--off": off,
        "--off-command": off_commands,
        "--for": [f"{told_after_s:g}s"] if told_after_s is not None else [],
        "--stdin": [str(stdin)] if stdin else [],
        "--file": files,
        "--set": sets,
        "--due": due,
        "--reach": [str(port) for port in reach],
        "--reply": reply,
        "--contract": [contract] if contract else [],
    }
    given = ["probe", *_given(again)]
    reporting = Reports(
        written,
        given=f"{shell.command(given)} -- {shell.command(command)}",
        shared=handed_on(given, command),
        output=output,
    )
    stream = sys.stderr if output == "json" else sys.stdout
    drafting = Drafting() if draft else None
    with (
        shown(unmasked=show_secrets),
        paged(page, said, command, recording=False) as watched,
        Bar(Terminal(file=stream)) as bar,
    ):
        listeners = each(bar, watched.listen, reporting)
        report = run(plan, listeners, watch=drafting, tell=watched.tell)
    _say_gate(report, given, command, said, drafted=draft is not None)
    if write_baseline:
        found = [(one.clause, str(one.fingerprint)) for one in report.findings]
        entries = renewed(accepted.accepted, found, stale=report.stale)
        write(write_baseline, entries)
        _say(f"{write_baseline}: {len(entries)} accepted; give each {UNEXPLAINED} its reason", said)
    if draft and drafting:
        _write_draft(draft, drafting, plan.command, said)
    sys.exit(reporting.exit_code)


def _say_plan(plan: Probe, output: Format) -> None:
    from payloadproof.blackbox.probe import at_most, usual
    from payloadproof.outcome.answers import PlanAnswer

    rule, (most, seconds) = usual(plan), at_most(plan)
    if output == "json":
        answer(PlanAnswer(payloadproof=VERSION, usual=rule, runs=most, seconds=seconds))
        return
    _say(
        f"{rule} runs as a rule, each as long as COMMAND and a second more; at most {most} runs,"
        f" at the very longest {seconds / 60:.0f} minutes",
        talk(output),
    )


def _say_gate(
    report: Report,
    given: Sequence[str],
    command: Sequence[str],
    console: Console,
    *,
    drafted: bool,
) -> None:
    """How what was seen becomes a contract, where something was and there is none."""
    if drafted:
        return
    if report.contract == "none" and any(
        to.kind == "posthog" for one in report.runs for to in one.spoken
    ):
        again = shell.command(["probe", "--draft", "contract.toml", *given[1:]])
        _say(
            f"next, to gate it: payloadproof {again} -- {shell.command(command)} writes a"
            " contract from what was seen, and record --contract contract.toml holds it to that",
            console,
        )


def _must_be_drafted(draft: Path | None, contract: str | None) -> None:
    """Raise HarnessError now where a draft would be of no use, or cannot be written."""
    if draft is None:
        return
    if contract is not None:
        raise HarnessError(
            code="options-conflict",
            message="there is a contract already: --draft excludes --contract",
            next="leave out one of the two",
        )
    must_be_writable(draft, f"--draft {draft}")
    if draft.exists():
        raise HarnessError(
            code="draft-exists",
            message=f"{draft} is there already, and is not written over: somebody may have worked"
            " in it",
            next="--draft with another name",
        )


def _write_draft(
    draft: Path, drafting: Drafting, command: driving.Command, console: Console
) -> None:
    if not drafting.events:
        raise HarnessError(
            code="draft-without-events",
            message="no event was sent to PostHog, so there is nothing to draft a contract from",
            causes=("telemetry was off", "the command does nothing that sends an event"),
            next="give a command that does what the program is used for",
        )
    text = drafting.toml(command.argv, command.set)
    write_file(draft, text.encode(), f"--draft {draft}")
    contracted = shell.command(["probe", "--contract", str(draft)])
    _say(f"{draft}: a draft; decide each TODO, then payloadproof {contracted} -- ...", console)
    _say("payloadproof check takes it, too: with an adapter it gates a release", console)


def _given(options: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Options as they have to be typed to make the same runs again."""
    for option, values in options.items():
        for value in values:
            yield from (option, value)


def _say(line: str, console: Console) -> None:
    from payloadproof.syntax.printable import printable

    console.print(printable(line), highlight=False, markup=False, soft_wrap=True)
