"""What scenarios of errors are made of: names, frames, and the ways by which an error goes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.generate import ground as grounds
from payloadproof.generate import payloads
from payloadproof.generate.ground import Ground
from payloadproof.protocol.messages import Fault, Frame, RaiseError

NAMES = ("Kettle", "Boiler", "Lid", "Spout", "Handle", "Cable", "Switch", "Water", "Steam", "Scale")


FILES = ("/usr/lib/kettle/heat.py", "{home}/kettle/scale.py", "/srv/kettle/app/lid.ts")


SEEDS = st.integers(0, 10**6)


def can_raise(ground: Ground) -> bool:
    """Whether errors can be raised here, and have a place in the contract."""
    offered = RaiseError.op in ground.capabilities.ops and bool(ground.capabilities.errors)
    return offered and bool(ground.contract.errors)


def logs(ground: Ground) -> bool:
    """Whether they can be given to a logger."""
    return can_raise(ground) and "logger" in ground.capabilities.errors


def ways(ground: Ground) -> SearchStrategy[Any]:
    """Those that the adapter has."""
    return st.sampled_from(ground.capabilities.errors)


def label(index: int) -> str:
    """The name of a class that no other error of the scenario has."""
    return f"{NAMES[index % len(NAMES)]}{payloads.LETTERS[index // len(NAMES) % 26]}Error"


def frames(index: int, depth: int = 2) -> tuple[Frame, ...]:
    """Ordinary calls; the innermost is in a function that no other error of the scenario has."""
    outer = tuple(
        Frame(function=f"boil_{payloads.LETTERS[n]}", file=FILES[0]) for n in range(depth - 1)
    )
    return (*outer, Frame(function=f"read_{label(index).lower()}", file=FILES[0]))


def first_way(ground: Ground) -> Any:
    """For what all ways do alike."""
    return ground.capabilities.errors[0]


def private(ground: Ground) -> dict[str, Any]:
    """A home whose name is secret: the first canary stands in it, once any has a number."""
    state = grounds.opted_in(ground.contract)
    state["env"] = state["env"] | {"ACME_PROJECT": "{canary:0}"}
    return state


def having(fault: Fault, **changes: Any) -> Fault:
    """A copy with some fields changed."""
    fields = {name: getattr(fault, name) for name in fault.__struct_fields__}
    return Fault(**(fields | changes))
