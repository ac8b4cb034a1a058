"""``payloadproof bill``."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from payloadproof.cli.given import Command, File
from payloadproof.cli.shared import FORMAT, OUT, Format, answer, must_be_writable, talk, write
from payloadproof.evidence.forms import FORMS, Form

_MOST_INSTALLS = 1_000_000_000
_MOST_DAYS = 3_660.0


def _finite(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    """Click lets nan pass any range."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is no number to reckon with")
    return value


@click.command(cls=Command)
@click.argument("files", nargs=-1, required=True, type=File(reading=True))
@click.option(
    "--installs",
    type=click.IntRange(1, _MOST_INSTALLS),
    required=True,
    metavar="N",
    help="For how many installs.",
)
@click.option(
    "--days",
    type=click.FloatRange(0, _MOST_DAYS, min_open=True),
    callback=_finite,
    metavar="D",
    help="How many days FILES cover: by default those from their first event to their last.",
)
@click.option(
    "--limit",
    type=click.FloatRange(min=0),
    callback=_finite,
    metavar="DOLLARS",
    help="Exit with 1 where the likely month costs more.",
)
@click.option(
    "--tariff",
    "prices",
    type=File(reading=True),
    metavar="FILE",
    help="Prices of your own, as TOML.",
)
@click.option(
    "--form",
    type=click.Choice(FORMS),
    help="What FILES are, where they look like something else.",
)
@click.option("--out", type=File(), metavar="FILE", help="Also write it as JSON.")
@FORMAT
def bill(
    files: Sequence[Path],
    *,
    installs: int,
    days: float | None,
    limit: float | None,
    prices: Path | None,
    form: Form | None,
    out: Path | None,
    output: Format,
) -> None:
    """Project what PostHog would bill in a month.

    FILES are what payloadproof audit reads: recordings, exports, bodies. What PostHog would keep of
    them is counted as its usage report counts, taken for what each install does, and priced by a
    dated table. The figures are a model: docs/bill.md says what they rest on.
    """
    import msgspec

    from payloadproof.audit.audit import flawed
    from payloadproof.billing.meter import Meter
    from payloadproof.billing.projection import project
    from payloadproof.billing.tariff import tariff
    from payloadproof.evidence.files import Flaw, read
    from payloadproof.evidence.forms import files_in
    from payloadproof.recorder.ledger import Request
    from payloadproof.report.billed import dollars, render

    table = tariff(prices)
    if out:
        must_be_writable(out, f"--out {out}")
    meter = Meter()
    flaws: list[tuple[str, Flaw]] = []
    for file in files_in(files):
        evidence = read(file, form)
        for piece in evidence.pieces:
            if isinstance(piece, Request):
                meter.add((piece,))
            else:
                flaws.append((str(evidence.path), piece))
    projected = project(meter, table, installs=installs, days=days)
    if out:
        write(out, msgspec.json.format(msgspec.json.encode(projected)) + b"\n", f"--out {out}")
    if output == "json":
        answer(projected)
    else:
        render(projected, OUT)
    likely = projected.total.likely
    over = limit is not None and likely > limit
    if limit is not None:
        said = "over" if over else "within"
        line = f"{said} the limit of {dollars(limit)}: {dollars(likely)} a month"
        talk(output).print(line, style="bold", highlight=False, markup=False, soft_wrap=True)
    if flaws:
        raise flawed(flaws)
    sys.exit(int(over))
