"""The home directory of whoever runs this, kept out of what is handed on.

Rule 1: a report is kept as an artifact and mailed around: it says ``~`` where a path begins with
the real home. A scenario is data to run again, and its homes are made for it.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
from typing import Any, TypeVar, cast

import msgspec

from payloadproof.scenario.steps import Scenario

Told = TypeVar("Told")


def without_home(value: Told) -> Told:
    """A report, or a part of one, with ``~`` in the place of the real home in every text."""
    homes = _homes()
    if not homes:
        return value
    # Not within a longer name: /root is no part of /rootfs, nor of /srv/root.
    pattern = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, homes))})(?![\w.-])")
    return cast("Told", _replaced(value, pattern))


def _replaced(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub("~", value)
    if isinstance(value, tuple):
        return tuple(_replaced(one, pattern) for one in value)
    if isinstance(value, dict):
        return {_replaced(k, pattern): _replaced(v, pattern) for k, v in value.items()}
    if isinstance(value, msgspec.Struct) and not isinstance(value, Scenario):
        parts = {name: _replaced(getattr(value, name), pattern) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **parts)
    return value


def _homes() -> list[str]:
    """As the environment and the system know it, links followed and not; the longest first."""
    named = {os.environ.get("HOME", "")}
    with contextlib.suppress(KeyError):  # a container may run as a user without an entry
        named.add(pwd.getpwuid(os.getuid()).pw_dir)
    absolute = [one.rstrip("/") for one in named if one.startswith("/")]
    found = {*absolute, *map(os.path.realpath, absolute)} - {"", "/"}
    return sorted(found, key=len, reverse=True)
