"""The kinds of scenario that are made to break the clauses of this family."""

from __future__ import annotations

from payloadproof.clauses.log import scenarios
from payloadproof.generate.property import Property

PROPERTIES: tuple[Property, ...] = (
    Property(
        "described in one call",
        ("L2", "L1", "A1", "P1", "D4", "D5"),
        scenarios.handed_over,
        possible=scenarios.can_instrument,
        cases=scenarios.one_beside_another,
        share=0.3,
    ),
    Property(
        "the log in trouble",
        ("L1", "L3"),
        scenarios.troubled,
        possible=scenarios.can_be_read,
        cases=scenarios.in_each_trouble,
        share=0.5,
    ),
)
