"""The kinds of scenario that are made to break the clauses of this family."""

from __future__ import annotations

from payloadproof.clauses.identity import scenarios
from payloadproof.generate.property import Property, offers
from payloadproof.protocol.messages import Capture, Flush

PROPERTIES: tuple[Property, ...] = (
    Property(
        "fresh homes",
        ("I1", "I3", "I5"),
        scenarios.fresh_homes,
        possible=offers(Capture.op),
        share=0.1,
    ),
    Property(
        "a home that keeps no id",
        ("I1", "I3", "I5"),
        possible=lambda g: offers(Capture.op, Flush.op)(g) and any(scenarios.unkept(g)),
        cases=scenarios.unkept,
        share=0.01,
    ),
    Property(
        "a file that lost the id",
        ("I1",),
        possible=lambda g: offers(Capture.op, Flush.op)(g) and any(scenarios.lost_files(g)),
        cases=scenarios.lost_files,
        share=0.01,
    ),
)
