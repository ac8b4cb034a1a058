"""The map of roads and promises, as a table of a screen's width.

Rule 1: a hole is seen at once, and no sign stands for two things: what each means stands below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.text import Text

from payloadproof.outcome.mapped import MapCell, Tried

_WIDE = 9
_SIGNS: dict[Tried, tuple[str, str, str]] = {
    "vacuous": ("○", "bold yellow", "no scenario came by: this is not a pass"),
    "cannot_be": ("·", "dim", "cannot be"),
    "not_applicable": ("", "dim", "no such road here"),
    "not_run": ("-", "dim", "not judged in this run"),
}


def table(cells: Sequence[MapCell]) -> Iterator[Text]:
    """A row for each road, a column for each promise: how many scenarios tried it there."""
    if not cells:
        return
    promises = promises_of(cells)
    wide = max(len(cell.road) for cell in cells)
    yield Text("\nRoads and promises: scenarios that tried each promise on each road", style="bold")
    heads = "".join(f"  {short(promise):>{_WIDE}}" for promise in promises)
    yield Text(f"   {'road':<{wide}}{heads}", style="bold")
    for road, row in rows(cells):
        line = Text(f"   {road:<{wide}}")
        for cell in row:
            sign, style = signed(cell)
            line.append(f"  {sign:>{_WIDE}}", style=style)
        line.rstrip()
        yield line
    yield Text(f"   {said(cells)}", style="dim")


def promises_of(cells: Sequence[MapCell]) -> list[str]:
    """The columns."""
    return list(dict.fromkeys(cell.promise for cell in cells))


def rows(cells: Sequence[MapCell]) -> Iterator[tuple[str, list[MapCell]]]:
    """A row for each road that there is, a cell for each promise."""
    by_road: dict[str, list[MapCell]] = {}
    for cell in cells:
        by_road.setdefault(cell.road, []).append(cell)
    for road, row in by_road.items():
        if any(cell.state not in ("not_applicable", "cannot_be") for cell in row):
            yield road, row


def signed(cell: MapCell) -> tuple[str, str]:
    """What stands in a cell, and its style."""
    sign, style, _ = _SIGNS.get(cell.state, (f"{cell.controls:,}", "", ""))
    return sign, style


def short(promise: str) -> str:
    """The first word of it: a column is narrow."""
    return promise.partition(" ")[0]


def said(cells: Sequence[MapCell]) -> str:
    """How many cells there are of each kind, and what the signs mean."""
    counts = Counter(cell.state for cell in cells)
    told = [f"{len(cells)} cells: {counts['judged']} tried"]
    told += [
        f"{counts[state]} {said} ({sign})" if sign else f"{counts[state]} {said}"
        for state, (sign, _, said) in _SIGNS.items()
        if counts[state]
    ]
    return ", ".join(told)
