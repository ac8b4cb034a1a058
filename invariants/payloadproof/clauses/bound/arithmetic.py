"""What rollups of these records hold: counts, sums and means, by the contract's folds."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from payloadproof.clauses.beats import total
from payloadproof.contract import Contract, Fold
from payloadproof.contract.values import misfit

Occurrence = dict[str, Any]


def predicted(contract: Contract, fold: Fold, records: Iterable[Occurrence]) -> dict[str, float]:
    """The counts and sums that a rollup of ``records`` has.

    What does not fit its property counts as absent: a number as text, or one out of its bounds.
    """
    kept = [valid(contract, record) for record in records]
    result: dict[str, float] = {}
    for key, tally in fold.properties.items():
        values = [record[tally.of] for record in kept if tally.of in record]
        if tally.op == "sum":
            result[key] = total(values)
        elif tally.op == "count" and tally.of is None:
            result[key] = len(kept)
        elif tally.op == "count":
            result[key] = values.count(tally.equals)
    return result


def averages(contract: Contract, fold: Fold, records: Iterable[Occurrence]) -> dict[str, float]:
    """The means, over the records that carry the value; 0 without any."""
    kept = [valid(contract, record) for record in records]
    found: dict[str, float] = {}
    for key, tally in fold.properties.items():
        if tally.op == "mean":
            values = [record[tally.of] for record in kept if tally.of in record]
            found[key] = total(values) / len(values) if values else 0.0
    return found


#: The greatest whole number that every reader of JSON takes exactly (RFC 8259, section 6).
_EXACT = 2**53 - 1
_WHOLE = ("count", "integer")


def tellable(contract: Contract, key: str, figure: float) -> bool:
    """Whether ``key`` may hold such a figure: a sum can grow beyond what a number says exactly.

    Or beyond what its own property allows. A rollup that leaves it out is right, then.
    """
    if not math.isfinite(figure):
        return False
    shape = contract.properties[key]
    if shape.type in _WHOLE and abs(figure) > _EXACT:
        return False
    return misfit(shape, figure, string_max_chars=contract.limits.string_max_chars) is None


def valid(contract: Contract, record: Occurrence) -> Occurrence:
    """Of a record what fits its property."""
    longest = contract.limits.string_max_chars
    return {
        key: value
        for key, value in record.items()
        if key in contract.properties
        and misfit(contract.properties[key], value, string_max_chars=longest) is None
    }
