"""What the commands that write no report say, as values: what ``--format json`` prints.

Rule 1: each has the exit code that the command ends with, so that it can be read without a shell.
"""

from __future__ import annotations

from typing import Literal

from payloadproof.outcome.model import Value, Verdict
from payloadproof.protocol.messages import Implementation


class Noticed(Value, frozen=True, kw_only=True):
    """One thing that a quick look saw, and whether it is as it should be."""

    verdict: Verdict
    text: str


class SmokeAnswer(Value, frozen=True, kw_only=True):
    """What ``smoke`` saw. ``on`` and ``off``: how many events arrived with consent, and without."""

    format: Literal[1] = 1
    payloadproof: str
    command: Literal["smoke"] = "smoke"
    implementation: Implementation
    adapter: str
    contract: str
    exit_code: int
    on: int
    off: int
    noticed: tuple[Noticed, ...]
    causes: tuple[str, ...]
    next: str


class ReplayAnswer(Value, frozen=True, kw_only=True):
    """What came of a saved scenario: ``seen`` in so many of ``runs``; texts only where it failed.

    ``result``: UNSTEADY, where it was seen and not each time.
    ``requests``: how many arrived; where none did, FIXED may only mean that nothing was sent.
    """

    format: Literal[1] = 1
    payloadproof: str
    command: Literal["replay"] = "replay"
    clause: str
    result: Literal["FIXED", "UNSTEADY", "FAILED"]
    exit_code: int
    seen: int
    runs: int
    requests: int
    expected: str | None = None
    observed: str | None = None
    evidence: tuple[str, ...] = ()


class Difference(Value, frozen=True, kw_only=True):
    """One difference between two releases. ``place``: as a file of reasons has it."""

    what: Literal["new", "gone"]
    event: str
    key: str | None
    place: str
    text: str
    reason: str | None


class DiffAnswer(Value, frozen=True, kw_only=True):
    """What ``diff`` found. ``unused``: places of reasons that explain nothing."""

    format: Literal[1] = 1
    payloadproof: str
    command: Literal["diff"] = "diff"
    old: str
    new: str
    exit_code: int
    changes: tuple[Difference, ...]
    unused: tuple[str, ...]


class PlanAnswer(Value, frozen=True, kw_only=True):
    """What ``probe --plan`` says: so many runs as a rule, at most so many, and seconds."""

    format: Literal[1] = 1
    payloadproof: str
    command: Literal["probe"] = "probe"
    exit_code: Literal[0] = 0
    usual: int
    runs: int
    seconds: float


class RecordAnswer(Value, frozen=True, kw_only=True):
    """What ``record`` without a command wrote, which was not judged."""

    format: Literal[1] = 1
    payloadproof: str
    command: Literal["record"] = "record"
    exit_code: Literal[0] = 0
    recording: str
    next: str


ANSWERS = (SmokeAnswer, ReplayAnswer, DiffAnswer, PlanAnswer, RecordAnswer)
