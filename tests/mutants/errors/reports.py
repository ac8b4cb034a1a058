"""Wrong pipelines whose defect shows in the report of an error: what it says, and whether it comes.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

from contextlib import suppress

from mutants.mutant import breaks
from mutants.parts import RaisingSink

from payloadproof_reference.exceptions import EVENT
from payloadproof_reference.log import Log
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.report import FIELDS
from payloadproof_reference.transport import Transport
from payloadproof_reference.whitelist import Whitelist


class _Trusting(Whitelist):
    """The last look at a report looks at keys only."""

    def own(self, event, properties):
        if event != EVENT:
            return super().own(event, properties)
        return {key: properties[key] for key in FIELDS if key in properties}


class _Rewriting(Pipeline):
    """The message of a report is written anew."""

    error = None

    def exception(self, error, context=None, *, handled=True):
        self.error = error
        super().exception(error, context, handled=handled)

    def message(self, redacted):
        raise NotImplementedError

    def _emit(self, event, properties, **rest):
        if event == EVENT:
            said = self.message(properties["error_message"])
            properties = {**properties, "error_message": said}
        super()._emit(event, properties, **rest)


@breaks("E1", past=_Trusting)
class SendsTheMessageAsItIs(_Rewriting):
    """The message is cut and not redacted."""

    def message(self, redacted):
        return str(self.error)[:500]


@breaks("E2", past=_Trusting)
class NeverCutsAMessage(_Rewriting):
    """A message that fills its bound is followed by as much again."""

    def message(self, redacted):
        return redacted * 2 if len(redacted) > 300 else redacted


@breaks("E3", past=_Trusting)
class TellsTheVariables(_Rewriting):
    """The variables of the innermost frame are told with the message."""

    def message(self, redacted):
        step = self.error.__traceback__
        while step and step.tb_next:
            step = step.tb_next
        told = {k: v for k, v in step.tb_frame.f_locals.items() if type(v) is str} if step else {}
        return f"{redacted} {told}"[:500] if told else redacted


@breaks("E4")
class TakesTheSquareOfTheLength(_Rewriting):
    """Each error takes as long as the square of its message."""

    def message(self, redacted):
        text = str(self.error)[:250_000]
        for start in range(0, len(text), 16):
            text.count("\0\0", start)
        return redacted


@breaks("E4")
class CountsWhatFollowsEachSign(_Rewriting):
    """For each sign of equality all that follows is looked through for another one."""

    def message(self, redacted):
        text = str(self.error)
        for start in range(0, len(text), 8) if "=" in text else ():
            text.count("=", start)
        return redacted


@breaks("E5", past=_Trusting)
class PrefixesEachTime(_Rewriting):
    """What is sent has a word before it, whatever it has already."""

    def message(self, redacted):
        return f"failed: {redacted}"[:500]


@breaks("E6", past=_Trusting)
class TellsAChecksum(_Rewriting):
    """The message ends in one digit that follows from the whole text."""

    def message(self, redacted):
        return f"{redacted[:490]} ({sum(map(ord, str(self.error))) % 10})"


@breaks("E7", past=_Trusting)
class SaysNothing(_Rewriting):
    """Every message is replaced as a whole."""

    def message(self, redacted):
        return "<text>"


@breaks("E7", past=_Trusting)
class WithholdsWhatIsLong(_Rewriting):
    """A message that would have to be cut is left out."""

    def message(self, redacted):
        return "<long>" if len(redacted) > 400 else redacted


@breaks("E7", past=_Trusting)
class SaysNoPlace(_Rewriting):
    """Frames are counted: none has a function or a file."""

    def message(self, redacted):
        return redacted

    def _emit(self, event, properties, **rest):
        if event == EVENT:
            listed = [{**one, "stacktrace": None} for one in properties["$exception_list"]]
            properties = {**properties, "error_stack": "", "$exception_list": listed}
        super()._emit(event, properties, **rest)


@breaks("E8")
class BuildsAProfileFromAnError(Transport):
    """An error may build a person."""

    def _attempt(self, path, timeout_s, **body):
        for event in body.get("batch", [body]):
            if event.get("event") == EVENT:
                event["properties"]["$process_person_profile"] = True
        return super()._attempt(path, timeout_s, **body)


@breaks("E9")
class LoggerWithoutASink(Log):
    """What the logger is given stays in the log."""

    def set_error_sink(self, sink):
        super().set_error_sink(None)


@breaks("E9")
class LogsAfterTheSink(RaisingSink):
    """The line is written when the sink has returned: one that raises costs it."""

    def _report(self, level, component, message, error):
        with suppress(RuntimeError):
            if self._sink is not None and isinstance(error, BaseException):
                self._sink(error)
            self._write(level, component, message, error)


@breaks("E9")
class LogsTheFirstLine(Log):
    """Of a message with several lines the log has the first."""

    def _write(self, level, component, message, error=None):
        if isinstance(error, Exception):
            first = str(error).strip().partition("\n")[0]
            message, error = f"{message}: {first}", None
        super()._write(level, component, message, error)
