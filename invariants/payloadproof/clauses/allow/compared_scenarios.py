"""Scenarios that run several times, with other secrets or other sessions on the other side.

Rule 1: nothing in them depends on chance: no network that fails, no error, and time stands still
but where a step moves it.
Rule 2: what is planted may not leave in any form, its length neither: it stands under keys that
nobody listed, in values that fit no key, in names, paths and the environment. The text of a row of
the past is counted, so that of those only what is not is another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.clauses.allow import scenarios
from payloadproof.generate import laden
from payloadproof.generate.ground import SESSION, Ground, Steps, opted_in
from payloadproof.scenario import steps as do


def other_secrets(ground: Ground) -> Iterator[do.Scenario]:
    """All that is captured, all that is recorded, each with secrets in it, and a private past."""
    state = _with_secrets(ground)
    yield _compared(ground, [*laden.captures(ground), *laden.logged(ground, 1), *_named()], **state)
    recorded = [s for s in laden.a_day(ground) if not isinstance(s, do.RaiseError | do.Capture)]
    yield _compared(ground, recorded, **state)
    past = laden.a_past(ground, odd=True, text="beta {canary:2:name}")
    if past is not None:
        yield ground.scenario([do.Backfill()], history=past, compared="planted", **state)


def more_secrets(ground: Ground) -> SearchStrategy[do.Scenario]:
    """What is generated of leaks, compared."""
    return scenarios.leaks(ground).map(lambda one: msgspec.structs.replace(one, compared="planted"))


def other_sessions(ground: Ground) -> Iterator[do.Scenario]:
    """One session that ends; then several, of which a sweep, an end and a shutdown send some."""
    one = [*laden.records(ground, SESSION, "observer-a", 1), do.EndSession(session=SESSION)]
    yield _of_sessions(ground, one)
    yield _of_sessions(
        ground, [s for s in laden.a_day(ground) if not isinstance(s, do.RaiseError | do.Capture)]
    )


@st.composite
def more_sessions(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Some of the steps of all of them."""
    whole = list(other_sessions(ground))[-1]
    return _of_sessions(ground, [s for s in whole.steps[:-2] if draw(st.integers(0, 3))])


def _with_secrets(ground: Ground) -> dict[str, Any]:
    state = opted_in(ground.contract)
    return state | {"env": state["env"] | {"ACME_PROJECT": "{canary:0}"}}


def _named() -> Steps:
    """An event with a name of the user's own, and a key of that kind."""
    return [do.Capture(event="{canary:3}", properties={"{canary:2}": 1, "deep": ["{canary:1}"]})]


def _compared(ground: Ground, steps: Sequence[do.AnyStep], **state: Any) -> do.Scenario:
    steps = [*steps, do.Flush(), do.Shutdown()]
    return ground.scenario(steps, compared="planted", **state)


def _of_sessions(ground: Ground, steps: Sequence[do.AnyStep]) -> do.Scenario:
    steps = [*map(_plain, steps), do.Flush(), do.Shutdown()]
    return ground.scenario(steps, compared="sessions", **opted_in(ground.contract))


def _plain(step: do.AnyStep) -> do.AnyStep:
    """Without what a person typed: there is one thing alone that is another."""
    if isinstance(step, do.Record | do.Instrument) and isinstance(step.properties, dict):
        kept = {k: v for k, v in step.properties.items() if v != laden.PRIVATE}
        return msgspec.structs.replace(step, properties=kept)
    return step
