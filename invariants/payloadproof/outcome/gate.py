"""What a gate says beside its verdicts: the files of the corpus, and what was drawn as news."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["failed", "fixed", "unsteady", "accepted", "not_run", "added"]


class CorpusFile(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file of the corpus.

    ``news``: it is among the news, which do not fail a run unless that was asked for; ``reason``:
    why it was not run, or is accepted.
    """

    file: str
    clause: str
    state: State
    news: bool = False
    reason: str | None = None


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """The scenarios that were drawn anew beside the fixed ones.

    ``seed``: draws them again; ``fails``: whether what they find fails the run; ``problem``: what
    ended them before their end.
    """

    seed: int
    scenarios: int
    fails: bool
    problem: str | None = None
