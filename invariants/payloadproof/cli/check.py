"""``payloadproof check``."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payloadproof.cli.given import Command, File
from payloadproof.cli.shared import (
    ADAPTER,
    CONTRACT,
    ERR,
    FORMAT,
    REPORT,
    SHOW_SECRETS,
    STRICT,
    VERBOSE,
    Format,
    Reports,
    must_be_a_directory,
    must_be_masked,
    must_be_writable,
    report_files,
    shown,
    talk,
)
from payloadproof.contract.neutral import NONE, SAID
from payloadproof.errors import HarnessError
from payloadproof.scenario.corpus import DIRECTORY
from payloadproof.syntax import shell

if TYPE_CHECKING:  # what only a run needs is imported by it
    from payloadproof.outcome.events import Listener
    from payloadproof.outcome.model import Report
    from payloadproof.run.baseline import Baseline
    from payloadproof.run.gate import Explore
    from payloadproof.run.survey import Surveyed


@click.command(cls=Command)
@ADAPTER
@CONTRACT
@click.option(
    "--profile",
    type=click.Choice(["quick", "ci", "deep"]),
    default="quick",
    show_default=True,
    help="How many scenarios of each kind: quick 40, ci 200; deep runs until Ctrl-C.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    help="With --profile deep: stop after this many minutes.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="How many processes. By default one for each core; at most 4, except with --profile deep.",
)
@click.option("--only", metavar="ID,...", help="Judge only these clauses.")
@STRICT
@click.option(
    "--allow-unsupported",
    metavar="ID,...",
    help="MUST clauses that may be unsupported by the adapter without failing the run.",
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
    help="Run until nothing new is found, and write all findings to a baseline. Failing scenarios"
    " are not reduced.",
)
@REPORT
@FORMAT
@click.option(
    "--seed",
    type=click.IntRange(0, 2**64 - 1),
    metavar="N",
    help="Make the scenarios of this seed. Without it every run makes the same ones, except with"
    " --profile deep.",
)
@click.option(
    "--explore",
    type=click.Choice(["off", "news", "fail"]),
    help="Draw new scenarios beside the fixed ones, a quarter as many. What they find is only told"
    " (news), or fails the run (fail). By default off, and news with --profile ci.",
)
@click.option(
    "--corpus",
    type=File(),
    default=DIRECTORY,
    show_default=True,
    metavar="DIR",
    help="Where failing scenarios are kept. Those that are there are run first.",
)
@click.option("--no-corpus", is_flag=True, help="Neither run nor keep failing scenarios there.")
@SHOW_SECRETS
@VERBOSE
def check(
    *,
    adapter: str,
    contract: str | None,
    profile: str,
    minutes: float | None,
    workers: int | None,
    only: str | None,
    strict: bool,
    allow_unsupported: str | None,
    baseline: Path | None,
    write_baseline: Path | None,
    reports: Sequence[str],
    output: Format,
    seed: int | None,
    explore: Explore | None,
    corpus: Path,
    no_corpus: bool,
    show_secrets: bool,
    verbose: bool,
) -> None:
    """Run a program through generated scenarios and judge what it sends."""
    from payloadproof.outcome.events import each
    from payloadproof.report.console import Terminal
    from payloadproof.report.progress import Bar
    from payloadproof.run.baseline import UNEXPLAINED, Baseline, read
    from payloadproof.run.deep import dive
    from payloadproof.run.gate import gated
    from payloadproof.run.planning import planned
    from payloadproof.run.survey import Surveyed, survey
    from payloadproof.run.together import shared
    from payloadproof.run.workers import MOST, cores
    from payloadproof.syntax.printable import printable

    _must_agree(
        profile=profile, minutes=minutes, writes=write_baseline is not None, explore=explore
    )
    if corpus != DIRECTORY:  # which a run may do without, where it may not write
        must_be_a_directory(corpus, "--corpus")
    some = workers or (cores() if profile == "deep" else min(MOST, cores()))
    files = report_files(reports)
    must_be_masked(baseline or write_baseline, show_secrets=show_secrets)
    gating = write_baseline is None
    accepted = read(baseline, gating=gating) if baseline else Baseline(format=1)
    seldom: frozenset[str] = frozenset()
    if write_baseline:
        must_be_writable(write_baseline, f"--write-baseline {write_baseline}")
    plan = planned(
        adapter,
        contract,
        only=only,
        profile=profile,
        seed=seed,
        strict=strict,
        allow_unsupported=() if allow_unsupported is None else allow_unsupported,
        accepted=accepted.accepted,
        survey=write_baseline is not None,
        corpus=None if no_corpus else corpus,
    )
    if explore is None:
        explore = "news" if profile == "ci" and not write_baseline else "off"
    if plan.contract_name == NONE:
        ERR.print(SAID, style="bold yellow", highlight=False, soft_wrap=True)
    given = _given(strict=strict, kept=write_baseline or baseline, corpus=corpus)
    reporting = Reports(files, given=given, output=output, verbose=verbose)
    # The stream of this moment: while a run goes on, sys.stdout is the implementation's.
    stream = sys.stderr if output == "json" else sys.stdout
    with shown(unmasked=show_secrets), Bar(Terminal(file=stream)) as bar:
        problem: HarnessError | None = None

        def fixed(listen: Listener) -> Report:
            nonlocal problem, seldom
            if profile == "deep":
                dived = dive(plan, listen, minutes=minutes, workers=some)
                problem = dived.problem
                return dived.report
            if write_baseline:
                # What is stale is known when all rounds are over: until then every entry is kept.
                keep = partial(_write_baseline, write_baseline, accepted, over=False)
                found = survey(plan, listen, keep=keep, workers=some)
                seldom = found.seldom
                return found.report
            return shared(plan, listen, workers=some)

        listen = each(bar, reporting)
        report = gated(plan, listen, fixed, explore=explore, workers=some)
    if write_baseline:
        entries = _write_baseline(write_baseline, accepted, Surveyed(report, seldom))
        talk(output).print(
            printable(
                f"{write_baseline}: {entries} accepted; replace each {UNEXPLAINED} with a reason"
            ),
            style="bold",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    if problem is not None:
        raise problem
    sys.exit(reporting.exit_code)


def _given(*, strict: bool, kept: Path | None, corpus: Path) -> str:
    """The options of this run that what comes next wants, too."""
    given = " --strict" if strict else ""
    given += f" --baseline {shell.path(kept)}" if kept else ""
    return given + (f" --corpus {shell.path(corpus)}" if corpus != DIRECTORY else "")


def _must_agree(
    *, profile: str, minutes: float | None, writes: bool, explore: Explore | None
) -> None:
    """Raise HarnessError where one option leaves another nothing to do."""
    if minutes is not None and not math.isfinite(minutes):
        raise HarnessError(
            code="option-unusable",
            message=f"--minutes {minutes} is no time that passes",
            next="leave out --minutes to go on until Ctrl-C",
        )
    if profile != "deep" and minutes:
        raise HarnessError(
            code="options-conflict",
            message=f"--minutes works only with --profile deep, not with {profile}",
            next="add --profile deep, or leave out --minutes",
        )
    if profile == "deep" and writes:
        raise HarnessError(
            code="options-conflict",
            message="--write-baseline repeats the run by itself, so it excludes --profile deep",
            next="use --profile ci for larger runs",
        )
    if explore is not None and (profile == "deep" or writes):
        raise HarnessError(
            code="options-conflict",
            message="--explore draws scenarios beside those that are fixed; --profile deep and"
            " --write-baseline draw all of theirs",
            next="leave out --explore",
        )


def _write_baseline(file: Path, before: Baseline, surveyed: Surveyed, *, over: bool = True) -> int:
    """How many entries there are now; ``over``: whether more rounds are to come."""
    from payloadproof.run.baseline import renewed, write

    report, seldom = surveyed
    found = [(one.clause, str(one.fingerprint)) for one in report.findings]
    stale = report.stale if over else ()
    entries = renewed(before.accepted, found, stale=stale, seldom=seldom)
    write(file, entries)
    return len(entries)
