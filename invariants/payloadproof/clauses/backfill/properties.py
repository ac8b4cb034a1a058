"""The kinds of scenario that are made to break the clauses of this family."""

from __future__ import annotations

from payloadproof.clauses.backfill import live_scenarios, scenarios
from payloadproof.contract import catalogue
from payloadproof.generate.property import Property, apart, offers
from payloadproof.protocol.messages import Capture, Flush

PROPERTIES: tuple[Property, ...] = (
    Property(
        "the past cut off",
        ("F7", "F8"),
        scenarios.cut_off,
        possible=lambda g: apart(g) and scenarios.has_a_past(g),
        cases=scenarios.each_cut,
        share=0.06,
    ),
    Property(
        "the past on bad networks",
        ("F7", "F8", "W7", "F6"),
        scenarios.deliveries,
        possible=scenarios.has_a_past,
        cases=scenarios.each_marker,
        share=0.3,
    ),
    Property(
        "no marker but something else",
        ("F8", "S4"),
        possible=scenarios.has_a_past,
        cases=scenarios.taken_markers,
        share=0.01,
    ),
    Property(
        "the past",
        ("F1", "F2", "F3", "F4", "F5", "F6", "F8", "P1", "I1", "T2", "A1", "A6", "P2", "W4"),
        scenarios.pasts,
        possible=scenarios.has_a_past,
        cases=scenarios.each_state,
        share=0.5,
    ),
    Property(
        "the past beside the present",
        ("T2", "I1", "D5", "F6"),
        possible=lambda g: (
            scenarios.has_a_past(g)
            and offers(Capture.op, Flush.op)(g)
            and bool(catalogue.plainly_sent(g.contract))
        ),
        cases=live_scenarios.beside_the_present,
        share=0.01,
    ),
    Property(
        "the past unasked for",
        ("F9",),
        scenarios.unasked,
        possible=scenarios.has_a_past,
        share=0.2,
    ),
    Property(
        "the past in debug mode",
        ("C9", "F9"),
        scenarios.debugged,
        possible=lambda g: scenarios.has_a_past(g) and g.contract.variables.debug is not None,
        share=0.03,
    ),
)
