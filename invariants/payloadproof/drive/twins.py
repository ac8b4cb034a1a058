"""Runs of one scenario with other values: what is sent may not depend on them.

Rule 1: of what is compared, two sides take turns. Each keeps its values; those of the other side
are secrets of which some are longer, or other ids of sessions. All else is equal, the names of the
directories too.
Rule 2: the turns have no period: what goes to and fro from start to start, and what moves with
time, is then not the same in all runs of one side, and is not taken for a trace of the values.
"""

from __future__ import annotations

import secrets
from typing import Protocol

import msgspec

from payloadproof.evidence.history import History
from payloadproof.scenario import canaries
from payloadproof.scenario import steps as do

TURNS = (0, 1, 1, 0, 1, 0)  # as Thue and Morse have them
# An id differs by one more than a multiple of this: so does what is left when it is divided.
_DIVISIBLE = 2 * 3 * 5 * 7 * 11


class Run(Protocol):
    """Runs a scenario with these canaries, in a folder of that name or of a fresh one."""

    def __call__(self, scenario: do.Scenario, planted: tuple[str, ...], name: str = "") -> History:
        """What was observed."""
        ...


def twice(scenario: do.Scenario, run: Run) -> History:
    """Once, or where it has canaries with a twin that has others."""
    kinds = scenario.canary_kinds
    if not kinds:
        return run(scenario, ())
    twin = run(scenario, canaries.drawn(kinds))
    return msgspec.structs.replace(run(scenario, canaries.drawn(kinds)), twin=twin)


def compared(scenario: do.Scenario, run: Run) -> History:
    """With all the runs of both sides: ``repeats`` of it and of its twin."""
    kinds, name = scenario.canary_kinds, f"s{secrets.token_hex(8)}"
    ours = canaries.drawn(kinds)
    if scenario.compared == "sessions":
        sides = ((scenario, ours), (_other_sessions(scenario), ours))
    else:
        longer = tuple("longer" if kind == "plain" else kind for kind in kinds)
        sides = ((scenario, ours), (scenario, canaries.drawn(longer)))
    histories: tuple[list[History], list[History]] = ([], [])
    for turn in TURNS:
        histories[turn].append(run(*sides[turn], name))
    one, other = (
        msgspec.structs.replace(last, repeats=tuple(before)) for *before, last in histories
    )
    return msgspec.structs.replace(one, twin=other)


def _other_sessions(scenario: do.Scenario) -> do.Scenario:
    """The same with another id for each of its sessions, as many digits long."""
    known: dict[int, int] = {}

    def other(step: do.AnyStep) -> do.AnyStep:
        session = getattr(step, "session", None)
        if not isinstance(session, int):
            return step
        if session not in known:
            known[session] = session + 1 + _DIVISIBLE * (1 + secrets.randbelow(10**9))
        changed: do.AnyStep = msgspec.structs.replace(step, session=known[session])
        return changed

    return msgspec.structs.replace(scenario, steps=tuple(map(other, scenario.steps)))
