"""Scenarios of what is not allowed: dirt among good captures, values in wrong places, secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.contract import Contract, Event, catalogue
from payloadproof.contract.values import misfit
from payloadproof.generate import payloads
from payloadproof.generate.ground import (
    LABEL,
    SESSIONS,
    Ground,
    Steps,
    at_work,
)
from payloadproof.generate.laden import foreign
from payloadproof.generate.near import near_values
from payloadproof.generate.payloads import capture_of
from payloadproof.scenario import steps as do


@st.composite
def dirty_payloads(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Good captures with dirt among them, and events that nobody declared."""
    contract = ground.contract
    # Names that are made of something else, too: no capture may stand for them.
    made = [name for name in contract.events if name not in catalogue.sendable(contract)]
    stray = st.sampled_from(
        [*contract.forbidden_events, "undeclared_event", "$pageview", "$identify", *made]
    )
    steps: Steps = []
    for _ in range(draw(st.integers(1, 4))):
        good = draw(payloads.good_captures(contract))
        properties = good.properties | draw(
            payloads.dirt(
                contract,
                contract.events[good.event].properties,
                ground.capabilities.hostile,
            )
        )
        event = draw(stray) if draw(st.integers(0, 3)) == 0 else good.event
        steps.append(
            do.Capture(
                event=event,
                properties=properties,
                person=good.person and event == good.event,
                transport=good.transport,
            )
        )
    steps.append(draw(payloads.good_captures(contract)))
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])


@st.composite
def leaks(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Canaries wherever a program has something private at hand."""
    contract = ground.contract
    carriers = st.sampled_from(
        [
            "{canary:1}",
            "/home/{canary:1}/work/acme",
            "C:\\Users\\{canary:1}\\acme",
            "please summarise {canary:1}",
            {"inner": "{canary:1}"},
            {"{canary:1}": 1},
            ["{canary:1}"],
        ]
    )
    steps: Steps = []
    for _ in range(draw(st.integers(1, 3))):
        good = draw(payloads.good_captures(contract))
        planted: dict[str, Any] = {draw(payloads.unlisted_keys(contract)): draw(carriers)}
        if draw(st.booleans()):
            planted["{canary:2}"] = draw(st.integers(0, 9))
        listed = contract.events[good.event].properties
        if draw(st.booleans()) and listed:
            # Nested: a whitelist that looks at keys alone lets it through.
            nested_in = draw(st.sampled_from(listed))
            planted[nested_in] = {"deeper": ["{canary:1}"]}
        steps.append(
            do.Capture(
                event=good.event,
                properties=good.properties | planted,
                person=good.person,
                transport=good.transport,
            )
        )
    if draw(st.booleans()):
        steps.append(do.Capture(event="{canary:3}", properties={"note": "{canary:1}"}))
    if ground.sessions and draw(st.booleans()):
        session = draw(SESSIONS)
        record = draw(payloads.good_records(contract, session, LABEL))
        private = {"project": "{canary:1}", "prompt": "{canary:2}"}
        steps += [
            do.Record(event=record.event, session=session, properties=record.properties | private),
            do.EndSession(session=session),
        ]
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], **at_work(contract))


# What people type and machines know, as it turns up where a short name is expected.
PRIVATE = (
    "please summarise the merger with Acme",
    "/home/acme/work/merger",
    "C:\\Users\\acme\\merger",
    "jane.doe@acme.example",
    "https://acme.example/?q=merger",
    "192.0.2.17",
)


_AT_ONCE = 48  # captures of one scenario
_ODD: tuple[Any, ...] = (-5, 1.5, True, 7, "12", "yes", "out-of-set", "2026-13-45", *PRIVATE)


def _odd(contract: Contract, keys: Iterable[str], value: Any) -> dict[str, Any]:
    """A primitive under those of the keys that it does not fit."""
    longest = contract.limits.string_max_chars
    shapes = {key: contract.properties[key] for key in keys}
    return {
        key: value for key, prop in shapes.items() if misfit(prop, value, string_max_chars=longest)
    }


def each_odd_value(ground: Ground) -> Iterator[do.Scenario]:
    """For each event, every odd value in every key that it does not fit, and every near miss."""
    contract = ground.contract
    for name, event in catalogue.sendable(contract).items():
        places = [_odd(contract, event.properties, value) for value in _ODD]
        places += [*_near_misses(contract, event.properties), foreign(contract, event)]
        # No more than a ceiling lets pass, with one that is in order.
        at_once = max(min(event.ceiling_per_day or _AT_ONCE, _AT_ONCE) - 1, 1)
        for start in range(0, len(places), at_once):
            some = (*places[start : start + at_once], {})
            captures = [capture_of(name, event, place) for place in some]
            yield ground.scenario([*captures, do.Flush(), do.Shutdown()])


def _near_misses(contract: Contract, keys: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Every near miss of every key, those of all keys side by side."""
    longest = contract.limits.string_max_chars
    values = {key: near_values(contract.properties[key], longest) for key in keys}
    for place in range(max(map(len, values.values()), default=0)):
        yield {key: some[place] for key, some in values.items() if place < len(some)}


@st.composite
def misplaced(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Good captures with other events' keys, odd values, and dirt where a person is described."""
    contract = ground.contract
    events = catalogue.sendable(contract)
    steps: Steps = []
    for _ in range(draw(st.integers(1, 3))):
        good = draw(payloads.good_captures(contract))
        event = events[good.event]
        properties = {**good.properties, **draw(_foreign(contract, event))}
        if draw(st.booleans()) and event.properties:
            key = draw(st.sampled_from(event.properties))
            properties |= _odd(contract, [key], draw(st.sampled_from(_ODD)))
        if draw(st.booleans()) and event.properties:
            properties |= draw(st.sampled_from([*_near_misses(contract, event.properties), {}]))
        if event.profile and contract.person:
            about = tuple(key for key in contract.person if key in event.properties)
            properties |= draw(payloads.dirt(contract, about, ground.capabilities.hostile))
        steps.append(capture_of(good.event, event, properties))
    steps.append(draw(payloads.good_captures(contract)))
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])


def _foreign(contract: Contract, event: Event) -> SearchStrategy[dict[str, Any]]:
    """Listed keys that the event does not declare, with values that fit."""
    keys = [*foreign(contract, event)]
    if not keys:
        return st.just({})
    some = st.lists(st.sampled_from(keys), min_size=1, max_size=3, unique=True)
    return some.flatmap(
        lambda keys: st.fixed_dictionaries(
            {key: payloads.fitting(contract.properties[key]) for key in keys}
        )
    )
