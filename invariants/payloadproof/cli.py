"""The command line. Exit codes: 0 green, 1 findings or nothing proved, 2 error."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from rich.console import Console

from payloadproof.adapters.connect import REFERENCE, connector
from payloadproof.clauses import clauses, selected
from payloadproof.contract import DEFAULT, load, shipped
from payloadproof.contract_error import ContractError
from payloadproof.errors import HarnessError
from payloadproof.recorder.ledger import RecorderBroken, RecorderFull
from payloadproof.version import VERSION

if TYPE_CHECKING:  # what only one command needs is imported by it
    from payloadproof.check import Plan
    from payloadproof.report.model import Report

HOME = Path(".payloadproof")
OUT = Console()
ERR = Console(stderr=True)


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
_CONTRACT = click.option(
    "--contract",
    default=DEFAULT,
    show_default=True,
    help="What it may collect: the name of a shipped contract, or a TOML file.",
)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="payloadproof")
def main() -> None:
    """Prove what a program's telemetry sends, before it ships."""


@main.command()
@_ADAPTER
@_CONTRACT
@click.option(
    "--profile",
    type=click.Choice(["quick", "ci", "deep"]),
    default="quick",
    show_default=True,
    help="How many scenarios: quick under a minute, ci under five, deep for a night.",
)
@click.option("--only", metavar="ID,...", help="Judge by these clauses alone.")
@click.option("--report", "reports", metavar="json=FILE", multiple=True, help="Also write this.")
@click.option("--seed", type=int, help="Make the same scenarios as the run that printed it.")
def check(
    *,
    adapter: str,
    contract: str,
    profile: str,
    only: str | None,
    reports: Sequence[str],
    seed: int,
) -> None:
    """Run an implementation through generated scenarios and judge what it sends."""
    from payloadproof.check import check as run
    from payloadproof.report.progress import Bar

    files = [_report_file(report) for report in reports]
    plan = _plan(adapter, contract, only=only, profile=profile, seed=seed)
    with Bar(OUT) as bar:
        report = run(plan, bar)
    _finish(report, files)


@main.command()
@_ADAPTER
@_CONTRACT
def smoke(adapter: str, contract: str) -> None:
    """Two scenarios in two seconds: does anything arrive, and does off mean off?"""
    from payloadproof.check import smoke as run
    from payloadproof.report.terminal import smoked

    plan = _plan(adapter, contract)
    sys.exit(smoked(run(plan), plan, OUT))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--adapter", help="Another implementation than the one it was found in.")
@click.option("--contract", help="Another contract than the one it was found with.")
def replay(file: Path, adapter: str | None, contract: str | None) -> None:
    """Run a saved failing scenario again: FIXED or FAILED."""
    from payloadproof.check import replay as run
    from payloadproof.report.terminal import replayed
    from payloadproof.scenario.store import load as load_saved

    saved = load_saved(file)
    plan = _plan(adapter or saved.adapter, contract or saved.contract, only=saved.clause)
    sys.exit(replayed(run(plan, saved), saved, OUT))


@main.command()
@click.option(
    "--out", type=click.Path(path_type=Path), default="recording.jsonl", show_default=True
)
@_CONTRACT
def record(out: Path, contract: str) -> None:
    """Record what a program sends to a fake PostHog on loopback, until Ctrl-C."""
    from payloadproof.record import record as run

    run(out, load(contract).variables, OUT)
    line = f"next: payloadproof audit {shlex.quote(str(out))}"
    OUT.print(line, style="bold", highlight=False, markup=False, soft_wrap=True)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@_CONTRACT
@click.option("--report", "reports", metavar="json=FILE", multiple=True, help="Also write this.")
def audit(file: Path, contract: str, reports: Sequence[str]) -> None:
    """Judge a recording by what it holds."""
    from payloadproof.audit import audit as run
    from payloadproof.recording import read

    files = [_report_file(report) for report in reports]
    loaded = load(contract)
    recording = read(file)
    report = run(recording, str(file), loaded, contract)
    code = _write(report, files)
    if recording.flaw is not None:
        raise recording.flaw
    sys.exit(code)


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


def _plan(
    adapter: str,
    contract: str,
    *,
    only: str | None = None,
    profile: str = "quick",
    seed: int | None = None,
) -> Plan:
    from payloadproof.check import Plan

    wanted = selected(only)
    loaded = load(contract)
    return Plan(
        contract=loaded,
        contract_name=contract if contract in shipped() else str(Path(contract)),
        connector=connector(adapter, without=loaded.variable_names),
        clauses=wanted,
        profile=profile,
        seed=seed,
        home=HOME,
    )


def _report_file(report: str) -> Path:
    """The file of ``json=FILE``, writable: known before a run of minutes, not after it."""
    kind, equals, name = report.partition("=")
    if kind != "json" or not equals or not name:
        _unusable(report, "it is not json=FILE", "--report json=report.json")
    path = Path(name)
    try:
        with path.open("ab"):
            pass
    except OSError as error:
        _unusable(report, f"{path} cannot be written: {error.strerror}", "name another file")
    return path


def _unusable(report: str, why: str, instead: str) -> NoReturn:
    raise HarnessError(code="report-unusable", message=f"--report {report}: {why}", next=instead)


def _finish(report: Report, files: Sequence[Path]) -> NoReturn:
    sys.exit(_write(report, files))


def _write(report: Report, files: Sequence[Path]) -> int:
    import msgspec

    from payloadproof.report.terminal import render

    for file in files:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    render(report, OUT)
    return report.exit_code
