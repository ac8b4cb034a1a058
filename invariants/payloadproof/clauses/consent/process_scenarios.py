"""Scenarios of two processes that start at once."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from payloadproof.contract import catalogue
from payloadproof.generate import payloads
from payloadproof.generate.ground import (
    Ground,
    consent_texts,
    opted_in,
)
from payloadproof.scenario import steps as do

ROUNDS = 12  # of a race: two processes do not meet in each


@st.composite
def races(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Two processes that start at once, on what a consent file may hold, each with one event."""
    capture = draw(payloads.good_captures(ground.contract))
    text = draw(consent_texts(ground.contract))
    return _race(ground, capture, text)


def first_races(ground: Ground) -> Iterator[do.Scenario]:
    """Rounds without a file, so that both processes need an id."""
    name, event = next(iter(catalogue.sendable(ground.contract).items()))
    capture = do.Capture(event=name, properties={}, person=event.profile, transport=event.transport)
    for _ in range(ROUNDS):
        yield _race(ground, capture, None)


def _race(ground: Ground, capture: do.Capture, text: str | None) -> do.Scenario:
    race = do.Race(
        event=capture.event,
        properties=capture.properties,
        person=capture.person,
        transport=capture.transport,
    )
    state = {**opted_in(ground.contract)}
    if text is not None:
        state["consent_text"] = text
    return ground.scenario([race, do.Flush(), do.Shutdown()], **state)
