"""Wrong pipelines that scrub what goes by every road but one.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

from mutants import parts
from mutants.mutant import breaks
from mutants.parts import HoldsOpen, HoldsOpenForRetries, Misfit, SecondStart, Unlisted


@breaks("A1", past=HoldsOpen)
class SweepsUnscrubbed(Unlisted):
    """A safety flush carries the keys that its records had."""

    goes = parts.swept


@breaks("A1", past=HoldsOpen)
class ShutsDownSessionsUnscrubbed(Unlisted):
    """What is sent for an open session at shutdown carries the keys that its records had."""

    goes = parts.open_session


@breaks("A1", past=HoldsOpen)
class ClosesWindowsUnscrubbed(Unlisted):
    """A window that ends carries the keys that its records had."""

    goes = parts.window


@breaks("A1", past=HoldsOpen)
class ShutsDownTheWindowUnscrubbed(Unlisted):
    """The window that a shutdown closes carries the keys that its records had."""

    goes = parts.open_window


@breaks("A1", past=HoldsOpen)
class CountsErrorsUnscrubbed(Unlisted):
    """A count of equal errors carries what the caller said of them, whatever it was."""

    goes = parts.counted


@breaks("A1", past=HoldsOpenForRetries)
class RetriesUnscrubbed(Unlisted):
    """The second attempt sends the caller's own object."""

    goes = parts.captured


@breaks("A6", past=HoldsOpen)
class SweepsMisfits(Misfit):
    """A safety flush carries the values that its records had, fitting or not."""

    goes = parts.swept


@breaks("A6", past=HoldsOpen)
class ShutsDownSessionsWithMisfits(Misfit):
    """What is sent for an open session at shutdown carries values that do not fit."""

    goes = parts.open_session


@breaks("A6", past=HoldsOpen)
class ClosesWindowsWithMisfits(Misfit):
    """A window that ends carries values that do not fit."""

    goes = parts.window


@breaks("A6", past=HoldsOpen)
class ShutsDownTheWindowWithMisfits(Misfit):
    """The window that a shutdown closes carries values that do not fit."""

    goes = parts.open_window


@breaks("A6", past=HoldsOpen)
class CountsErrorsWithMisfits(Misfit):
    """A count of equal errors carries a value that does not fit."""

    goes = parts.counted


@breaks("A6", past=HoldsOpenForRetries)
class RetriesMisfits(Misfit):
    """The second attempt sends values that do not fit."""

    goes = parts.captured


@breaks("A3", apart=True)
class AnUnknownDirectiveOnASecondStart(SecondStart):
    """A process that finds an id says so in a directive of its own."""

    def _last_check(self, message):
        checked = super()._last_check(message)
        if checked is not None and self.again:
            checked["properties"]["$ip"] = "192.0.2.1"
        return checked
