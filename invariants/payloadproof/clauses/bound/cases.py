"""Every value that is no number, in every number that is summed or averaged."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from payloadproof.clauses.beats import BEATS
from payloadproof.clauses.bound import scenarios
from payloadproof.contract import Fold, catalogue
from payloadproof.contract.values import misfit
from payloadproof.generate import laden, payloads
from payloadproof.generate.ground import SESSION, Ground, Steps
from payloadproof.generate.near import ends_that_fit
from payloadproof.scenario import steps as do


def various_labels(ground: Ground) -> Iterator[do.Scenario]:
    """One session whose records say different things where others say whose they are."""
    fold = catalogue.session_fold(ground.contract)
    if fold is None:
        return
    label = str(fold.properties[str(fold.attribution)].of)
    # Nine and ten, and two and ten, are in another order as texts than as numbers.
    counted = ("a" * 9 + "b" * 10, "a" * 10 + "b" * 2, "a" * 2 + "b" * 10)
    # A dash says nothing: what most records leave out is not the most frequent thing they say.
    silent = ("--a", "a-b-b-")
    # The last of many: whoever tells a few apart finds the most frequent one among those.
    many = (f"{payloads.LETTERS}z",)
    for said in ("abb", "bab", "bba", "aabbb", "abcabcc", "baaab", *counted, *silent, *many):
        steps: list[do.AnyStep] = [
            do.Record(
                event=fold.occurrence,
                session=SESSION,
                properties={} if letter == "-" else {label: f"observer-{letter}"},
            )
            for letter in said
        ]
        for end in ([do.EndSession(session=SESSION)], []):
            yield ground.scenario([*steps, *end, do.Flush(), do.Shutdown()])
    yield from _labels_that_fit(ground, fold, label)


def _labels_that_fit(ground: Ground, fold: Fold, label: str) -> Iterator[do.Scenario]:
    """One session for each label that only just fits: a rule too strict would name none."""
    longest = ground.contract.limits.string_max_chars
    for said in ends_that_fit(ground.contract.properties[label], longest):
        record = do.Record(event=fold.occurrence, session=SESSION, properties={label: said})
        yield ground.scenario([record, do.EndSession(session=SESSION), do.Flush(), do.Shutdown()])


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
    yield from near_ids(ground)
    yield from near_sums(ground)
    yield from sums_without_end(ground)


def near_ids(ground: Ground) -> Iterator[do.Scenario]:
    """Sessions at one time whose ids are equal as soon as they are cut, rounded or divided.

    And those at the ends of what an id may be, the first of which is false.
    """
    fold = catalogue.session_fold(ground.contract)
    if fold is None:
        return
    label = str(fold.properties[str(fold.attribution)].of)
    apart = (0, 1, 2**16, 2**31, 2**32, 10_000, 10**12)
    for ids in (tuple(SESSION + n for n in apart), _AT_THE_ENDS):
        told = {one: f"observer-{payloads.LETTERS[i]}" for i, one in enumerate(ids)}
        records: list[do.AnyStep] = [
            do.Record(event=fold.occurrence, session=session, properties={label: who})
            for _ in range(2)
            for session, who in told.items()
        ]
        ends = [do.EndSession(session=session) for session in told]
        yield ground.scenario([*records, *ends, do.Flush(), do.Shutdown()])


# Ids that are false, short, signed in 32 bits, or the last whole number of a double.
_AT_THE_ENDS = (0, 1, 9, 10, 2**31 - 1, 2**31, 2**53 - 1)


def near_sums(ground: Ground) -> Iterator[do.Scenario]:
    """Numbers whose sums are beyond what narrow integers and floats hold, and parts of a cent.

    A session for each, and the sum of each fits the rollup's own key.
    """
    fold = catalogue.session_fold(ground.contract)
    if fold is None:
        return
    label = str(fold.properties[str(fold.attribution)].of)
    summed = {key: tally.of for key, tally in fold.properties.items() if tally.op == "sum"}
    steps: list[do.AnyStep] = []
    for index, (value, times) in enumerate(_SUMMED):
        given = {
            of: value
            for key, of in summed.items()
            if of is not None and _fits(ground, of, value) and _fits(ground, key, value * times)
        }
        session = SESSION + index
        properties = {**given, label: f"observer-{payloads.LETTERS[index]}"}
        steps += [
            do.Record(event=fold.occurrence, session=session, properties=properties, times=times),
            do.EndSession(session=session),
        ]
    yield ground.scenario([*steps, do.Flush(), do.Shutdown()])


# What is rounded to a cent, or to a hundredth of one, is lost each time; a millionth may be.
_SUMMED: tuple[tuple[int | float, int], ...] = (
    (2**24 + 1, 1),
    (2**31 - 1, 3),
    (2**32 + 1, 1),
    (2**45 + 1, 2),
    (2**-6, 5),
)


def sums_without_end(ground: Ground) -> Iterator[do.Scenario]:
    """Two records whose numbers fit, and whose sum is no number any more."""
    fold = catalogue.session_fold(ground.contract)
    if fold is None:
        return
    label = str(fold.properties[str(fold.attribution)].of)
    numbers = {tally.of for tally in fold.properties.values() if tally.op in ("sum", "mean")}
    given = {of: _HUGE for of in sorted(filter(None, numbers)) if _fits(ground, of, _HUGE)}
    if given:
        record = do.Record(
            event=fold.occurrence,
            session=SESSION,
            properties={**given, label: "observer-a"},
            times=2,
        )
        yield ground.scenario([record, do.EndSession(session=SESSION), do.Flush(), do.Shutdown()])


_HUGE = 1.7e308  # twice as much is infinite


def _fits(ground: Ground, key: str, value: float) -> bool:
    longest = ground.contract.limits.string_max_chars
    return misfit(ground.contract.properties[key], value, string_max_chars=longest) is None


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


MINUTE = 60_000
HALF_A_DAY = 12 * 60 * MINUTE


def swept(ground: Ground) -> Iterator[do.Scenario]:
    """Many sessions that are over the limit and one that is young, and all of them go on."""
    yield from scenarios.crowded(ground)
    limits = ground.contract.limits
    age, sweep = limits.safety_max_age_ms, limits.safety_sweep_ms
    fold = catalogue.session_fold(ground.contract)
    if fold is None or age is None or sweep is None:
        return
    label = str(fold.properties[str(fold.attribution)].of)
    *old, young = (
        do.Record(
            event=fold.occurrence,
            session=SESSION + number,
            properties={label: f"observer-{payloads.LETTERS[number]}"},
        )
        for number in range(_OLD + 1)
    )
    # Longer than a sweep may be late: who flushes one session with each is late with most.
    late = do.Advance(ms=(BEATS + 2) * sweep)
    waits: Steps = [*old, do.Advance(ms=age - sweep), young, late, do.Flush()]
    ends = [do.EndSession(session=SESSION + number) for number in range(_OLD + 1)]
    if limits.safety_max_records:
        # A young one with one record stands before one that has too many.
        full = msgspec.structs.replace(old[0], times=limits.safety_max_records + 1)
        steps: Steps = [young, full, late, do.Flush()]
        yield ground.scenario([*steps, ends[0], ends[-1], do.Flush(), do.Shutdown()])
    once_more: tuple[Steps, ...] = ([], [*old, young])
    for again in once_more:
        yield ground.scenario([*waits, *again, *ends, do.Flush(), do.Shutdown()])


_OLD = BEATS + 5


def windows_off_the_clock(ground: Ground) -> Iterator[do.Scenario]:
    """Windows that begin where no multiple of their length since the start lies."""
    yield from scenarios.set_back(ground)
    window_ms = ground.contract.limits.window_ms
    some = laden.plain_context(ground)[:1]
    for part in (4, 2) if some and window_ms else ():
        assert window_ms
        shorter = do.Advance(ms=window_ms - window_ms // part)
        # Still within the window that began with the first of them.
        steps: Steps = [shorter, *some, shorter, *some, do.Flush()]
        yield ground.scenario(
            [*steps, do.Advance(ms=2 * window_ms), do.Flush(), *some, do.Shutdown()]
        )


def days_from_midnight(ground: Ground) -> Iterator[do.Scenario]:
    """One event at noon, and after midnight the most of a day on either side of the next noon.

    Whoever counts days from the first event lets nearly twice as many through.
    """
    yield from scenarios.about_the_ceiling(ground)
    low = scenarios.low_ceilings(ground.contract)
    name = next((n for n in low if not ground.contract.events[n].sample), None)
    if name is None or not ground.virtual:
        return
    ceiling = catalogue.ceilings(ground.contract)[name]
    one = payloads.capture_of(name, ground.contract.events[name], {})
    most: Steps = [msgspec.structs.replace(one, times=ceiling), do.Flush()]
    noon = do.Advance(ms=HALF_A_DAY)
    after = do.Advance(ms=HALF_A_DAY + MINUTE)
    steps: Steps = [noon, one, do.Flush(), after, *most[:1], do.Flush(), noon, *most]
    yield ground.scenario([*steps, do.Shutdown()])
