"""Wrong pipelines that ask for consent on every road but one.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from mutants.mutant import breaks

from payloadproof_reference.consent import Consent
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.transport import Transport


class _Favours(Transport):
    """What comes by one road is not asked about at the door; everything else is."""

    favour = False

    def __init__(self, *parts):
        self._favoured = set()
        super().__init__(*parts)

    def send(self, message, route):
        if self.favour:
            self._favoured.add(message["uuid"])
        super().send(message, route)

    def purge(self):
        if self._closed.is_set():
            super().purge()
        else:
            with self._lock:
                kept = self._favoured & self._cleared.keys()
                self._cleared = {uuid: self._cleared[uuid] for uuid in kept}

    def _is_open(self):
        return super()._is_open() or (bool(self._favoured) and not self._closed.is_set())


class _Keeps(Pipeline):
    """What was recorded for one road is kept after an opt-out."""

    kept = ""

    def _consented(self):
        if self._consent.allowed():
            return True
        for part in {"_sessions", "_window", "_exceptions"} - {self.kept}:
            getattr(self, part).clear()
        self._transport.purge()
        return False

    def _unasked(self, event, rollup):
        self._transport.favour = True
        self._emit_rollup(event, rollup)
        self._transport.favour = False


@breaks("C4", past=_Favours)
class SweepsWithoutConsent(_Keeps):
    """The sweep of long sessions does not ask again."""

    kept = "_sessions"

    def _sweep(self):
        for rollup in self._sessions.sweep():
            self._unasked("observer_turn_rollup", rollup)


@breaks("C4", past=_Favours)
class EndsSessionsUnasked(_Keeps):
    """The end of a session does not ask again, and all other roads do."""

    kept = "_sessions"

    def end_session(self, session):
        self._unasked("observer_turn_rollup", self._sessions.end(session))


@breaks("C4", past=_Favours)
class ShutsDownSessionsWithoutConsent(_Keeps):
    """A shutdown sends each open session, whatever was decided meanwhile."""

    kept = "_sessions"

    def shutdown(self, within_s=3.0):
        for rollup in self._sessions.drain("worker_shutdown"):
            self._unasked("observer_turn_rollup", rollup)
        super().shutdown(within_s)


@breaks("C4", past=_Favours)
class ClosesWindowsWithoutConsent(_Keeps):
    """The timer of a window does not ask again."""

    kept = "_window"

    def _close_window(self):
        self._unasked("context_injected_rollup", self._window.drain())


@breaks("C4", past=_Favours)
class ShutsDownTheWindowWithoutConsent(_Keeps):
    """A shutdown sends the open window, whatever was decided meanwhile."""

    kept = "_window"

    def shutdown(self, within_s=3.0):
        self._unasked("context_injected_rollup", self._window.drain())
        super().shutdown(within_s)


@breaks("C4", past=_Favours)
class CountsErrorsWithoutConsent(_Keeps):
    """A count of equal errors is sent when its window closes, and nobody is asked."""

    kept = "_exceptions"

    def _send_report(self, report):
        self._unasked("$exception", report)


@breaks("C4")
class RetriesWithoutConsent(Transport):
    """The first attempt asks; those after it take the answer for granted."""

    _trying = False

    def _attempt(self, path, timeout_s, **body):
        answer = super()._attempt(path, timeout_s, **body)
        self._trying = path == "/batch/" and answer.retryable
        return answer

    def purge(self):
        if not self._trying or self._closed.is_set():
            super().purge()

    def _is_open(self):
        return True if self._trying and not self._closed.is_set() else super()._is_open()


@breaks("C4", apart=True)
class ASecondStartRemembersConsent(Consent):
    """A process that finds that another one was here takes it that somebody had agreed."""

    def __init__(self, env, data_dir):
        super().__init__(env, data_dir)
        seen = Path(data_dir) / "seen"
        self._again = seen.exists()
        with contextlib.suppress(OSError):
            seen.touch()

    def verdict(self):
        name, on = super().verdict()
        return name, on or self._again
