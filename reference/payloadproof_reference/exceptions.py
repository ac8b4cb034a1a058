"""Errors, as PostHog's Error Tracking groups them, with nothing in them that names anybody.

Rule 1: total. An error may be any object with any code of its own; that code costs its own text.
Rule 2: whether to send is decided by what is cheap: class and innermost frame. Only what is sent,
or counted for the first time, is redacted.
Rule 3: every text is redacted: class names, messages, names of functions and files, of causes,
contexts and members of groups too.
Rule 4: of a frame go out function, code file's name, line number; no source line, no variable, no
directory (E3). The SDK's own builder, which reads source files, is not used.
Rule 5: no error is kept: a frame holds the caller's variables alive.

What describes an error (cause, context, traceback) is read past its class: a property of the same
name is the caller's code, and the interpreter would not have used it either.
"""

from __future__ import annotations

import sysconfig
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from types import CodeType, TracebackType
from typing import Any

from payloadproof_reference.clock import Clock
from payloadproof_reference.forked import in_each_child
from payloadproof_reference.limiter import OVERFLOW, Limiter
from payloadproof_reference.redaction import paths as redact_paths
from payloadproof_reference.redaction.redact import (
    MESSAGE_CHARS,
    RAW_CHARS,
    STACK_FRAMES,
    Kind,
    Redactor,
)

EVENT = "$exception"
SWITCH = "CLAUDE_MEM_TELEMETRY_ERRORS"
# C5, C8: the spellings of consent's own variable.
OFF = frozenset({"0", "false", "off", "n", "no", "none", "disable", "disabled"})

#: An error with its causes, contexts and group members: as many are looked at.
MOST_ERRORS = 10
#: As far a traceback is followed to its innermost frames; a recursion is a thousand deep.
MOST_FRAMES = 5_000

_NOT_OURS = ("site-packages", "dist-packages", "<frozen ", sysconfig.get_paths()["stdlib"])
_COMPILER_NAMES = frozenset(
    {"<module>", "<lambda>", "<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>"}
)

Report = dict[str, Any]
Frames = list[tuple[CodeType, int]]


def enabled(env: Mapping[str, str]) -> bool:
    """Whether the kill switch lets errors through."""
    return env.get(SWITCH, "").strip().casefold() not in OFF


class Builder:
    """What is said of one error."""

    def __init__(self, redactor: Redactor, known: Callable[[], Sequence[str]]) -> None:
        self._redactor = redactor
        self._known = known

    def fingerprint(self, error: object) -> Hashable:
        """What tells one kind of error from another, without redacting anything.

        The message has no part in it: it may differ each time. It is never sent either: a digest
        of a secret is one more view of it.
        """
        # B5: errors that differ in type and top frame are separate.
        frames = _frames(error)
        top = (frames[-1][0].co_filename, frames[-1][0].co_name, frames[-1][1]) if frames else None
        return _type_name(error), top

    def report(self, error: object, *, handled: bool) -> Report:
        """The event's own properties, but for the count."""
        # E1: causes, contexts and members of groups go the same way.
        listed = [self._listed(each, number, handled=handled) for number, each in _chain(error)]
        first = listed[0]
        return {
            "error_type": first["type"],
            "error_message": first["value"],
            "error_stack": self._stack(first),
            "$exception_list": listed,
            "$exception_level": "error",
        }

    def overflow(self) -> Report:
        """What stands for all errors that came when no window was left."""
        message = "more kinds of errors at a time than are told apart"
        mechanism = {"type": "generic", "handled": True, "synthetic": True}
        listed = {"type": "TooManyErrors", "value": message, "mechanism": mechanism}
        return {
            "error_type": "TooManyErrors",
            "error_message": message,
            "error_stack": "",
            "$exception_list": [listed],
            "$exception_level": "error",
        }

    def _listed(self, error: object, number: int, *, handled: bool) -> dict[str, Any]:
        # E3: function, file name, line: nothing else of a frame.
        frames = [self._frame(code, line) for code, line in _frames(error)[-STACK_FRAMES:]]
        mechanism: dict[str, Any] = {"type": "generic", "handled": handled, "synthetic": False}
        if number:
            mechanism = {"type": "chained", "handled": handled, "synthetic": False}
        return {
            "type": self._redact(_type_name(error), "type") or "Error",
            "value": self._redact(_text(error), "message"),
            "mechanism": mechanism,
            "stacktrace": {"type": "raw", "frames": frames},
        }

    def _frame(self, code: CodeType, line: int) -> dict[str, Any]:
        return {
            "platform": "python",
            "function": self._function(code.co_name),
            "filename": self._redact(redact_paths.basename(code.co_filename), "type"),
            "lineno": line,
            "in_app": not any(part in code.co_filename for part in _NOT_OURS),
        }

    def _function(self, name: str) -> str:
        if name in _COMPILER_NAMES:
            return name
        plain = name.isidentifier() and name.isascii() and self._redact(name, "type") == name
        return name if plain else "<name>"

    def _stack(self, listed: Mapping[str, Any]) -> str:
        # As Python prints it: the innermost frame comes last.
        lines = [
            f'File "{frame["filename"]}", line {frame["lineno"]}, in {frame["function"]}'
            for frame in listed["stacktrace"]["frames"]
        ]
        return self._redact("\n".join(lines), "stack")

    def _redact(self, text: str, kind: Kind) -> str:
        return self._redactor.redact(text, kind=kind, known=self._known())


class Exceptions:
    """Reports of errors, at most one per kind and window; thread safe.

    Args:
        clock: What the windows go by.
        redactor: The rules.
        known: Names and directories that the redaction takes out wherever they stand.
        send: Takes a report when a window closes on occurrences that no report has carried.
    """

    limiter_type = Limiter
    builder_type = Builder

    def __init__(
        self,
        clock: Clock,
        redactor: Redactor,
        known: Callable[[], Sequence[str]],
        send: Callable[[Report], None],
    ) -> None:
        self._builder = self.builder_type(redactor, known)
        self._send = send
        self._limiter = self.limiter_type(clock, self._closed)
        #: what a later count is sent with, by key: at most one for each open window
        self._reports: dict[Hashable, Report] = {}
        self._lock = threading.Lock()
        in_each_child(self._forked)

    def _forked(self) -> None:
        # The limiter was made before, and has forgotten its counts.
        self._lock = threading.Lock()
        self._reports.clear()

    def occurred(
        self, error: object, context: Callable[[], Mapping[str, Any]], *, handled: bool
    ) -> Report | None:
        """Count ``error``; its report, if it is to be sent now.

        ``context`` is asked only for a report: what the caller says of the error, scrubbed.
        """
        key, now = self._limiter.occurred(self._builder.fingerprint(error))
        if not now and key in self._reports:
            return None
        report = self._report(key, error, context, handled=handled)
        with self._lock:
            self._reports[key] = report
        return {**report, "occurrence_count": 1} if now else None

    def drain(self) -> None:
        """Send every count that no report has carried."""
        self._limiter.drain()

    def clear(self) -> None:
        """Forget every count and every report."""
        self._limiter.clear()
        with self._lock:
            self._reports.clear()

    def stop(self) -> None:
        """Send nothing any more."""
        self._limiter.stop()

    def _report(
        self,
        key: Hashable,
        error: object,
        context: Callable[[], Mapping[str, Any]],
        *,
        handled: bool,
    ) -> Report:
        if key == OVERFLOW:
            # Which error it is would be said of all the others that share its count.
            return self._builder.overflow()
        return {**context(), **self._builder.report(error, handled=handled)}

    def _closed(self, key: Hashable, held: int) -> None:
        with self._lock:
            report = self._reports.get(key) if held else self._reports.pop(key, None)
        if held and report is not None:
            self._send({**report, "occurrence_count": held})


def _type_name(error: object) -> str:
    # Past the metaclass, which may say anything or raise.
    name = type.__dict__["__name__"].__get__(type(error))
    return str(name)[: 2 * MESSAGE_CHARS]


def _text(error: object) -> str:
    """The error's message: what a program prints of it; nothing of an object that is no error."""
    # By the type: an object can say of itself what class it is.
    if not issubclass(type(error), BaseException | str):
        return ""
    try:
        text = str(error)
    except Exception:
        return ""
    # A subclass of str has methods of its own.
    return str.__str__(text)[: RAW_CHARS + 1]


def _read(error: object, name: str) -> Any:
    """An attribute of the interpreter's own, whatever the class says of it."""
    if not issubclass(type(error), BaseException):
        return None
    return BaseException.__dict__[name].__get__(error)


def _frames(error: object) -> Frames:
    """Code and line of each frame, outermost first."""
    frames: Frames = []
    step: TracebackType | None = _read(error, "__traceback__")
    while step is not None and len(frames) < MOST_FRAMES:
        frames.append((step.tb_frame.f_code, step.tb_lineno or 0))
        step = step.tb_next
    return frames


def _chain(error: object) -> Iterator[tuple[int, object]]:
    """The error and what it came of, nearest first; each once, whatever cycles there are."""
    waiting, seen, number = [error], {id(error)}, 0
    while waiting and number < MOST_ERRORS:
        current = waiting.pop(0)
        yield number, current
        number += 1
        for origin in _origins(current):
            if id(origin) not in seen:
                seen.add(id(origin))
                waiting.append(origin)


def _origins(error: object) -> Iterator[BaseException]:
    cause = _read(error, "__cause__")
    context = None if _read(error, "__suppress_context__") else _read(error, "__context__")
    members: Any = ()
    if issubclass(type(error), BaseExceptionGroup):
        members = BaseExceptionGroup.__dict__["exceptions"].__get__(error)[:MOST_ERRORS]
    yield from (each for each in (cause, context, *members) if each is not None)
