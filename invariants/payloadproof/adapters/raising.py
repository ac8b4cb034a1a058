"""Errors of the ``exception`` operation, really raised, for implementers in Python.

Rule 1: an error comes through functions of the names, in files of the paths, that the harness
gave: its traceback is one that the interpreter made.
Rule 2: no file is written. The source lines stand in ``linecache``, where ``traceback`` and
error SDKs look for them.
"""

from __future__ import annotations

import keyword
import linecache
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

from payloadproof.protocol import codec
from payloadproof.protocol.messages import Fault, Frame

KEPT_FILES = 256  # sources of ours that linecache holds at a time

_sources: list[str] = []


def build(fault: Fault) -> Any:
    """The error that ``fault`` describes, caught after it was raised, or the hostile value.

    Raises:
        MalformedLineError: a hostile kind is unknown, or a frame's function is no identifier.
    """
    if fault.hostile is not None:
        return codec.build({codec.TAG: fault.hostile})
    try:
        error = _made(fault)
        call = _called_through(fault.frames, error)
    except ValueError as problem:  # a null in the name of a class or of a file
        raise codec.MalformedLineError(str(problem)) from problem
    try:
        call()
    except BaseException as caught:
        # Without the frame of this function; the class may say otherwise of its traceback.
        trace = sys.exc_info()[2]
        return caught.with_traceback(trace and trace.tb_next)
    raise AssertionError


def _made(fault: Fault) -> BaseException:
    own: dict[str, Any] = {}
    if fault.stack is not None:
        stack = codec.build(fault.stack)
        own["__traceback__"] = property(lambda _: stack)
    cause, context = (build(f) if f else None for f in (fault.cause, fault.context))
    if cause is not None and not _raisable(cause):
        # The interpreter lets only an exception be a cause; a class may say what it likes.
        own["__cause__"] = property(lambda _: cause)
    message = codec.build(fault.message)
    members = [member for member in map(build, fault.group) if issubclass(type(member), Exception)]
    grouped = bool(members) and type(message) is str
    kind = type(fault.type, (ExceptionGroup if grouped else Exception,), own)
    error: BaseException = kind(message, members) if grouped else kind(message)
    if _raisable(cause):
        error.__cause__ = cause
    if _raisable(context):
        error.__context__ = context
    return error


def _raisable(value: object) -> TypeGuard[BaseException]:
    """Whether it is an exception; what is hostile may not even be asked for its type."""
    return issubclass(type(value), BaseException)


def _called_through(frames: Sequence[Frame], error: BaseException) -> Callable[[], None]:
    """What raises ``error`` in the last of ``frames``, each called by the one before."""

    def thrower() -> None:
        raise error

    call: Callable[[], None] = thrower
    for depth, frame in enumerate(reversed(frames)):
        call = _function(frame, call if depth else None, error)
    return call


def _function(
    frame: Frame, inner: Callable[[], None] | None, error: BaseException
) -> Callable[[], None]:
    for name in (frame.function, *frame.locals):
        if not name.isidentifier() or keyword.iskeyword(name):
            raise codec.MalformedLineError(f"{name!r} cannot be the name of a function or variable")
    given = {"inner_of_frame": inner, "error_of_frame": error, "locals_of_frame": frame.locals}
    action = "inner_of_frame()" if inner else "raise error_of_frame"
    comment = " ".join(frame.source.split())
    lines = [f"def {frame.function}():"]
    lines += [f"    {name} = locals_of_frame[{name!r}]" for name in frame.locals]
    lines += [f"    {action}  # {comment}" if comment else f"    {action}"]
    source = "\n".join(lines) + "\n"
    _remember(frame.file, source)
    exec(compile(source, frame.file, "exec"), given)  # noqa: S102 - the harness wrote it
    function: Callable[[], None] = given[frame.function]  # type: ignore[assignment]  # compiled
    return function


def _remember(path: str, source: str) -> None:
    # No modification time: linecache takes it for a source that has no file, and keeps it.
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    _sources.append(path)
    while len(_sources) > KEPT_FILES:
        forgotten = _sources.pop(0)
        if forgotten not in _sources:
            linecache.cache.pop(forgotten, None)
