"""A picture of shares: rows with a bar for each of a few series, for a reader's light or dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

_PITCH, _GAP, _HIGH, _TOP, _WIDE = 14, 12, 12, 44, 360
_LEGEND = 130
_COLOURS: Final = (
    ("#3867d6", "#5b83e0"),
    ("#d9822b", "#d9822b"),
    ("#2a9d6f", "#35b381"),
    ("#a04bb8", "#b977cd"),
)
_STYLE = """
text { font: 13px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1b1f24; }
.back { fill: #fff; } .track { fill: #eef1f4; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e9ec; } .back { fill: #1d2126; } .track { fill: #282e35; }
}
"""


class Bar(NamedTuple):
    """``share``: from 0 to 1; ``figure``: what stands at its end."""

    share: float
    figure: str


class Row(NamedTuple):
    """A bar for each series, or None where there is nothing to show."""

    name: str
    bars: Sequence[Bar | None]


class Room(NamedTuple):
    """How much is left for the names, and for the figures, in pixels."""

    names: int
    figures: int


def picture(title: str, series: Sequence[str], rows: Sequence[Row], room: Room, made: str) -> str:
    """The SVG; ``made``: the comment that says how it is made.

    Raises:
        ValueError: more series than there are colours.
    """
    if len(series) > len(_COLOURS):
        raise ValueError(f"{len(series)} series, and colours for {len(_COLOURS)}")
    return "\n".join(_parts(title, series, rows, room, made)) + "\n"


def _parts(
    title: str, series: Sequence[str], rows: Sequence[Row], room: Room, made: str
) -> Iterator[str]:
    width = room.names + _WIDE + room.figures
    height = _TOP + sum(map(_high, rows))
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" role="img">'
    )
    yield made.strip()
    yield f"<title>{escape(title)}</title>"
    yield f"<style>{_STYLE}{''.join(_coloured())}</style>"
    yield f'<rect class="back" width="{width}" height="{height}" rx="6"/>'
    for at, name in enumerate(series):
        x = room.names + _LEGEND * at
        yield f'<rect class="s{at}" x="{x}" y="14" width="14" height="14" rx="2"/>'
        yield f'<text x="{x + 20}" y="26">{escape(name)}</text>'
    y = _TOP
    for row in rows:
        shown = [(at, bar) for at, bar in enumerate(row.bars) if bar]
        middle = y + _PITCH * len(shown) // 2 + 5
        yield f'<text x="12" y="{middle}">{escape(row.name)}</text>'
        for down, (at, bar) in enumerate(shown):
            yield from _bar(bar, at, room.names, y + _PITCH * down)
        y += _high(row)
    yield "</svg>"


def _high(row: Row) -> int:
    return _PITCH * sum(bar is not None for bar in row.bars) + _GAP


def _bar(bar: Bar, at: int, x: int, y: int) -> Iterator[str]:
    box = f'x="{x}" y="{y}" height="{_HIGH}" rx="2"'
    yield f'<rect class="track" {box} width="{_WIDE}"/>'
    yield f'<rect class="s{at}" {box} width="{_WIDE * bar.share:.1f}"/>'
    yield f'<text x="{x + _WIDE + 8}" y="{y + 11}">{escape(bar.figure)}</text>'


def _coloured() -> Iterator[str]:
    for at, (light, dark) in enumerate(_COLOURS):
        yield f".s{at} {{ fill: {light}; }}\n"
        if dark != light:
            yield f"@media (prefers-color-scheme: dark) {{ .s{at} {{ fill: {dark}; }} }}\n"
