"""The kinds of scenario that are made to break the clauses of this family."""

from __future__ import annotations

from payloadproof.clauses.profile import scenarios
from payloadproof.generate.property import Property, offers
from payloadproof.protocol.messages import Capture

PROPERTIES: tuple[Property, ...] = (
    Property(
        "persons and others",
        ("P3", "P1"),
        scenarios.persons_and_others,
        possible=lambda ground: ground.virtual and scenarios.has_profiles(ground),
        cases=scenarios.one_person,
        share=0.03,
    ),
    Property(
        "persons asked for otherwise",
        ("P1", "P2"),
        possible=lambda ground: offers(Capture.op)(ground) and scenarios.has_profiles(ground),
        cases=scenarios.asked_otherwise,
        share=0.01,
    ),
)
