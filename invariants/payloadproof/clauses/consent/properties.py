"""The kinds of scenario that are made to break the clauses of this family."""

from __future__ import annotations

from payloadproof.clauses.consent import cases, process_scenarios, road_scenarios, scenarios
from payloadproof.clauses.consent.error_scenarios import (
    consent_changes,
    switched_off,
    turned,
    turned_again,
)
from payloadproof.generate.errors import can_raise
from payloadproof.generate.property import Property, apart, can_change, offers
from payloadproof.protocol.messages import Capture, Explain, Flush, SetConsent

PROPERTIES: tuple[Property, ...] = (
    Property(
        "consent table",
        ("C1", "C2"),
        scenarios.consent_table,
        possible=offers(Capture.op),
        cases=cases.consent_table,
        twin=scenarios.consented,
        share=0.5,
    ),
    Property(
        "consent changes",
        ("C3", "C2"),
        scenarios.consent_changes,
        possible=can_change,
        cases=road_scenarios.folded_while_off,
    ),
    Property(
        "damaged decisions",
        ("C7",),
        scenarios.damaged_decisions,
        possible=lambda g: scenarios.can_be_damaged(g) and offers(Capture.op)(g),
        cases=scenarios.damaged_files,
        twin=scenarios.overruled,
        share=0.1,
    ),
    Property(
        "no consent file but something else",
        ("C7", "S4"),
        possible=lambda g: scenarios.can_be_damaged(g) and offers(Capture.op)(g),
        cases=scenarios.taken_places,
        twin=scenarios.overruled,
        share=0.01,
    ),
    Property(
        "spellings of off",
        ("C8",),
        scenarios.spelled,
        possible=lambda g: scenarios.spells(g) and offers(Capture.op)(g),
        cases=scenarios.spelled_decisions,
        twin=scenarios.overruled,
        share=0.1,
    ),
    Property(
        "install id",
        ("C6",),
        scenarios.kept_decisions,
        possible=lambda g: scenarios.keeps_an_id(g) and offers(Capture.op)(g),
        cases=scenarios.kept_files,
        share=0.1,
    ),
    Property(
        "two at once",
        ("C6",),
        process_scenarios.races,
        possible=lambda g: (
            apart(g) and scenarios.keeps_an_id(g) and offers(Capture.op, Flush.op)(g)
        ),
        cases=process_scenarios.first_races,
        share=0.1,
    ),
    Property(
        "debug mode",
        ("C9",),
        scenarios.debugged,
        possible=lambda g: scenarios.can_be_debugged(g) and offers(Capture.op)(g),
        share=0.2,
    ),
    Property(
        "status",
        ("C10",),
        scenarios.explained_changes,
        possible=offers(Explain.op),
        cases=scenarios.explained,
        share=0.2,
    ),
    Property(
        "changes at once and settled",
        ("C4", "C11"),
        scenarios.changes,
        possible=can_change,
        cases=road_scenarios.sudden_changes,
        share=0.5,
    ),
    Property(
        "errors switched off",
        ("C5",),
        switched_off,
        possible=lambda g: can_raise(g) and bool(g.contract.variables.errors),
        share=0.2,
    ),
    Property(
        "errors switched off and on",
        ("C5",),
        turned_again,
        possible=lambda g: (
            can_raise(g)
            and g.virtual
            and bool(g.contract.variables.errors)
            and offers(Capture.op, SetConsent.op, Flush.op)(g)
        ),
        cases=turned,
        share=0.1,
    ),
    Property(
        "errors and consent",
        ("C4", "C3", "C2"),
        consent_changes,
        possible=lambda ground: can_raise(ground) and ground.virtual,
        share=0.4,
    ),
    Property(
        "every road while consent is off",
        ("C4", "C3", "C2", "C11", "B6"),
        road_scenarios.some_withheld,
        possible=can_change,
        cases=road_scenarios.withheld,
        share=0.1,
    ),
)
