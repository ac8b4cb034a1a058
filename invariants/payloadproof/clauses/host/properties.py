"""The kinds of scenario that are made to break the clauses of this family."""

from __future__ import annotations

from payloadproof.clauses.host import scenarios
from payloadproof.generate.property import Property, apart, offers
from payloadproof.protocol.messages import Capture

PROPERTIES: tuple[Property, ...] = (
    Property(
        "awkward values",
        ("H4",),
        possible=lambda ground: (
            apart(ground)
            and offers(Capture.op)(ground)
            and next(scenarios.awkward_values(ground), None) is not None
        ),
        cases=scenarios.awkward_values,
        share=0.01,
    ),
    Property(
        "a long past",
        ("H6",),
        possible=lambda ground: (
            apart(ground)
            and "memory figures" in ground.surroundings
            and next(scenarios.long_past(ground), None) is not None
        ),
        cases=scenarios.long_past,
        share=0.0001,
        order=1,
    ),
    Property(
        "told to end",
        ("H5",),
        scenarios.told_again,
        possible=lambda ground: apart(ground) and offers(Capture.op)(ground),
        cases=scenarios.told_to_end,
        share=0.02,
        order=1,
    ),
)
