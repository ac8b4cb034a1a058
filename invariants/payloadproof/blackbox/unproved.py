"""Why a probe says nothing of a clause, as a person needs it: what was lacking.

Rule 1: what did not happen is never told as if it had.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from payloadproof.blackbox.driving import Command
from payloadproof.blackbox.wanted import Switch
from payloadproof.clauses.clause import Clause, clauses_of_runs, named
from payloadproof.evidence.runs import Run

#: Of clauses that scenarios are judged by too, whose own control speaks of those.
_CONTROLS = {
    "C1": "A run without any switch sent telemetry",
    "C2": "A run without any switch sent telemetry",
    "A7": "A run with an invented person and machine sent telemetry",
    "W1": "A run with nothing wrong sent events to PostHog",
    "W6": "A run spoke to some host",
}
#: The variable of each clause that is about one which nobody promised to obey.
_COMMON = {"C12": "DO_NOT_TRACK", "C13": "CI"}


def unseen(name: str, clause: Clause) -> str:
    """Of a clause that was not put to the test: what that takes."""
    control = _CONTROLS.get(name) or clause.control.partition(". ")[0].removesuffix(".")
    return f"not put to the test; it would need this, which was not seen: {control}"


def surroundings(
    command: Command, switches: Sequence[Switch], runs: Iterable[Run]
) -> frozenset[str]:
    """What there is for a clause to be judged by."""
    has = {
        "own switch": any(switch.own for switch in switches),
        "due counts": bool(command.due),
        "listed hosts": command.allowed is not None,
        "posthog": any(host.kind == "posthog" for run in runs for host in run.hosts),
    }
    return frozenset(name for name, there in has.items() if there)


def lacking(
    name: str, clause: Clause, surroundings: Collection[str], switches: Sequence[Switch]
) -> str | None:
    """Why a probe with these surroundings and switches cannot judge it; None where it can."""
    own = {switch.variable for switch in switches if switch.own}
    if _COMMON.get(name) in own:
        return (
            "the variable is one of the program's own switches here, by --off or by the contract:"
            f" {named('C1')} judges it"
        )
    switched = name in ("C1", "C2") and "own switch" not in surroundings
    if switched or (name == "W6" and "listed hosts" not in surroundings):
        needed = "own switch" if switched else "listed hosts"
        return msgspec.structs.replace(clause, within=(needed,)).not_run(surroundings)
    return clause.not_run(surroundings) if name in clauses_of_runs() else None
