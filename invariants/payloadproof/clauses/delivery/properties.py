"""The kinds of scenario that are made to break the clauses of this family."""

from __future__ import annotations

from payloadproof.clauses.delivery import scenarios
from payloadproof.generate.property import Property, offers
from payloadproof.protocol.messages import Capture, Shutdown

PROPERTIES: tuple[Property, ...] = (
    Property(
        "full queues",
        ("D4", "D5"),
        scenarios.queues,
        possible=offers(Capture.op, Shutdown.op),
        cases=scenarios.full_queues,
        share=0.4,
    ),
)
