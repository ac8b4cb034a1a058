"""Reading an error: its class, its text, and where it came from. No line of source, no variable."""

from __future__ import annotations

import re
import types
from collections import deque
from typing import Any

from .redact import MASK, Redactor

TYPE_MAX = 100
MESSAGE_MAX = 500
STACK_MAX = 2_048
FRAMES_MAX = 10
CHAIN_MAX = 10  # causes, contexts and members of groups, the error itself included

_BASENAME = re.compile(r"[^/\\]*$")


def is_error(value: Any) -> bool:
    # type() and not isinstance(): the latter asks the object, and the object may raise.
    return issubclass(type(value), BaseException)


def key_of(error: BaseException) -> tuple[str, str]:
    """What equal errors share: the class and the innermost frame. Costs no text."""
    innermost = ""
    for code, line in _frames(error, 1):
        innermost = f"{code.co_filename}:{code.co_name}:{line}"
    return _class_name(error), innermost or "-"


def describe(error: BaseException, redactor: Redactor) -> dict[str, Any]:
    """The properties of its event, but for the count."""
    listed = [_entry(one, redactor) for one in _chain(error)]
    first = listed[0]
    return {
        "error_type": first["type"],
        "error_message": first["value"],
        "error_stack": _stack_text(first["stacktrace"]["frames"]),
        "$exception_list": listed,
        "$exception_level": "error",
    }


def _entry(error: BaseException, redactor: Redactor) -> dict[str, Any]:
    frames = [
        {
            "platform": "python",
            "function": redactor.name(code.co_name, 80, MASK),
            "filename": redactor.name(_BASENAME.search(code.co_filename)[0], 80, MASK),
            "lineno": line,
            "in_app": True,
        }
        for code, line in _frames(error, FRAMES_MAX)
    ]
    return {
        "type": redactor.name(_class_name(error), TYPE_MAX, "Error"),
        "value": redactor.text(message_of(error), MESSAGE_MAX),
        "mechanism": {"type": "generic", "handled": True},
        "stacktrace": {"type": "raw", "frames": frames},
    }


def message_of(error: BaseException) -> str:
    try:
        text = str(error)
        return text if type(text) is str else str.__str__(text)
    except Exception:
        return ""


def _class_name(error: BaseException) -> str:
    try:
        name = type.__dict__["__name__"].__get__(type(error))
        return name if type(name) is str else "Error"
    except Exception:
        return "Error"


def _frames(error: BaseException, most: int) -> list[tuple[types.CodeType, int]]:
    """The innermost frames, innermost last."""
    kept: deque[types.TracebackType] = deque(maxlen=most)
    try:
        at = BaseException.__traceback__.__get__(error)
        while type(at) is types.TracebackType:
            kept.append(at)
            at = at.tb_next
        return [(tb.tb_frame.f_code, tb.tb_lineno or 0) for tb in kept]
    except Exception:
        return []


def _chain(error: BaseException) -> list[BaseException]:
    """The error, what it came of, and the members of groups; each once."""
    found: list[BaseException] = []
    seen: set[int] = set()
    waiting: deque[Any] = deque([error])
    while waiting and len(found) < CHAIN_MAX:
        one = waiting.popleft()
        if not is_error(one) or id(one) in seen:
            continue
        seen.add(id(one))
        found.append(one)
        try:
            cause = BaseException.__cause__.__get__(one)
            waiting.append(cause if cause is not None else BaseException.__context__.__get__(one))
            if issubclass(type(one), BaseExceptionGroup):
                waiting.extend(BaseExceptionGroup.exceptions.__get__(one)[:CHAIN_MAX])
        except Exception:
            continue
    return found


def _stack_text(frames: list[dict[str, Any]]) -> str:
    """One line a frame, the innermost first, because the cut takes from the end."""
    lines: list[str] = []
    length = 0
    for frame in reversed(frames):
        line = f"{frame['function']} ({frame['filename']}:{frame['lineno']})"
        length += len(line) + 1
        if length > STACK_MAX:
            break
        lines.append(line)
    return "\n".join(lines)
