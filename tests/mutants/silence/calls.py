"""Wrong pipelines that a call, or the end of the program, pays for: an error, or a wait.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import json

from mutants.mutant import breaks
from mutants.parts import RaisingSink

from payloadproof_reference.instrument import Instrumentation
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.transport import WORKER_TIMEOUT_S, Transport


@breaks("S1")
class RaisesOnACycle(Pipeline):
    """The size of the properties is measured as JSON, before anything guards the caller."""

    def capture(self, event, properties=None, **route):
        try:
            json.dumps(properties, default=lambda _: None, skipkeys=True)
        except ValueError:
            raise  # a container that holds itself
        except Exception:
            return
        super().capture(event, properties, **route)


@breaks("S1")
class LetsTheSinkRaise(RaisingSink):
    """What a sink raises reaches whoever logs."""

    def _report(self, level, component, message, error):
        self._write(level, component, message, error)
        if self._sink is not None and isinstance(error, BaseException):
            self._sink(error)


@breaks("S2")
class WaitsForTheNetwork(Transport):
    """Each event is posted in the caller's thread."""

    def send(self, message, route):
        checked = self._last_check(message)
        if checked is not None and self._is_open():
            self._attempt("/capture/", WORKER_TIMEOUT_S, **checked)


@breaks("S2")
class WaitsHalfASecondLonger(Transport):
    """The same with a time limit, after which the caller goes on."""

    def send(self, message, route):
        checked = self._last_check(message)
        if checked is not None and self._is_open():
            self._attempt("/capture/", 1.0, **checked)


@breaks("S3")
class WaitsLongerAtTheEnd(Transport):
    """Shutdown gives what is queued half as long again as a program has."""

    def close(self, budget_s):
        super().close(budget_s * 1.5)


@breaks("S3")
class CommandWaitsForItsPost(Transport):
    """A command's event is posted in its own thread, with a patience of more than three seconds."""

    def _send_alone(self, message):
        checked = self._last_check(message)
        if checked is not None and self._is_open():
            self._attempt("/capture/", 3.2, **checked)


@breaks("S1")
class ShowsWhatItDescribes(Instrumentation):
    """The properties of a call are shown in it, outside of what guards the rest."""

    def __call__(self, component, level, message, *, properties=None, **described):
        self._last = repr(properties)
        super().__call__(component, level, message, properties=properties, **described)
