"""What is said about the machine, and the names that must not be said."""

from __future__ import annotations

import os
import platform
import re
import socket
import sys
from collections.abc import Mapping
from typing import Any

from . import VERSION, schema, values

_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[_-]([A-Za-z]{2}))?(?:[.@].*)?")
_OS = {"linux": "linux", "darwin": "darwin", "win32": "win32", "aix": "aix"}


def base_properties(env: Mapping[str, str]) -> dict[str, Any]:
    """The properties of every event but those of the past."""
    release = platform.release()
    found = {
        "version": VERSION,
        "os": _OS.get(sys.platform, sys.platform.rstrip("0123456789")),
        "os_version": release,
        "is_wsl": "microsoft" in release.lower(),
        "arch": platform.machine().lower(),
        "runtime": "python",
        "runtime_version": platform.python_version(),
        "is_ci": env.get("CI", "").strip().casefold() not in ("", "0", "false"),
        "locale": _locale(env),
    }
    return values.pick(found, schema.BASE)


def _locale(env: Mapping[str, str]) -> str | None:
    """Language and country, and nothing else that somebody may have put into the variable."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        match = _LOCALE.fullmatch(env.get(name, ""))
        if match is not None:
            language, country = match.groups()
            return language.lower() + (f"-{country.upper()}" if country else "")
    return None


def private_names(env: Mapping[str, str], data_dir: str) -> list[str]:
    """Names of the person, the machine and the directories, for the redaction of errors."""
    names = [env.get(key, "") for key in ("USER", "LOGNAME", "USERNAME", "HOSTNAME", "COMPUTERNAME")]
    for folder in (env.get("HOME", ""), env.get("USERPROFILE", "")):
        names.append(os.path.basename(folder.rstrip("/\\")))
    try:
        host = socket.gethostname()  # the kernel's own answer: no name is looked up
        names += [host, host.split(".")[0]]
    except OSError:
        pass
    return [name for name in names if name]
