"""A clock's time, shown to modules that ask the machine for it.

Rule 1: only the modules that are named see it, and only through their own names ``time`` and
``datetime``: nothing of Python itself is replaced, and what measures how long something takes
(``monotonic``, ``perf_counter``) stays real.
Rule 2: what they make is a ``datetime`` like any other.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any


def show(modules: Iterable[str], now: Callable[[], float]) -> None:
    """Let modules see the time of a clock.

    Args:
        modules: their names; each is imported where it was not yet.
        now: seconds since 1970.

    Raises:
        ImportError: there is no such module.
    """
    for name in modules:
        module = import_module(name)
        for known, value in list(vars(module).items()):
            seen = _seen(value, now)
            if seen is not None:
                setattr(module, known, seen)


def _seen(value: object, now: Callable[[], float]) -> object | None:
    """What stands for one of Python's; None for anything else, or what was replaced before."""
    if value is time or isinstance(value, _Time):
        return _Time(now)
    if value is dt or isinstance(value, _Datetime):
        return _Datetime(now)
    if value is time.time or getattr(value, "__func__", None) is _Time.time:
        return _Time(now).time
    if value is dt.datetime or isinstance(value, _Alike):
        return _datetime(now)
    return None


class _Time:
    """The module ``time``, with another time."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def time(self) -> float:
        return self._now()

    def time_ns(self) -> int:
        return round(self._now() * 1_000) * 1_000_000


class _Datetime:
    """The module ``datetime``, with another now."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.datetime = _datetime(now)

    def __getattr__(self, name: str) -> Any:
        return getattr(dt, name)


class _Alike(type):
    """Every ``datetime`` is one of these, and these are made as such."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, dt.datetime)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return dt.datetime(*args, **kwargs)  # noqa: DTZ001 - as the module calls it

    def __getattr__(cls, name: str) -> Any:
        return getattr(dt.datetime, name)


def _datetime(now: Callable[[], float]) -> type:
    def told(_: type, tz: dt.tzinfo | None = None) -> dt.datetime:
        return dt.datetime.fromtimestamp(now(), tz)

    def utcnow(_: type) -> dt.datetime:
        return dt.datetime.fromtimestamp(now(), dt.UTC).replace(tzinfo=None)

    names = {"now": classmethod(told), "utcnow": classmethod(utcnow), "today": classmethod(told)}
    return _Alike("datetime", (), names)
