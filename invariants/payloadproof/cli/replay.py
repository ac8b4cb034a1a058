"""``payloadproof replay``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from payloadproof.cli.shared import (
    OUT,
    SHOW_SECRETS,
    shown,
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--adapter", help="Another implementation than the one it was found in.")
@click.option("--contract", help="Another contract than the one it was found with.")
@SHOW_SECRETS
def replay(file: Path, *, adapter: str | None, contract: str | None, show_secrets: bool) -> None:
    """Run a saved failing scenario again: FIXED or FAILED."""
    from payloadproof.report.terminal import UNMASKED_BANNER, replayed
    from payloadproof.run.planning import planned
    from payloadproof.run.replay import replay as run
    from payloadproof.scenario.store import load as load_saved

    saved = load_saved(file)
    plan = planned(adapter or saved.adapter, contract or saved.contract, only=saved.clause)
    with shown(unmasked=show_secrets):
        result = run(plan, saved)
    if show_secrets:
        OUT.print(UNMASKED_BANNER, style="bold red", soft_wrap=True)
    sys.exit(replayed(result, saved, OUT))
