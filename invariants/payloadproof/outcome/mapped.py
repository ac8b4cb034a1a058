"""The map of roads and promises, as a report holds it."""

from __future__ import annotations

from typing import Literal

import msgspec

Tried = Literal["judged", "vacuous", "cannot_be", "not_applicable", "not_run"]


class MapCell(msgspec.Struct, frozen=True, kw_only=True):
    """One promise on one road by which something reaches the wire.

    ``controls``: the scenarios that had what it takes to break it there, and were judged;
    ``clauses``: that see it broken there; ``state``: ``vacuous`` where no scenario came by,
    ``cannot_be`` where the road does not know the promise, ``not_applicable`` where the product,
    the adapter or the run has no such road, ``not_run`` where none of the clauses was judged;
    ``reason``: of the last three.
    """

    road: str
    promise: str
    state: Tried
    controls: int
    clauses: tuple[str, ...]
    reason: str | None = None
