"""The runs of a probe, as a report holds them: what was sent to whom, and when."""

from __future__ import annotations

from typing import Literal

import msgspec


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """One host of one run.

    ``at_s``: seconds from the start of the run at which the first requests came; ``requests``: how
    many there were in all.
    """

    host: str
    kind: Literal["posthog", "telemetry", "other"]
    at_s: tuple[float, ...]
    requests: int


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """One run.

    ``took_s``: seconds to its end, or from the signal where it was told to end; ``ended``: by
    itself, when told to by a signal, or stopped by us.
    """

    name: str
    took_s: float
    ended: Literal["itself", "told", "stopped"]
    exit_code: int | None
    spoken: tuple[Spoken, ...]
