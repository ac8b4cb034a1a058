"""What a contract lists, as scenarios and checks ask for it."""

from __future__ import annotations

from payloadproof.contract import (
    Contract,
    Event,
    Fold,
)

_NO_TEXT = ("bool", "count", "integer", "number", "epoch_ms", "list", "object")


def sendable(contract: Contract) -> dict[str, Event]:
    """The events a program captures directly, those that are always sent first."""
    captured = [(n, e) for n, e in contract.events.items() if e.kind in ("direct", "lifecycle")]
    return dict(sorted(captured, key=lambda one: one[1].sample is not None))


def plainly_sent(contract: Contract) -> dict[str, Event]:
    """The same but for those that only a share sends, where there are any others."""
    captured = sendable(contract)
    return {n: e for n, e in captured.items() if e.sample is None} or captured


def ceilings(contract: Contract) -> dict[str, int]:
    """The events a program captures directly that have a ceiling, by that, the lowest first."""
    found = {n: e.ceiling_per_day for n, e in sendable(contract).items() if e.ceiling_per_day}
    return dict(sorted(found.items(), key=lambda one: one[1]))


def session_fold(contract: Contract) -> Fold | None:
    """How the contract's session rollup is folded, where it has one that can be attributed."""
    folds = [e.fold for e in contract.events.values() if e.grain == "session" and e.fold]
    return next((fold for fold in folds if fold.attribution), None)


def window_fold(contract: Contract) -> Fold | None:
    """How the contract's rollup by window is folded, where it has one."""
    return next((e.fold for e in contract.rollups.values() if e.grain == "window"), None)


def texts(contract: Contract) -> frozenset[str]:
    """The properties whose values are text, for a form of evidence that knows text alone."""
    every = [contract.properties, *(event.own_properties for event in contract.events.values())]
    return frozenset(
        key for some in every for key, prop in some.items() if prop.type not in _NO_TEXT
    )
