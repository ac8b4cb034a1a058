"""What is said of the machine on every event, and the names that are never said.

The first is as the machine has it: the whitelist has not looked at it yet.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import PurePath

import re2

from payloadproof_reference import __version__
from payloadproof_reference.redaction.tokens import named
from payloadproof_reference.shapes import Primitive


def base(env: Mapping[str, str]) -> dict[str, Primitive | None]:
    """The base properties of this machine, not scrubbed yet; ``node_version`` is not ours."""
    return {
        "version": __version__,
        "os": sys.platform if sys.platform == "win32" else sys.platform.rstrip("0123456789"),
        "os_version": platform.release(),
        "is_wsl": "microsoft" in platform.release().lower(),
        "arch": platform.machine(),
        "runtime": "python",
        "runtime_version": platform.python_version(),
        "is_ci": env.get("CI", "").casefold() not in {"", "0", "false"},
        "locale": _locale(env),
    }


def _locale(env: Mapping[str, str]) -> str | None:
    # A7: somebody may have put anything into the variable; a language with its country leaves.
    found = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    tag = found.split(".")[0].split("@")[0].replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else None


#: RFC 5646: a language, a script, a region; and what POSIX calls no language.
_LANGUAGE = re2.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?|C|POSIX")


#: Names that say nothing of anybody, and that every other stack has in it.
_ANYBODY = named(
    """
    admin api app bin build code default dev docker home lib localhost main node project
    python repo root runner server src test tests tmp ubuntu user users work workspace web
    """
)


def known(env: Mapping[str, str]) -> tuple[str, ...]:
    """Home, user, host, working directory and project, as far as they are to be found out."""
    home = [env.get(name, "") for name in ("HOME", "USERPROFILE")]
    names = [env.get(name, "") for name in ("USER", "USERNAME", "LOGNAME", "HOSTNAME")]
    directories = [*home, env.get("PWD", ""), _working_directory()]
    names += [PurePath(each).name for each in directories]
    names.append(platform.node())
    everybody = {name for name in names if name.casefold() not in _ANYBODY}
    return tuple(sorted((everybody | set(directories)) - {""}))


def _working_directory() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - a string is wanted
    except OSError:
        return ""
