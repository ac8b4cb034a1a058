"""How much redaction catches, by kind, as a picture: drawn from the table that a person reads."""

from __future__ import annotations

import re
from pathlib import Path

from pages import bars

TABLE = Path(__file__).parents[1] / "telemetry.md"
_HEAD = "| | tuned on | other wordings |"
_ROW = re.compile(r"\| ([^|]+) \| ([\d.]+) % \| ([\d.]+) % \|")


def rows() -> list[tuple[str, str, str]]:
    """Kind of text, and the shares that were held, in percent as they are written, in both splits.

    Raises:
        ValueError: the page has no such table.
    """
    _, found, rest = TABLE.read_text(encoding="utf-8").partition(_HEAD)
    if not found:
        raise ValueError(f"{TABLE.name} has no table that begins with {_HEAD}")
    lines = rest.partition("\n\n")[0].splitlines()[2:]
    return [(row[1], row[2], row[3]) for line in lines if (row := _ROW.fullmatch(line.strip()))]


def picture(made: str) -> str:
    """The SVG; ``made``: the comment that says how it is made."""
    return bars.picture(
        "How much of each kind of text redaction held, in percent",
        ("tuned on", "other wordings"),
        [
            bars.Row(name, [bars.Bar(float(share) / 100, share) for share in shares])
            for name, *shares in rows()
        ],
        bars.Room(names=370, figures=60),
        made,
    )
