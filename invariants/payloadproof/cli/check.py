"""The command line. Exit codes: 0 green, 1 findings or nothing proved, 2 error."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from payloadproof.adapters.connect import REFERENCE
from payloadproof.clauses.clause import clauses
from payloadproof.cli.evidence import audit, diff, record
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
    write_report,
)
from payloadproof.contract import DEFAULT, load
from payloadproof.contract.problem import ContractError
from payloadproof.errors import HarnessError
from payloadproof.recorder.ledger import RecorderBroken, RecorderFull
from payloadproof.version import VERSION

if TYPE_CHECKING:  # what only one command needs is imported by it
    from payloadproof.run.baseline import Baseline
    from payloadproof.run.survey import Surveyed


class _Group(click.Group):
    """Turns what can go wrong into a message and exit code 2; a person never sees a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        from payloadproof.report.terminal import error

        try:
            return super().invoke(ctx)
        except (HarnessError, ContractError, RecorderFull, RecorderBroken) as problem:
            error(problem, ERR)
            ctx.exit(2)
        except KeyboardInterrupt:
            error("interrupted; what was found so far is not a result", ERR)
            ctx.exit(130)


_ADAPTER = click.option(
    "--adapter",
    default=REFERENCE,
    show_default=True,
    help="What to check: direct:package.module:object, or cmd:COMMAND.",
)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="payloadproof")
def main() -> None:
    """Prove what a program's telemetry sends, before it ships."""


main.add_command(audit)
main.add_command(diff)
main.add_command(record)


@main.command()
@_ADAPTER
@CONTRACT
@click.option(
    "--profile",
    type=click.Choice(["quick", "ci", "deep"]),
    default="quick",
    show_default=True,
    help="How many scenarios of each kind: quick 40, ci 200; deep goes on until Ctrl-C.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    help="With --profile deep: stop after so many.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes: by default one for each core, at most 4 but for --profile deep.",
)
@click.option("--only", metavar="ID,...", help="Judge by these clauses alone.")
@STRICT
@click.option(
    "--allow-unsupported",
    metavar="ID,...",
    help="MUST clauses that the adapter need not be able to be judged by.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Findings that are accepted, in TOML.",
)
@click.option(
    "--write-baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Run until nothing new is found, and write a baseline of it; nothing is made small.",
)
@REPORT
@click.option("--seed", type=int, help="Make the same scenarios as the run that printed it.")
@SHOW_SECRETS
def check(
    *,
    adapter: str,
    contract: str,
    profile: str,
    minutes: float | None,
    workers: int | None,
    only: str | None,
    strict: bool,
    allow_unsupported: str | None,
    baseline: Path | None,
    write_baseline: Path | None,
    reports: Sequence[str],
    seed: int,
    show_secrets: bool,
) -> None:
    """Run an implementation through generated scenarios and judge what it sends."""
    from payloadproof.report.progress import Bar
    from payloadproof.run.baseline import UNEXPLAINED, Baseline, read
    from payloadproof.run.conformance import planned
    from payloadproof.run.deep import dive
    from payloadproof.run.survey import Surveyed, survey
    from payloadproof.run.together import check_together
    from payloadproof.run.workers import MOST, cores

    if profile != "deep" and minutes:
        raise HarnessError(
            code="options-conflict",
            message=f"--minutes is for --profile deep, not {profile}",
            next="add --profile deep, or leave it out",
        )
    if profile == "deep" and write_baseline:
        raise HarnessError(
            code="options-conflict",
            message="--write-baseline makes rounds of its own: not with --profile deep",
            next="--profile ci makes them larger",
        )
    some = workers or (cores() if profile == "deep" else min(MOST, cores()))
    files = report_files(reports)
    if show_secrets and (baseline or write_baseline):
        raise HarnessError(
            code="options-conflict",
            message="a baseline describes masked findings: not with --show-secrets",
            next="leave out one of them",
        )
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
    )
    # The stream of this moment: while a run goes on, sys.stdout is the implementation's.
    with shown(unmasked=show_secrets), Bar(Console(file=sys.stdout)) as bar:
        if profile == "deep":
            report, problem = dive(plan, bar, minutes=minutes, workers=some)
        elif write_baseline:
            # What is stale is known when all rounds are over: until then every entry is kept.
            keep = partial(_write_baseline, write_baseline, accepted, over=False)
            (report, seldom), problem = survey(plan, bar, keep=keep, workers=some), None
        else:
            report, problem = check_together(plan, bar, workers=some), None
    given = " --strict" if strict else ""
    kept = write_baseline or baseline
    given += f" --baseline {shlex.quote(str(kept))}" if kept else ""
    code = write_report(report, files, given=given)
    if write_baseline:
        entries = _write_baseline(write_baseline, accepted, Surveyed(report, seldom))
        OUT.print(
            f"{write_baseline}: {entries} accepted; give each {UNEXPLAINED} its reason",
            style="bold",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    if problem is not None:
        raise problem
    sys.exit(code)


@main.command()
@_ADAPTER
@CONTRACT
def smoke(adapter: str, contract: str) -> None:
    """Two scenarios in two seconds: does anything arrive, and does off mean off?"""
    from payloadproof.report.terminal import smoked
    from payloadproof.run.check import smoke as run
    from payloadproof.run.conformance import planned

    plan = planned(adapter, contract)
    sys.exit(smoked(run(plan), plan, OUT))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--adapter", help="Another implementation than the one it was found in.")
@click.option("--contract", help="Another contract than the one it was found with.")
@SHOW_SECRETS
def replay(file: Path, *, adapter: str | None, contract: str | None, show_secrets: bool) -> None:
    """Run a saved failing scenario again: FIXED or FAILED."""
    from payloadproof.report.terminal import UNMASKED_BANNER, replayed
    from payloadproof.run.conformance import planned
    from payloadproof.run.replay import replay as run
    from payloadproof.scenario.store import load as load_saved

    saved = load_saved(file)
    plan = planned(adapter or saved.adapter, contract or saved.contract, only=saved.clause)
    with shown(unmasked=show_secrets):
        result = run(plan, saved)
    if show_secrets:
        OUT.print(UNMASKED_BANNER, style="bold red", soft_wrap=True)
    sys.exit(replayed(result, saved, OUT))


@main.command("clauses")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_clauses(*, as_json: bool) -> None:
    """What is promised: every clause with its level, sentence, source and control."""
    import msgspec

    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(clauses()), indent=2))
        return
    for name, clause in clauses().items():
        OUT.print(f"[bold]{name}[/] {clause.level}  {clause.text}", highlight=False)
        OUT.print(f"    source: {clause.source}\n    control: {clause.control}", style="dim")


@main.command("schema")
@click.argument("name", required=False)
def print_schema(name: str | None) -> None:
    """JSON Schema of the protocol's messages, of scenarios and of reports."""
    from payloadproof.schema import schema

    click.echo(json.dumps(schema(name), indent=2))


@main.command("contract")
@click.argument("source", default=DEFAULT)
def print_contract(source: str) -> None:
    """Check a contract and print what it lets a program collect."""
    from payloadproof.report.inventory import inventory

    inventory(load(source), OUT)


def _write_baseline(file: Path, before: Baseline, surveyed: Surveyed, *, over: bool = True) -> int:
    """How many entries there are now; ``over``: whether more rounds are to come."""
    from payloadproof.run.baseline import renewed, write

    report, seldom = surveyed
    found = [(one.clause, str(one.fingerprint)) for one in report.findings]
    stale = report.stale if over else ()
    entries = renewed(before.accepted, found, stale=stale, seldom=seldom)
    write(file, entries)
    return len(entries)
