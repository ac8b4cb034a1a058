"""The conformance suite: which scenarios are made, and which clauses they are made for.

Every scenario is judged by every clause; ``aims`` are those it is made to break.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from payloadproof.clauses.backfill import scenarios as backfill_strategies
from payloadproof.clauses.bound import scenarios as machine
from payloadproof.clauses.consent import scenarios as decision_strategies
from payloadproof.clauses.log import scenarios as log_strategies
from payloadproof.clauses.silence import process_scenarios as process_strategies
from payloadproof.clauses.silence import scenarios as host_strategies
from payloadproof.clauses.wire import scenarios as delivery_strategies
from payloadproof.generate import cases, strategies
from payloadproof.generate.payloads import window_fold
from payloadproof.generate.property import Property
from payloadproof.generate.strategies import Ground
from payloadproof.protocol.messages import (
    AdvanceClock,
    Capture,
    Explain,
    Flush,
    Record,
    SetConsent,
    Shutdown,
)
from payloadproof.run.error_properties import ERRORS

__all__ = ["PROFILES", "SUITE", "Profile", "Property"]


def _offers(*ops: str) -> Callable[[Ground], bool]:
    return lambda ground: {*ops} <= {*ground.capabilities.ops}


def _can_change(ground: Ground) -> bool:
    return ground.virtual and _offers(Capture.op, SetConsent.op)(ground)


def _takes_time(ground: Ground) -> bool:
    return ground.virtual and _offers(AdvanceClock.op, Record.op, Shutdown.op)(ground)


def _apart(ground: Ground) -> bool:
    return "child process" in ground.surroundings


def _can_be_hostile(ground: Ground) -> bool:
    return bool(ground.capabilities.hostile) and _offers(Capture.op)(ground)


SUITE: tuple[Property, ...] = (
    # The shortest first: a person sees a verdict at once.
    Property(
        "after shutdown",
        ("W5", "S1"),
        strategies.afterlives,
        possible=_offers(Capture.op, Shutdown.op),
        share=0.5,
    ),
    Property(
        "consent table",
        ("C1", "C2"),
        strategies.consent_table,
        possible=_offers(Capture.op),
        cases=cases.consent_table,
        twin=strategies.consented,
        share=0.5,
    ),
    Property(
        "dirty payloads",
        ("A1", "A2", "A3", "A4", "P1", "W1"),
        strategies.dirty_payloads,
        possible=_offers(Capture.op),
        cases=cases.dirty_places,
    ),
    Property(
        "values in wrong places",
        ("A5", "A6", "P2", "W4"),
        delivery_strategies.misplaced,
        possible=_offers(Capture.op),
        cases=delivery_strategies.each_odd_value,
        share=0.25,
    ),
    Property(
        "persons and others",
        ("P3", "P1"),
        delivery_strategies.persons_and_others,
        possible=lambda ground: ground.virtual and delivery_strategies.has_profiles(ground),
        cases=delivery_strategies.one_person,
        share=0.03,
    ),
    Property("leaks", ("A7",), strategies.leaks, possible=_offers(Capture.op), share=0.6),
    Property(
        "session interleavings",
        ("B1", "B2", "A8", "P1", "A1", "A2", "A3", "A4", "S1"),
        strategies.interleavings,
        possible=lambda ground: ground.sessions and _offers(Record.op, Shutdown.op)(ground),
        cases=cases.invalid_numbers,
    ),
    Property(
        "sessions over time",
        ("B3", "B2", "B6"),
        machine.sessions_over_time,
        possible=lambda ground: ground.sessions and _takes_time(ground),
        cases=machine.crowded,
        share=0.4,
    ),
    Property(
        "windows over time",
        ("B4", "B9", "B6"),
        machine.windows_over_time,
        possible=lambda g: g.sessions and bool(window_fold(g.contract)) and _takes_time(g),
        cases=machine.set_back,
        share=0.4,
    ),
    Property(
        "anything in any order",
        ("B2", "B3", "B4", "B6", "B9", "C3"),
        machine.machine,
        possible=lambda ground: ground.sessions and _takes_time(ground),
        share=0.3,
    ),
    Property(
        "over the ceiling",
        ("B8",),
        machine.ceilings,
        possible=lambda g: bool(machine.low_ceilings(g.contract)) and _offers(Capture.op)(g),
        share=0.04,
    ),
    Property(
        "hostile values",
        ("S1", "W1"),
        strategies.hostilities,
        possible=_can_be_hostile,
        cases=cases.hostile_places,
        share=0.5,
    ),
    Property("consent changes", ("C3", "C2"), strategies.consent_changes, possible=_can_change),
    Property(
        "bad networks",
        ("S2", "S1"),
        strategies.bad_networks,
        possible=_offers(Capture.op),
        share=0.5,
    ),
    Property(
        "networks that fail once",
        ("W2", "W3", "B2", "B4"),
        delivery_strategies.lossy_networks,
        possible=lambda ground: _offers(Flush.op)(ground) and delivery_strategies.can_mark(ground),
        cases=delivery_strategies.each_fault,
        share=0.06,
    ),
    Property(
        "networks that refuse",
        ("W7",),
        delivery_strategies.refusing_networks,
        possible=lambda g: _offers(Capture.op, Flush.op)(g) and delivery_strategies.can_mark(g),
        cases=delivery_strategies.each_refusal,
        share=0.1,
    ),
    Property(
        "broken directories",
        ("S4", "S5"),
        host_strategies.broken_directories,
        possible=_offers(Capture.op),
        share=0.2,
    ),
    Property(
        "kept objects",
        ("S7",),
        host_strategies.kept_objects,
        possible=_offers(Capture.op),
        share=0.2,
    ),
    Property(
        "spoiled input",
        ("S6", "S5"),
        host_strategies.spoiled_input,
        possible=_can_be_hostile,
        share=0.6,
    ),
    Property(
        "damaged decisions",
        ("C7",),
        decision_strategies.damaged_decisions,
        possible=lambda g: decision_strategies.can_be_damaged(g) and _offers(Capture.op)(g),
        cases=decision_strategies.damaged_files,
        twin=decision_strategies.overruled,
        share=0.1,
    ),
    Property(
        "spellings of off",
        ("C8",),
        decision_strategies.spelled,
        possible=lambda g: decision_strategies.spells(g) and _offers(Capture.op)(g),
        cases=decision_strategies.spelled_decisions,
        twin=decision_strategies.overruled,
        share=0.1,
    ),
    Property(
        "install id",
        ("C6",),
        decision_strategies.kept_decisions,
        possible=lambda g: decision_strategies.keeps_an_id(g) and _offers(Capture.op)(g),
        cases=decision_strategies.kept_files,
        share=0.1,
    ),
    Property(
        "two at once",
        ("C6",),
        process_strategies.races,
        possible=lambda g: (
            _apart(g) and decision_strategies.keeps_an_id(g) and _offers(Capture.op, Flush.op)(g)
        ),
        cases=process_strategies.first_races,
        share=0.1,
    ),
    Property(
        "crashes",
        ("B2", "C3", "C6", "W3", "C4"),
        process_strategies.crashes,
        possible=lambda g: _apart(g) and delivery_strategies.can_mark(g) and _offers(Flush.op)(g),
        cases=process_strategies.first_crashes,
        share=0.08,
    ),
    Property(
        "full disks",
        ("S4", "S5"),
        process_strategies.full_disks,
        possible=lambda g: (
            bool(g.contract.files.log)
            and process_strategies.has_full_device()
            and _offers(Capture.op)(g)
        ),
        share=0.1,
    ),
    Property(
        "shut in",
        ("W6",),
        process_strategies.enclosed,
        possible=lambda g: "network namespace" in g.surroundings and _offers(Capture.op)(g),
        share=0.04,
    ),
    Property(
        "endless",
        ("B7",),
        process_strategies.endless_again,
        possible=process_strategies.can_be_endless,
        cases=process_strategies.endless,
        share=0.0001,
    ),
    Property(
        "debug mode",
        ("C9",),
        decision_strategies.debugged,
        possible=lambda g: decision_strategies.can_be_debugged(g) and _offers(Capture.op)(g),
        share=0.2,
    ),
    Property(
        "status",
        ("C10",),
        decision_strategies.explained_changes,
        possible=_offers(Explain.op),
        cases=decision_strategies.explained,
        share=0.2,
    ),
    Property(
        "changes at once and settled",
        ("C4", "C11"),
        decision_strategies.changes,
        possible=_can_change,
        share=0.5,
    ),
    Property(
        "described in one call",
        ("L2",),
        log_strategies.handed_over,
        possible=log_strategies.can_instrument,
        share=0.3,
    ),
    Property(
        "the log in trouble",
        ("L1", "L3"),
        log_strategies.troubled,
        possible=log_strategies.can_be_read,
        cases=log_strategies.in_each_trouble,
        share=0.5,
    ),
    Property(
        "the past cut off",
        ("F7", "F8"),
        backfill_strategies.cut_off,
        possible=lambda g: _apart(g) and backfill_strategies.has_a_past(g),
        cases=backfill_strategies.each_cut,
        share=0.06,
    ),
    Property(
        "the past on bad networks",
        ("F7", "F8"),
        backfill_strategies.deliveries,
        possible=backfill_strategies.has_a_past,
        cases=backfill_strategies.each_marker,
        share=0.3,
    ),
    Property(
        "the past",
        ("F1", "F2", "F3", "F4", "F5", "F6", "F8"),
        backfill_strategies.pasts,
        possible=backfill_strategies.has_a_past,
        cases=backfill_strategies.each_state,
        share=0.5,
    ),
    Property(
        "the past unasked for",
        ("F9",),
        backfill_strategies.unasked,
        possible=backfill_strategies.has_a_past,
        share=0.2,
    ),
    # The longest last: it waits for the whole of a client's patience.
    Property(
        "slow ends",
        ("S3", "S5"),
        host_strategies.slow_ends_again,
        possible=_offers(Capture.op, Shutdown.op),
        cases=host_strategies.slow_ends,
        share=0.01,
    ),
    *ERRORS,
)


class Profile(NamedTuple):
    """How much a run may take, or of ``deep`` one of its rounds.

    ``examples``: for each property; ``shrink_s``: seconds for each finding, spent at most twice.
    """

    examples: int
    shrink_s: float


PROFILES: dict[str, Profile] = {
    "quick": Profile(examples=40, shrink_s=2.0),
    "ci": Profile(examples=200, shrink_s=20.0),
    "deep": Profile(examples=1_000, shrink_s=120.0),
}
