"""How much redaction catches, by kind, as a picture: drawn from the table that a person reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

TABLE = Path(__file__).parents[1] / "telemetry.md"
_HEAD = "| | tuned on | other wordings |"
_ROW = re.compile(r"\| ([^|]+) \| ([\d.]+) % \| ([\d.]+) % \|")
_PITCH, _TOP, _LEFT, _WIDE, _RIGHT = 40, 44, 370, 360, 60
_STYLE = """
text { font: 13px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1b1f24; }
.back { fill: #fff; } .tuned { fill: #3867d6; } .other { fill: #d9822b; } .track { fill: #eef1f4; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e9ec; } .back { fill: #1d2126; } .track { fill: #282e35; }
  .tuned { fill: #5b83e0; }
}
"""


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


def picture(source: str) -> str:
    """The SVG; ``source``: the comment that says how it is made."""
    return "\n".join(_parts(source)) + "\n"


def _parts(source: str) -> Iterator[str]:
    every = rows()
    width, height = _LEFT + _WIDE + _RIGHT, _TOP + _PITCH * len(every)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" role="img">'
    )
    yield source.strip()
    yield "<title>How much of each kind of text redaction held, in percent</title>"
    yield f"<style>{_STYLE}</style>"
    yield f'<rect class="back" width="{width}" height="{height}" rx="6"/>'
    for at, (kind, words) in enumerate((("tuned", "tuned on"), ("other", "other wordings"))):
        x = _LEFT + 130 * at
        yield f'<rect class="{kind}" x="{x}" y="14" width="14" height="14" rx="2"/>'
        yield f'<text x="{x + 20}" y="26">{words}</text>'
    for number, (name, tuned, other) in enumerate(every):
        y = _TOP + _PITCH * number
        yield f'<text x="12" y="{y + 19}">{escape(name)}</text>'
        for kind, share, top in (("tuned", tuned, y), ("other", other, y + 14)):
            yield f'<rect class="track" x="{_LEFT}" y="{top}" width="{_WIDE}" height="12" rx="2"/>'
            long = f'width="{_WIDE * float(share) / 100:.1f}" height="12" rx="2"'
            yield f'<rect class="{kind}" x="{_LEFT}" y="{top}" {long}/>'
            yield f'<text x="{_LEFT + _WIDE + 8}" y="{top + 11}">{share}</text>'
    yield "</svg>"
