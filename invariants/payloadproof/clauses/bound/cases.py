"""Every value that is no number, in every number that is summed or averaged."""

from __future__ import annotations

from collections.abc import Iterator

from payloadproof.contract import catalogue
from payloadproof.generate import payloads
from payloadproof.generate.ground import SESSION, Ground
from payloadproof.scenario import steps as do


def various_labels(ground: Ground) -> Iterator[do.Scenario]:
    """One session whose records say different things where others say whose they are."""
    fold = catalogue.session_fold(ground.contract)
    if fold is None:
        return
    label = str(fold.properties[str(fold.attribution)].of)
    for said in ("abb", "bab", "bba", "aabbb", "abcabcc", "baaab"):
        steps: list[do.AnyStep] = [
            do.Record(
                event=fold.occurrence, session=SESSION, properties={label: f"observer-{letter}"}
            )
            for letter in said
        ]
        for end in ([do.EndSession(session=SESSION)], []):
            yield ground.scenario([*steps, *end, do.Flush(), do.Shutdown()])


def full_sessions(ground: Ground) -> Iterator[do.Scenario]:
    """One more record than a sweep waits for, and no sweep: nothing but the end is due."""
    fold = catalogue.session_fold(ground.contract)
    most = ground.contract.limits.safety_max_records
    if fold is None or most is None:
        return
    label = str(fold.properties[str(fold.attribution)].of)
    record = do.Record(
        event=fold.occurrence, session=SESSION, properties={label: "observer-a"}, times=most + 1
    )
    yield ground.scenario([record, do.EndSession(session=SESSION), do.Flush(), do.Shutdown()])


def in_sessions(ground: Ground) -> Iterator[do.Scenario]:
    """All of these tables."""
    yield from various_labels(ground)
    yield from full_sessions(ground)
    yield from invalid_numbers(ground)


def invalid_numbers(ground: Ground) -> Iterator[do.Scenario]:
    """Every number that is summed or averaged, by each value that is none: a session for each.

    Walked whole: an implementation that sums one of them wrongly sums most of them wrongly, and a
    baseline of its findings has to know them all.
    """
    fold = catalogue.session_fold(ground.contract)
    if fold is None:
        return
    label = str(fold.properties[str(fold.attribution)].of)
    numbers = {t.of for t in fold.properties.values() if t.op in ("sum", "mean") and t.of}
    for key in sorted(numbers):
        steps: list[do.AnyStep] = []
        for index, bad in enumerate(payloads.invalid(ground.contract.properties[key])):
            session = SESSION + index
            who = {label: f"observer-{payloads.LETTERS[index]}"}
            for value in (bad, 3):
                properties = {key: value, **who}
                steps.append(
                    do.Record(event=fold.occurrence, session=session, properties=properties)
                )
            steps.append(do.EndSession(session=session))
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()])
