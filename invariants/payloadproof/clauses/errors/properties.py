"""The kinds of scenario that are made to break the clauses of this family."""

from __future__ import annotations

from payloadproof.clauses.errors.scenarios import (
    logged,
    logged_whole,
    ordinary_errors,
    plain_errors,
    said_again,
    slow_texts,
    tidied_again,
)
from payloadproof.clauses.errors.secret_scenarios import (
    across_cuts,
    any_secrets,
    each_cut,
    each_file,
    each_hidden,
    each_long_stack,
    each_wrapping,
    every_kind,
    framed_secrets,
    hidden_secrets,
    listed_secrets,
    named_frames,
)
from payloadproof.generate.errors import can_raise, logs
from payloadproof.generate.property import Property
from payloadproof.protocol.messages import Flush

PROPERTIES: tuple[Property, ...] = (
    Property(
        "any secrets in errors",
        ("E10", "E6"),
        any_secrets,
        possible=can_raise,
        cases=every_kind,
        share=0.3,
    ),
    Property(
        "secrets in errors",
        ("E1", "E6", "E2"),
        listed_secrets,
        possible=can_raise,
        cases=each_wrapping,
    ),
    Property(
        "secrets hidden from a pattern",
        ("E1",),
        hidden_secrets,
        possible=can_raise,
        cases=each_hidden,
        share=0.05,
    ),
    Property(
        "secrets in frames",
        ("E3", "E1"),
        framed_secrets,
        possible=can_raise,
        cases=each_file,
        share=0.3,
    ),
    Property(
        "secrets across a cut",
        ("E2", "E1", "E6"),
        across_cuts,
        possible=can_raise,
        cases=each_cut,
        share=0.4,
    ),
    Property(
        "secrets in names of functions",
        ("E1", "E2", "E6"),
        named_frames,
        possible=can_raise,
        cases=each_long_stack,
        share=0.2,
    ),
    Property(
        "ordinary errors",
        ("E7", "E2", "E8", "A2", "A3", "P1", "T1", "I1", "D5", "W4"),
        ordinary_errors,
        possible=can_raise,
        cases=plain_errors,
        share=0.4,
    ),
    Property(
        "errors said again",
        ("E5",),
        said_again,
        cases=tidied_again,
        possible=lambda ground: can_raise(ground) and Flush.op in ground.capabilities.ops,
        share=0.4,
    ),
    Property(
        "errors for the logger",
        ("E9",),
        logged,
        possible=logs,
        cases=logged_whole,
        share=0.3,
    ),
    Property(
        "long hostile texts",
        ("E4",),
        possible=can_raise,
        cases=slow_texts,
        share=0.01,
        order=1,
    ),
)
