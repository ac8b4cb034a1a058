"""Scenarios that walk every road, each time with something in it that may not go through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

from payloadproof.contract import catalogue
from payloadproof.generate import laden, networks
from payloadproof.generate.ground import SESSION, Ground, Steps, at_work
from payloadproof.generate.payloads import capture_of
from payloadproof.generate.property import apart
from payloadproof.recorder.script import Answer, Times
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import FIRST_MARK

# What else a road can break that carries it.
BESIDE = ("P1", "T1", "T3", "I1", "E1", "E3", "L1", "L2", "B3", "B4", "B6", "W2", "W3", "D5")


def _private(ground: Ground, steps: Sequence[do.AnyStep]) -> do.Scenario:
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], **at_work(ground.contract))


def every_road(ground: Ground) -> Iterator[do.Scenario]:
    """A whole day; the same sent a second time; and the same by a process that starts anew."""
    yield _private(ground, list(laden.a_day(ground)))
    yield _sent_again(ground, Answer(status=503))
    past = laden.a_past(ground, odd=True)
    if past is not None:
        yield ground.scenario(
            [do.Backfill(), do.Backfill()], history=past, **at_work(ground.contract)
        )
    if apart(ground):
        again = [*laden.captures(ground), *laden.logged(ground, 1)]
        again += [*laden.errors(ground, 0), *laden.records(ground, SESSION, "observer-a", 2)]
        yield _private(ground, [*_plain(ground), do.Flush(), do.Crash(), *again])


def _sent_again(ground: Ground, fault: Any) -> do.Scenario:
    steps: Steps = [do.Network(behaviour=Times(1, fault))]
    workers = [s for s in laden.captures(ground) if getattr(s, "transport", "") == "worker"]
    marked = networks.markable(ground.contract)
    if marked is not None:
        name, event, key = marked
        steps.append(capture_of(name, event, {key: FIRST_MARK + len(steps)}))
    return _private(ground, [*steps, *workers, *laden.errors(ground, 0)])


def _plain(ground: Ground) -> Steps:
    name, event = next(iter(catalogue.sendable(ground.contract).items()))
    return [capture_of(name, event, {})]


@st.composite
def some_roads(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Parts of a day, or of what is sent a second time, in their order."""
    whole = draw(st.sampled_from(list(every_road(ground))[:2]))
    kept = [step for step in whole.steps[:-2] if draw(st.integers(0, 3))]
    return _private(ground, kept)
