"""A sample rate: an event that only a share of installs, sessions or captures sends.

Rule 1: of a sampled event nobody can say of one capture that it is due; what can be said is said of
many, by what chance all but rules out.
Rule 2: whatever this harness cannot judge of a share is told by ``payloadproof contract``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from payloadproof.contract.problem import Flaw, quoted
from payloadproof.syntax import toml

CHANCE: Final = 1e-6  # of a sound program's being found in one scenario; three in a row are asked
CAPTURES_MAX: Final = 2_000  # of one scenario
_OF_INSTALL: Final = 5  # captures that are all sent, or none of them


class Sample(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That an event is sent for a share only, drawn at random.

    Nothing of it is due then: a scenario in which it does not arrive is no finding. Where each
    event is drawn by itself, D4 everything captured arrives and D5 nothing unasked look at the
    share of many captures; where an install is drawn, at whether all or none of its events come.
    """

    share: float  # sent, of all: above 0 and below 1
    by: Literal["event", "session", "install"] = "event"  # what is drawn, and then stays so


def captures(sample: Sample, ceiling: int | None) -> int:
    """How many captures tell always and never from the share; 0 where too few can be made."""
    if sample.by == "session":
        return 0
    if sample.by == "install":
        needed = _OF_INSTALL
    else:
        rare = min(sample.share, 1 - sample.share)
        needed = math.ceil(math.log(CHANCE) / math.log1p(-rare)) + 1
    return needed if needed <= min(ceiling or CAPTURES_MAX, CAPTURES_MAX) else 0


def too_few(sample: Sample, made: int, came: int) -> bool:
    """Whether so few of so many are all but impossible by chance."""
    return came < made and _tail(sample.share, made, range(came + 1)) < CHANCE


def too_many(sample: Sample, made: int, came: int) -> bool:
    """Whether so many of so many are all but impossible by chance."""
    return 0 < came <= made and _tail(sample.share, made, range(came, made + 1)) < CHANCE


def _tail(share: float, made: int, came: range) -> float:
    """The chance that as many of ``made`` come as are in a range; each comes with this share."""
    logs = math.log(share), math.log1p(-share)
    return math.fsum(
        math.exp(
            math.lgamma(made + 1)
            - math.lgamma(k + 1)
            - math.lgamma(made - k + 1)
            + k * logs[0]
            + (made - k) * logs[1]
        )
        for k in came
    )


def unjudged(sample: Sample, ceiling: int | None) -> str | None:
    """What is not judged of a share, and why; None where all of it is."""
    if sample.by == "session":
        return "its share is not judged: no capture says of which session it is"
    if sample.by == "install":
        return "its share is not judged, only that an install sends all or none"
    if not captures(sample, ceiling):
        return "its share is not judged: it takes more captures than are made of it on one day"
    return None


def sample_flaws(sample: Sample | None, kind: str, key: str) -> Iterator[Flaw]:
    """What no program can mean, and what nobody could judge.

    Args:
        sample: the table.
        kind: the event's.
        key: of the table.
    """
    if sample is None:
        return
    if not 0 < sample.share < 1:
        expected = "a share above 0 and below 1; without the table every one is sent"
        yield Flaw(f"{key}.share", expected, toml.value(sample.share), "share = 0.1")
    if kind not in ("direct", "lifecycle"):
        expected = "no sample rate: only what is captured directly can be sampled here"
        yield Flaw(key, expected, f"one of a {quoted([kind])} event", 'kind = "direct"')
