"""What is said of the machine on every event, before the whitelist has looked at it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping

from payloadproof_reference import __version__
from payloadproof_reference.whitelist import Primitive


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
    named = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    return named.split(".")[0].split("@")[0].replace("_", "-") or None
