"""The sessions of a scenario, from first record to end, and which rollup is whose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from payloadproof.clauses.beats import shutdown_in
from payloadproof.clauses.bound.arithmetic import Occurrence
from payloadproof.clauses.once import once
from payloadproof.clauses.timeline import moments
from payloadproof.contract import Fold
from payloadproof.evidence.fields import properties_of
from payloadproof.evidence.history import History, Sent
from payloadproof.scenario import steps as do


class Life(NamedTuple):
    """A session from its first record to its end.

    ``steps``: the step of each record; ``until``: the step that ended it, or the first shutdown.
    """

    session: int
    marker: str  # the value that its attribution property carries on the wire
    records: tuple[Occurrence, ...]
    ended: bool
    steps: tuple[int, ...]
    until: int


def lives(history: History, fold: Fold) -> list[Life]:
    """Every session of the scenario, in the order of their ends."""
    assert fold.attribution
    carrier = str(fold.properties[fold.attribution].of)
    alone = alone_in(history, fold)
    open_: dict[int, list[tuple[int, Occurrence]]] = {}
    found: list[Life] = []

    def close(session: int, until: int, *, ended: bool) -> None:
        if entries := open_.pop(session, []):
            steps, records = zip(*entries, strict=True)
            marker = alone or str(records[0].get(carrier))
            found.append(Life(session, marker, records, ended, steps, until))

    until = shutdown_in(history)
    for index, step in enumerate(history.steps[:until]):
        if isinstance(step, do.Record) and step.event == fold.occurrence:
            # What says of no session whose it is opens none.
            if step.session is not None:
                entries = open_.setdefault(step.session, [])
                entries += [(index, step.properties)] * step.times
        elif isinstance(step, do.EndSession):
            close(step.session, index, ended=True)
    for session in list(open_):
        close(session, until, ended=False)
    return found


def undisturbed(history: History) -> bool:
    """Consent on throughout, and all of it delivered."""
    return history.delivered and consenting(history)


def reopened(history: History) -> bool:
    """Consent back for good before anything was recorded, and all of it delivered."""
    timeline = moments(history)
    recorded = [i for i, step in enumerate(history.steps) if isinstance(step, do.Record)]
    if not recorded or not history.delivered:
        return False
    rest = timeline[recorded[0] + 1 :]
    return all(one.decision == "on" and one.settled for one in rest)


def consenting(history: History) -> bool:
    """Consent on throughout."""
    return {moment.decision for moment in moments(history)} == {"on"}


def countable(history: History) -> bool:
    """Tame input, calls that returned, and records that are all steps of their own."""
    apart = any(isinstance(step, do.Crowd) for step in history.steps)
    return not (history.hostile or apart) and all(call.kind == "ok" for call in history.calls)


def session_rollups(history: History) -> Iterator[tuple[str, Fold, list[Life]]]:
    """Each rollup by session that can be attributed, and the sessions of the scenario."""
    for name, event in history.contract.rollups.items():
        fold = event.fold
        if event.grain == "session" and fold is not None and attributable(history, fold):
            yield name, fold, lives(history, fold)


def attributable(history: History, fold: Fold) -> bool:
    """Whether each record carries the value that tells whose a rollup is, or none has to."""
    if fold.attribution is None:
        return False
    carrier = fold.properties[fold.attribution].of
    records = _records(history, fold.occurrence)
    sound = all(isinstance(step.properties, dict) for step in records)
    told = sound and all(carrier in step.properties for step in records)
    return told or (sound and bool(alone_in(history, fold)))


def _records(history: History, occurrence: str) -> list[do.Record]:
    steps = (step for step in history.steps if isinstance(step, do.Record))
    return [step for step in steps if step.event == occurrence]


@once
def _alone(history: History, occurrence: str, carrier: str) -> str:
    records = _records(history, occurrence)
    said = {str(step.properties.get(carrier)) for step in records}
    sessions = {step.session for step in records}
    return " or ".join(sorted(said)) if len(sessions) == 1 and len(said) > 1 else ""


def alone_in(history: History, fold: Fold) -> str:
    """The marker of the only session, where its records do not all carry one; else empty.

    Whose a rollup is needs no telling then, and what its records carry may differ, or be left out:
    only so can the most frequent value be judged, which otherwise is the marker.
    """
    return _alone(history, fold.occurrence, str(fold.properties[str(fold.attribution)].of))


def carrying(history: History, name: str, fold: Fold, marker: str) -> list[Sent]:
    """The rollups that carry a session's marker."""
    if alone_in(history, fold):
        return list(history.named(name))
    key = str(fold.attribution)
    return [sent for sent in history.named(name) if properties_of(sent).get(key) == marker]
