"""Who decides whether anything is sent. Asked anew each time: nothing here is remembered."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KILL = "DO_NOT_TRACK"
SWITCH = "CLAUDE_MEM_TELEMETRY"
ERRORS = "CLAUDE_MEM_TELEMETRY_ERRORS"
DEBUG = "CLAUDE_MEM_TELEMETRY_DEBUG"
FILE = "telemetry.json"
KEY = "enabled"

_UNSET = ("", "0", "false")
_OFF = ("0", "false", "off", "n", "no", "none", "disable", "disabled")
_ON = ("1", "true", "on")


@dataclass(frozen=True)
class Decision:
    on: bool
    layer: str


@dataclass(frozen=True)
class Settings:
    """What the settings file says. ``content`` is None where there is no sound file."""

    state: str  # "missing", "sound" or "damaged"
    content: dict[str, Any] | None = None
    raw: bytes = b""


def read_settings(data_dir: str) -> Settings:
    """Read the settings file; whatever goes wrong but its absence is damage."""
    path = os.path.join(data_dir, FILE)
    try:
        # A pipe would block whoever opens it, and a device has no end.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return Settings("damaged")
        with open(path, "rb") as file:
            raw = file.read()
    except FileNotFoundError:
        # A link that leads nowhere is a file that somebody put there and nobody can read.
        return Settings("damaged" if os.path.islink(path) else "missing")
    except NotADirectoryError:
        return Settings("missing")
    except OSError:
        return Settings("damaged")
    try:
        content = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        return Settings("damaged", raw=raw)
    if type(content) is not dict:
        return Settings("damaged", raw=raw)
    if content.get(KEY) is not None and type(content[KEY]) is not bool:
        return Settings("damaged", raw=raw)
    return Settings("sound", content, raw)


def _word(env: Mapping[str, str], name: str) -> str:
    return env.get(name, "").strip().casefold()


def decide(env: Mapping[str, str], data_dir: str) -> Decision:
    """The first layer that says anything decides."""
    kill = env.get(KILL)
    if kill is not None and kill not in _UNSET:
        return Decision(False, KILL)
    switch = _word(env, SWITCH)
    if switch in _OFF:
        return Decision(False, SWITCH)
    if switch in _ON:
        return Decision(True, SWITCH)
    settings = read_settings(data_dir)
    if settings.state == "damaged":
        return Decision(False, FILE)  # it may have held a no
    if settings.content is not None and settings.content.get(KEY) is not None:
        return Decision(settings.content[KEY], FILE)
    return Decision(True, "default")


def errors_allowed(env: Mapping[str, str]) -> bool:
    return _word(env, ERRORS) not in _OFF


def debugging(env: Mapping[str, str]) -> bool:
    return env.get(DEBUG) == "1"
