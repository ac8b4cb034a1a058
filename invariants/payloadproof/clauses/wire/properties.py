"""The kinds of scenario that are made to break the clauses of this family."""

from __future__ import annotations

from payloadproof.clauses.wire import scenarios
from payloadproof.generate import networks
from payloadproof.generate.property import Property, offers
from payloadproof.protocol.messages import Capture, Flush, Shutdown

PROPERTIES: tuple[Property, ...] = (
    Property(
        "after shutdown",
        ("W5", "S1", "B6", "D4"),
        scenarios.afterlives,
        possible=offers(Capture.op, Shutdown.op),
        share=0.5,
        order=-1,
    ),
    Property(
        "networks that fail once",
        ("W2", "W3", "B2", "B4", "S5", "D5", "T2", "W1"),
        scenarios.lossy_networks,
        possible=lambda ground: offers(Flush.op)(ground) and networks.can_mark(ground),
        cases=scenarios.each_fault,
        share=0.06,
    ),
    Property(
        "networks that refuse",
        ("W7", "S5"),
        scenarios.refusing_networks,
        possible=lambda g: offers(Capture.op, Flush.op)(g) and networks.can_mark(g),
        cases=scenarios.each_refusal,
        share=0.1,
    ),
    Property(
        "isolated networks",
        ("W6",),
        scenarios.enclosed,
        cases=scenarios.sent_elsewhere,
        possible=lambda g: "network namespace" in g.surroundings and offers(Capture.op)(g),
        share=0.04,
    ),
)
