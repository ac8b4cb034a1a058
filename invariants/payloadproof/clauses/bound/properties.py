"""The kinds of scenario that are made to break the clauses of this family."""

from __future__ import annotations

from payloadproof.clauses.bound import cases, process_scenarios, scenarios
from payloadproof.clauses.bound.error_scenarios import (
    beyond_a_day,
    bursts,
    clocks_set,
    crowds,
    drips,
    storms,
)
from payloadproof.contract.catalogue import window_fold
from payloadproof.generate import networks
from payloadproof.generate.errors import can_raise
from payloadproof.generate.property import Property, apart, offers, takes_time
from payloadproof.protocol.messages import Capture, Flush, Record, SetClock, Shutdown

PROPERTIES: tuple[Property, ...] = (
    Property(
        "session interleavings",
        ("B1", "B2", "A8", "P1", "A1", "A2", "A3", "A4", "S1", "T1", "I1", "D5"),
        scenarios.interleavings,
        possible=lambda ground: ground.sessions and offers(Record.op, Shutdown.op)(ground),
        cases=cases.in_sessions,
    ),
    Property(
        "sessions over time",
        ("B3", "B2", "B6", "P1", "T1", "T3", "A8"),
        scenarios.sessions_over_time,
        possible=lambda ground: ground.sessions and takes_time(ground),
        cases=cases.swept,
        share=0.4,
    ),
    Property(
        "windows over time",
        ("B4", "B9", "B6", "T3", "P1", "T1", "A1", "A2"),
        scenarios.windows_over_time,
        possible=lambda g: g.sessions and bool(window_fold(g.contract)) and takes_time(g),
        cases=cases.windows_off_the_clock,
        share=0.4,
    ),
    Property(
        "anything in any order",
        ("B2", "B3", "B4", "B6", "B9", "C3"),
        scenarios.machine,
        possible=lambda ground: ground.sessions and takes_time(ground),
        share=0.3,
    ),
    Property(
        "over the ceiling",
        ("B8", "D4"),
        scenarios.ceilings,
        possible=lambda g: bool(scenarios.low_ceilings(g.contract)) and offers(Capture.op)(g),
        cases=cases.days_from_midnight,
        share=0.04,
    ),
    Property(
        "ceilings over restarts",
        ("B8",),
        possible=lambda g: (
            apart(g)
            and bool(scenarios.low_ceilings(g.contract))
            and offers(Capture.op, Flush.op)(g)
        ),
        cases=process_scenarios.over_restarts,
        share=0.0001,
    ),
    Property(
        "rollups over restarts",
        ("B8",),
        possible=lambda g: (
            apart(g)
            and takes_time(g)
            and offers(Record.op, SetClock.op, Flush.op)(g)
            and any(process_scenarios.rollups_over_restarts(g))
        ),
        cases=process_scenarios.rollups_over_restarts,
        share=0.0001,
    ),
    Property(
        "crashes",
        ("B2", "C3", "C6", "W3", "C4"),
        process_scenarios.crashes,
        possible=lambda g: apart(g) and networks.can_mark(g) and offers(Flush.op)(g),
        cases=process_scenarios.first_crashes,
        share=0.08,
    ),
    Property(
        "endless",
        ("B7",),
        possible=process_scenarios.can_be_endless,
        cases=process_scenarios.endless,
        share=0.0001,
    ),
    Property(
        "bursts of errors",
        ("B5", "B10", "P1", "T1", "I1", "D5", "E8"),
        bursts,
        possible=lambda ground: can_raise(ground) and ground.virtual,
        cases=crowds,
        share=0.5,
    ),
    Property(
        "errors of a whole day",
        ("B8",),
        possible=lambda g: can_raise(g) and g.virtual and any(beyond_a_day(g)),
        cases=beyond_a_day,
        share=0.0001,
    ),
    Property(
        "errors that go on",
        ("B5", "B10"),
        drips,
        possible=lambda ground: can_raise(ground) and ground.virtual,
        share=0.2,
    ),
    Property(
        "errors and a clock that is set",
        ("B11",),
        clocks_set,
        possible=lambda g: can_raise(g) and g.virtual and SetClock.op in g.capabilities.ops,
        share=0.3,
    ),
    Property(
        "storms of one error",
        ("B12",),
        possible=lambda g: can_raise(g) and g.virtual and "capture" in g.capabilities.errors,
        cases=storms,
        share=0.01,
    ),
)
