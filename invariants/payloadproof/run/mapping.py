"""The map of roads and promises that a run has walked, cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from payloadproof.clauses.promises import CANNOT, PROMISES, Cell, clauses_of, lacking
from payloadproof.clauses.roads import ROADS
from payloadproof.generate.ground import Ground
from payloadproof.outcome.mapped import MapCell, Tried

_NO_ROAD = "the product, the adapter or this run has no such road"


def mapped(
    ground: Ground, judged: Collection[str], controls: Mapping[Cell, int]
) -> tuple[MapCell, ...]:
    """Every cell. ``judged``: the clauses that the run judges; ``controls``: by cell."""
    absent = lacking(ground.contract, ground.surroundings, ground.capabilities.errors)
    return tuple(_cells(absent, judged, controls))


def _cells(
    absent: Collection[str], judged: Collection[str], controls: Mapping[Cell, int]
) -> Iterator[MapCell]:
    for road in ROADS:
        for promise in PROMISES:
            seeing = clauses_of(road, promise)
            fired = controls.get((road, promise), 0)
            state: Tried = "judged" if fired else "vacuous"
            reason = CANNOT.get((road, promise))
            if reason:
                state = "cannot_be"
            elif road in absent:
                state, reason = "not_applicable", _NO_ROAD
            elif not {*seeing} & {*judged}:
                state, reason = "not_run", "none of its clauses was judged"
            yield MapCell(
                road=road,
                promise=promise,
                state=state,
                controls=fired if state == "judged" else 0,
                clauses=seeing,
                reason=reason,
            )


def added(one: Iterable[MapCell], other: Iterable[MapCell]) -> tuple[MapCell, ...]:
    """The maps of two runs of one plan as one."""
    controls: Counter[Cell] = Counter()
    kept: dict[Cell, MapCell] = {}
    for cell in (*one, *other):
        key = cell.road, cell.promise
        controls[key] += cell.controls
        if key not in kept or kept[key].state == "vacuous":
            kept[key] = cell
    return tuple(
        msgspec.structs.replace(cell, controls=controls[key]) for key, cell in kept.items()
    )
