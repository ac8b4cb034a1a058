"""What became of wrong programs, kept in a file that a page is made of.

Rule 1: a file holds what was measured, one line for each program, in an order that does not hang on
which was done first: what changed between two runs can be read in a diff.
Rule 2: a run of some programs changes their lines alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

#: ``own``: by the clause that was meant; ``other``: by another one; ``stillborn``: it does not even
#: start, so that no check is needed; ``timed out``: it was given up, and no clause had said so.
Verdict = Literal["own", "other", "survived", "timed out", "stillborn"]


class Score(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one wrong program.

    ``cost``: seconds of processor time until it was found, or in all; ``by``: the clauses that
    found it; ``diff``: how a survivor differs from what is right.
    """

    name: str
    family: str
    clause: str
    verdict: Verdict
    by: tuple[str, ...] = ()
    cost: float = 0.0
    scenarios: int = 0
    says: str = ""
    diff: str = ""
    why: str = ""

    @property
    def killed(self) -> bool:
        """Whether any clause found it."""
        return self.verdict in ("own", "other")


class Scores(msgspec.Struct, frozen=True):
    """A file of them; ``seed``: what the scenarios were drawn by."""

    seed: int
    scores: tuple[Score, ...] = ()


def read(path: Path) -> Scores:
    """What is kept; nothing, where there is no file."""
    if not path.exists():
        return Scores(0)
    return msgspec.json.decode(path.read_bytes(), type=Scores)


def kept(path: Path, fresh: Iterable[Score], *, seed: int, names: Iterable[str]) -> Scores:
    """Write what was measured over what was kept before.

    ``names``: all programs that there are now: the line of one that is gone goes, too.
    """
    known = {one.name: one for one in read(path).scores} | {one.name: one for one in fresh}
    there = {*names}
    scores = Scores(seed, tuple(known[name] for name in sorted(known) if name in there))
    lines = b",\n".join(msgspec.json.encode(one) for one in scores.scores)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'{"seed":%d,"scores":[\n%s\n]}\n' % (seed, lines))
    return scores
