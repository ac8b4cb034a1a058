"""The kinds of scenario that are made to break the clauses of this family."""

from __future__ import annotations

from payloadproof.clauses.time import scenarios
from payloadproof.generate import networks
from payloadproof.generate.property import Property, offers
from payloadproof.protocol.messages import Capture, Flush, SetClock

PROPERTIES: tuple[Property, ...] = (
    Property(
        "waits before sending",
        ("T1", "T2"),
        scenarios.waits,
        possible=lambda g: g.virtual and offers(Capture.op, Flush.op)(g) and networks.can_mark(g),
        cases=scenarios.waited_out,
        share=0.3,
    ),
    Property(
        "rollups and a clock that is set",
        ("T3",),
        possible=lambda g: (
            g.virtual and offers(SetClock.op, Flush.op)(g) and any(scenarios.begun_before(g))
        ),
        cases=scenarios.begun_before,
        share=0.01,
    ),
)
