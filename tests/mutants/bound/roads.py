"""Wrong pipelines that keep a limit on every road but one.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

from mutants.mutant import breaks

from payloadproof_reference.ceilings import Ceilings
from payloadproof_reference.pipeline import Pipeline

_COMMANDS = ("install_", "uninstall_", "hook_", "trial_")


@breaks("B8")
class NoCeilingForErrors(Ceilings):
    """Errors are folded by window already, so that no day's ceiling is counted for them."""

    def admits(self, event, ceiling):
        return super().admits(event, None if event.startswith("$") else ceiling)


@breaks("B8")
class NoCeilingForCommands(Ceilings):
    """What a command captures is not counted: each has a process of its own."""

    def admits(self, event, ceiling):
        return super().admits(event, None if event.startswith(_COMMANDS) else ceiling)


@breaks("B8")
class NoCeilingForTheWorker(Ceilings):
    """What the worker captures is not counted: there is one worker."""

    def admits(self, event, ceiling):
        return super().admits(event, ceiling if event.startswith(_COMMANDS) else None)


@breaks("B6")
class LosesWhatAnOptInBegan(Pipeline):
    """Who opted in again has a client made anew, which the shutdown does not know."""

    _was_off = False

    def _consented(self):
        on = super()._consented()
        self._was_off = self._was_off or not on
        return on

    def shutdown(self, within_s=3.0):
        if self._was_off:
            self._sessions.clear()
            self._window.clear()
        super().shutdown(within_s)
