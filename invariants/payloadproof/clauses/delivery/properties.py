"""The kinds of scenario that are made to break the clauses of this family."""

from __future__ import annotations

from payloadproof.clauses.delivery import process_scenarios, scenarios
from payloadproof.generate.property import Property, apart, offers
from payloadproof.protocol.messages import Capture, Flush, Fork, Shutdown

PROPERTIES: tuple[Property, ...] = (
    Property(
        "full queues",
        ("D4", "D5", "T2", "W1"),
        scenarios.queues,
        possible=offers(Capture.op, Shutdown.op),
        cases=scenarios.full_queues,
        share=0.4,
    ),
    Property(
        "shares",
        ("D4", "D5"),
        possible=lambda ground: (
            offers(Capture.op, Flush.op, Shutdown.op)(ground) and scenarios.samples(ground)
        ),
        cases=scenarios.shares,
        share=0.1,
    ),
    Property(
        "forks",
        ("D6",),
        process_scenarios.forks_again,
        possible=lambda ground: (
            apart(ground)
            and offers(Capture.op, Flush.op, Shutdown.op, Fork.op)(ground)
            and process_scenarios.can_fork(ground)
        ),
        cases=process_scenarios.forks,
        share=0.01,
    ),
    Property(
        "told to end with a queue",
        ("D7",),
        process_scenarios.told_again,
        possible=lambda ground: (
            apart(ground)
            and "SIGTERM" in ground.capabilities.signals
            and offers(Capture.op, Flush.op, Shutdown.op)(ground)
            and process_scenarios.can_be_told(ground)
        ),
        cases=process_scenarios.told,
        share=0.01,
    ),
)
