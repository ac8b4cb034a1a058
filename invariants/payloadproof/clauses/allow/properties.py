"""The kinds of scenario that are made to break the clauses of this family."""

from __future__ import annotations

from payloadproof.clauses.allow import cases, compared_scenarios, road_scenarios, scenarios
from payloadproof.generate.property import Property, offers
from payloadproof.protocol.messages import Capture

PROPERTIES: tuple[Property, ...] = (
    Property(
        "dirty payloads",
        ("A1", "A2", "A3", "A4", "P1", "W1", "D5"),
        scenarios.dirty_payloads,
        possible=offers(Capture.op),
        cases=cases.dirty_places,
    ),
    Property(
        "values in wrong places",
        ("A5", "A6", "A2", "P2", "W4"),
        scenarios.misplaced,
        possible=offers(Capture.op),
        cases=scenarios.each_odd_value,
        share=0.25,
    ),
    Property("leaks", ("A7",), scenarios.leaks, possible=offers(Capture.op), share=0.6),
    Property(
        "every road, laden",
        ("A1", "A2", "A3", "A5", "A6", "A7", *road_scenarios.BESIDE),
        road_scenarios.some_roads,
        possible=offers(Capture.op),
        cases=road_scenarios.every_road,
        share=0.1,
    ),
    # Each of these runs six times.
    Property(
        "the same with other secrets",
        ("A7",),
        compared_scenarios.more_secrets,
        possible=lambda ground: ground.virtual and offers(Capture.op)(ground),
        cases=compared_scenarios.other_secrets,
        share=0.025,
    ),
    Property(
        "the same with other sessions",
        ("A8",),
        compared_scenarios.more_sessions,
        possible=lambda ground: ground.virtual and ground.sessions,
        cases=compared_scenarios.other_sessions,
        share=0.025,
    ),
)
