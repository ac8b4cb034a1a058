"""What a run is to do, and what comes of the short ones."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from payloadproof.adapters.base import Connector
from payloadproof.clauses.finding import Finding
from payloadproof.contract import Contract
from payloadproof.evidence.history import History
from payloadproof.outcome.accepted import Entry
from payloadproof.protocol.messages import Implementation


class Plan(NamedTuple):
    """What a run is to do.

    ``home``: the directory for failing scenarios and Hypothesis's examples, None to keep none;
    ``seed``: None for a fresh one; ``shrink``: whether findings are made small, or reported as they
    were met; ``strict``: whether SHOULD clauses count; ``allow_unsupported``: clauses that the
    adapter may leave unsupported; ``accepted``: entries of a baseline; ``survey``: keep
    one finding of every kind, none of them made small, to write a baseline from; ``examples``:
    instead of the profile's; ``saves``: whether failing scenarios are written to files;
    ``corpus``: the directory of those that are run first, None for none; ``explores``: only what is
    drawn, with what Hypothesis remembers, and none of the tables.
    """

    contract: Contract
    contract_name: str
    connector: Connector
    clauses: tuple[str, ...]
    profile: str = "quick"
    seed: int | None = None
    home: Path | None = None
    shrink: bool = True
    strict: bool = False
    allow_unsupported: tuple[str, ...] = ()
    accepted: tuple[Entry, ...] = ()
    survey: bool = False
    examples: int | None = None
    saves: bool = True
    corpus: Path | None = None
    explores: bool = False


class Smoke(NamedTuple):
    """What a quick look saw: with consent on, and with it off.

    ``unheard``: what was handed over and is in nothing that arrived, in a line each.
    """

    implementation: Implementation
    lit: History
    dark: History
    unheard: tuple[str, ...] = ()


class Replayed(NamedTuple):
    """What came of running a saved scenario again."""

    finding: Finding | None  # None, too, where it was seen and not each time
    seen: int
    runs: int
    arrived: int  # requests

    @property
    def result(self) -> Literal["FIXED", "UNSTEADY", "FAILED"]:
        """What is said of it; UNSTEADY: it was seen, but not each time."""
        if self.finding:
            return "FAILED"
        return "UNSTEADY" if self.seen else "FIXED"

    @property
    def exit_code(self) -> int:
        """Of the command: 0 only for FIXED."""
        return 0 if self.result == "FIXED" else 1
