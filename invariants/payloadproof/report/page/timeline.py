"""The runs of a probe below each other, on one scale: how long each took, and whom it told when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from payloadproof.outcome.ran import Ran

ENDED: Final = {
    "itself": "ended by itself",
    "told": "ended when it was told to",
    "stopped": "ended by us, late",
}
#: Kinds of hosts, from above to below.
LANES: Final = {
    "posthog": "PostHog",
    "telemetry": "other telemetry",
    "other": "any other host",
}


class Mark(NamedTuple):
    """A request. ``at``: from the left, in percent."""

    at: float
    kind: str
    words: str


class Line(NamedTuple):
    """One run. ``length``: of the longest, in percent."""

    length: float
    ended: str
    words: str
    marks: tuple[Mark, ...]


class Timeline(NamedTuple):
    """All runs; ``seconds``: what the whole width stands for; ``kinds``: of hosts, that are met."""

    seconds: float
    lines: tuple[Line, ...]
    kinds: tuple[str, ...]


def timeline(runs: Sequence[Ran]) -> Timeline:
    """The picture of the runs of a report, in their order."""
    ends = [max([one.took_s, *(at for to in one.spoken for at in to.at_s)]) for one in runs]
    seconds = max([*ends, 0.1])
    met = {to.kind for one in runs for to in one.spoken}
    return Timeline(
        seconds=seconds,
        lines=tuple(_line(one, end, seconds) for one, end in zip(runs, ends, strict=True)),
        kinds=tuple(kind for kind in LANES if kind in met),
    )


def _line(run: Ran, end: float, seconds: float) -> Line:
    told = ", ".join(f"{one.requests:,} to {one.host}" for one in run.spoken)
    code = f", exit code {run.exit_code}" if run.exit_code else ""
    return Line(
        length=_share(end, seconds),
        ended=run.ended,
        words=f"{run.took_s:.1f} s{code}; {told or 'told nobody anything'}",
        marks=tuple(
            Mark(_share(at, seconds), one.kind, f"{one.host}, after {at:.1f} s")
            for one in run.spoken
            for at in one.at_s
        ),
    )


def _share(some: float, whole: float) -> float:
    return round(100 * some / whole, 2)
