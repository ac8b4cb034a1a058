"""Scenarios of persons: an event that builds one, and others that must not."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st
from msgspec.structs import replace

from payloadproof.contract import catalogue
from payloadproof.generate import payloads
from payloadproof.generate.ground import Ground
from payloadproof.generate.payloads import capture_of
from payloadproof.scenario import steps as do

PERSON_MS = 61_000  # after which PostHog upgrades what shares a distinct id with a person


def has_profiles(ground: Ground) -> bool:
    """Whether some events build a person and others do not."""
    return len({event.profile for event in catalogue.sendable(ground.contract).values()}) > 1


def one_person(ground: Ground) -> Iterator[do.Scenario]:
    """The least that PostHog upgrades: small from the start, since it is found in most products."""
    captures = {
        event.profile: capture_of(name, event, {})
        for name, event in reversed(catalogue.sendable(ground.contract).items())
    }
    steps = (captures[True], do.Flush(), do.Advance(ms=PERSON_MS), captures[False], do.Flush())
    yield ground.scenario([*steps, do.Shutdown()])


def asked_otherwise(ground: Ground) -> Iterator[do.Scenario]:
    """Each event with what the caller may ask for: a person where none is, and none where one is.

    And persons whose properties the caller hands over, listed and not.
    """
    known = catalogue.sendable(ground.contract).items()
    plain = [capture_of(name, event, {}) for name, event in known]
    otherwise = [replace(one, person=not one.person) for one in plain]
    given = {"undeclared": "yes", "count": 7}
    handed = {"$set": given, "$set_once": given}
    persons = [replace(one, properties=handed) for one in plain if one.person]
    for steps in (otherwise, persons):
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()])


@st.composite
def persons_and_others(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """An event that builds a person, and over a minute later others that must not."""
    captures = payloads.good_captures(ground.contract)
    about = draw(captures.filter(lambda step: step.person))
    others = draw(st.lists(captures.filter(lambda step: not step.person), min_size=1, max_size=3))
    wait = do.Advance(ms=PERSON_MS)
    return ground.scenario([about, do.Flush(), wait, *others, do.Flush(), do.Shutdown()])
