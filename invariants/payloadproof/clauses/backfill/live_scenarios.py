"""Scenarios of a past that is sent beside what happens now."""

from __future__ import annotations

from collections.abc import Iterator

from payloadproof.contract import catalogue
from payloadproof.generate import laden, payloads
from payloadproof.generate.ground import Ground, Steps, opted_in
from payloadproof.scenario import steps as do


def beside_the_present(ground: Ground) -> Iterator[do.Scenario]:
    """Live events before and after a backfill, of one run; and the same where nobody asks for it.

    A backfill has a door of its own, and what is set for it may stay set.
    """
    name, event = next(iter(catalogue.plainly_sent(ground.contract).items()))
    live: Steps = [payloads.capture_of(name, event, {}), do.Flush()]
    past = laden.a_past(ground)
    for asked in ([do.Backfill()], []):
        steps = [*live, *asked, *live, do.Shutdown()]
        yield ground.scenario(steps, history=past, **opted_in(ground.contract))
