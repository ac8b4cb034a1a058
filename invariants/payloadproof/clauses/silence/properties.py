"""The kinds of scenario that are made to break the clauses of this family."""

from __future__ import annotations

from payloadproof.clauses.silence import cases, scenarios
from payloadproof.clauses.silence.error_scenarios import each_hostile_error, hostile_errors
from payloadproof.generate.errors import can_raise
from payloadproof.generate.property import Property, apart, can_be_hostile, offers
from payloadproof.protocol.messages import Capture, Shutdown

PROPERTIES: tuple[Property, ...] = (
    Property(
        "hostile values",
        ("S1", "W1"),
        scenarios.hostilities,
        possible=can_be_hostile,
        cases=cases.hostile_places,
        share=0.5,
    ),
    Property(
        "hostile errors",
        ("S1", "S5", "W1"),
        hostile_errors,
        possible=lambda g: can_raise(g) and bool(g.capabilities.hostile),
        cases=each_hostile_error,
        share=0.4,
    ),
    Property(
        "bad networks",
        ("S2", "S1"),
        scenarios.bad_networks,
        possible=offers(Capture.op),
        cases=scenarios.withheld_roads,
        share=0.5,
    ),
    Property(
        "broken directories",
        ("S4", "S5"),
        scenarios.broken_directories,
        possible=offers(Capture.op),
        share=0.2,
    ),
    Property(
        "no log folder but something else",
        ("S4", "S5"),
        possible=lambda g: scenarios.logs_in_a_folder(g) and offers(Capture.op)(g),
        cases=scenarios.taken_log_folders,
        share=0.01,
    ),
    Property(
        "kept objects",
        ("S7",),
        scenarios.kept_objects,
        possible=offers(Capture.op),
        cases=cases.tidied_objects,
        share=0.2,
    ),
    Property(
        "spoiled input",
        ("S6", "S5", "A2"),
        scenarios.spoiled_input,
        possible=can_be_hostile,
        cases=cases.spoiled_places,
        share=0.6,
    ),
    Property(
        "full disks",
        ("S4", "S5"),
        scenarios.full_disks,
        possible=lambda g: (
            bool(g.contract.files.log) and scenarios.has_full_device() and offers(Capture.op)(g)
        ),
        share=0.1,
    ),
    Property(
        "slow ends",
        ("S3", "S5", "W5"),
        possible=offers(Capture.op, Shutdown.op),
        cases=scenarios.slow_ends,
        share=0.01,
        order=1,
    ),
    Property(
        "own ends",
        ("S5",),
        possible=lambda g: apart(g) and offers(Capture.op)(g),
        cases=cases.own_ends,
        share=0.01,
    ),
)
