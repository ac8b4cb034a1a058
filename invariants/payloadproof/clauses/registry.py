"""Everything that the families bring, collected: whoever judges imports it from here.

Importing this module fills the tables of checks. The kinds of scenario are fetched when a suite is
run, and not before: they need Hypothesis, and an audit does not.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from payloadproof.clauses.clause import FAMILIES, clauses
from payloadproof.clauses.finding import CHECKS, VIOLATIONS, ClauseViolated, Finding, judge
from payloadproof.clauses.run_checks import RUN_CHECKS, judge_runs

if TYPE_CHECKING:
    from payloadproof.generate.property import Property

__all__ = [
    "CHECKS",
    "RUN_CHECKS",
    "VIOLATIONS",
    "ClauseViolated",
    "Finding",
    "judge",
    "judge_runs",
    "properties",
]

for _family in FAMILIES:
    import_module(f"payloadproof.clauses.{_family}")


def properties() -> tuple[Property, ...]:
    """Every kind of scenario, in the order in which a run makes them."""
    making = dict.fromkeys(clause.family for clause in clauses().values())
    brought = (import_module(f"payloadproof.clauses.{one}.properties") for one in making)
    every = [prop for module in brought for prop in module.PROPERTIES]
    return tuple(sorted(every, key=lambda prop: prop.order))
