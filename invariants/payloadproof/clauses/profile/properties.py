"""The kinds of scenario that are made to break the clauses of this family."""

from __future__ import annotations

from payloadproof.clauses.profile import scenarios
from payloadproof.generate.property import Property

PROPERTIES: tuple[Property, ...] = (
    Property(
        "persons and others",
        ("P3", "P1"),
        scenarios.persons_and_others,
        possible=lambda ground: ground.virtual and scenarios.has_profiles(ground),
        cases=scenarios.one_person,
        share=0.03,
    ),
)
