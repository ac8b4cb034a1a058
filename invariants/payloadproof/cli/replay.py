"""``payloadproof replay``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from payloadproof.adapters.connect import REFERENCE
from payloadproof.cli.given import Command, File, Source
from payloadproof.cli.shared import FORMAT, OUT, SHOW_SECRETS, Format, answer, shown, talk
from payloadproof.errors import HarnessError

KEPT = Path(".payloadproof")  # what was found here is kept below it


@click.command(cls=Command)
@click.argument("file", type=File(reading=True))
@click.option("--adapter", help="Use this adapter instead of the saved one.")
@click.option("--contract", type=Source(), help="Use this contract instead of the saved one.")
@click.option(
    "--trust",
    is_flag=True,
    help="Run the command that the file names, wherever the file comes from.",
)
@FORMAT
@SHOW_SECRETS
def replay(
    file: Path,
    *,
    adapter: str | None,
    contract: str | None,
    trust: bool,
    output: Format,
    show_secrets: bool,
) -> None:
    """Run a saved failing scenario again, and say FIXED, UNSTEADY or FAILED.

    FILE names an adapter, which is a command that will be run. If FILE is not in .payloadproof of
    this directory, it needs --adapter or --trust.
    """
    from payloadproof.report.answers import replay_answer
    from payloadproof.report.terminal import UNMASKED_BANNER, replayed
    from payloadproof.run.planning import planned
    from payloadproof.run.replay import replay as run
    from payloadproof.scenario.store import load as load_saved

    saved = load_saved(file)
    if adapter is None and not trust and not _is_ours(file, saved.adapter):
        raise HarnessError(
            code="replay-untrusted",
            message=f"{file} would run {saved.adapter!a}, but was not saved here",
            causes=("it is outside .payloadproof, where payloadproof check saves scenarios",),
            next="look at that command first, then use --trust, or --adapter with your own",
        )
    said = talk(output)
    asked = saved.adapter if adapter is None else adapter
    said.print(f"adapter: {asked!a}", style="dim", highlight=False, markup=False)
    plan = planned(asked, contract or saved.contract, only=saved.clause)
    with shown(unmasked=show_secrets):
        result = run(plan, saved)
    if show_secrets:
        said.print(UNMASKED_BANNER, style="bold red", soft_wrap=True)
    if output == "json":
        told = replay_answer(result, saved)
        answer(told)
        sys.exit(told.exit_code)
    sys.exit(replayed(result, saved, OUT))


def _is_ours(file: Path, adapter: str) -> bool:
    """Whether the file was saved here, links followed; what it names may be the reference too."""
    return adapter == REFERENCE or file.resolve().is_relative_to(KEPT.resolve())
