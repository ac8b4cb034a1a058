"""The conformance suite's scenarios of errors."""

from __future__ import annotations

from payloadproof.protocol.messages import Flush
from payloadproof.scenario.error_strategies import (
    any_secrets,
    bursts,
    can_raise,
    consent_changes,
    crowd,
    each_hostile_error,
    each_place,
    every_kind,
    framed_secrets,
    hostile_errors,
    listed_secrets,
    logged,
    logs,
    ordinary_errors,
    said_again,
    slow_texts,
    slow_texts_again,
    switched_off,
)
from payloadproof.suite.property import Property

ERRORS: tuple[Property, ...] = (
    Property(
        "secrets in errors",
        ("E1", "E6", "E2"),
        listed_secrets,
        possible=can_raise,
        cases=each_place,
    ),
    Property(
        "secrets in frames",
        ("E3",),
        framed_secrets,
        possible=can_raise,
        share=0.3,
    ),
    Property(
        "any secrets in errors",
        ("E10", "E6"),
        any_secrets,
        possible=can_raise,
        cases=every_kind,
        share=0.3,
    ),
    Property(
        "ordinary errors",
        ("E7", "E2", "E8", "A2", "A3", "P1"),
        ordinary_errors,
        possible=can_raise,
        share=0.4,
    ),
    Property(
        "errors said again",
        ("E5",),
        said_again,
        possible=lambda ground: can_raise(ground) and Flush.op in ground.capabilities.ops,
        share=0.4,
    ),
    Property(
        "bursts of errors",
        ("B5", "B10"),
        bursts,
        possible=lambda ground: can_raise(ground) and ground.virtual,
        cases=crowd,
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
        "errors and consent",
        ("C4", "C3", "C2"),
        consent_changes,
        possible=lambda ground: can_raise(ground) and ground.virtual,
        share=0.4,
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
        "errors for the logger",
        ("E9",),
        logged,
        possible=logs,
        share=0.3,
    ),
    Property(
        "long hostile texts",
        ("E4",),
        slow_texts_again,
        possible=can_raise,
        cases=slow_texts,
        share=0.01,
    ),
)
