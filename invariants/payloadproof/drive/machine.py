"""What this machine can do, each thing tried, and how to get what it cannot.

Rule 1: what can be tried is tried, with the very call that a run makes; a setting of the kernel is
read only to say why it failed, and what would change that.
Rule 2: nothing is changed or installed, and whatever goes wrong while trying is an answer. An extra
is looked for and not imported: a client library may begin to speak as soon as it is.

Settings that take user namespaces from a plain user: ``user_namespaces(7)`` for the first two,
Debian's kernels up to 10 for the third, AppArmor's in Ubuntu from 23.10 on for the last.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from payloadproof.adapters import memory
from payloadproof.drive import enclosure, internet

OLDEST = (3, 11)
TRIED_S = 10.0
NOBODY = 65534
_NOBODY: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": ()}

PROC = Path("/proc")
#: The file below /proc/sys, the value that forbids it, and the one that allows it.
SETTINGS = (
    ("user/max_user_namespaces", "0", "15000"),
    ("user/max_net_namespaces", "0", "15000"),
    ("kernel/unprivileged_userns_clone", "0", "1"),
    ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
)
CONTAINER = "docker run --security-opt seccomp=unconfined --cap-add SYS_ADMIN IMAGE"
#: What installs a package of the system, and packages that it calls otherwise.
INSTALLERS: dict[str, tuple[str, dict[str, str]]] = {
    "apt-get": ("sudo apt-get install", {}),
    "dnf": ("sudo dnf install", {}),
    "apk": ("sudo apk add", {}),
    "pacman": ("sudo pacman -S", {}),
    "brew": ("brew install", {"nodejs": "node"}),
}
#: What the extras of pyproject.toml bring, as it is imported.
EXTRAS = {
    "reference": ("posthog", "re2", "requests"),
    "parquet": ("pyarrow",),
    "spark": ("pyspark", "pandas"),
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Ability(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that this machine has or lacks.

    Attributes:
        name: what it is, the same on every machine.
        there: whether a run could use it.
        what: its version or place, or why it is not there.
        get: the command that brings it; empty where it is there.
    """

    name: str
    there: bool
    what: str
    get: str = ""


def abilities() -> Iterator[Ability]:
    """Each thing that something in Payloadproof needs, in the order of its weight."""
    yield _python()
    yield _proc()
    yield _unshare()
    yield _namespace("network namespace", enclosure.UNSHARE)
    inside = _namespace("small internet", internet.UNSHARE)
    yield inside
    if inside.there and _may_be_nobody():
        yield _namespace("small internet as a plain user", internet.UNSHARE, as_nobody=True)
    yield from map(_extra, EXTRAS)
    yield _node()
    yield _browser()


def system() -> str:
    """The system and its kernel, as it calls itself."""
    return f"{platform.system()} {platform.release()} on {platform.machine()}"


def _python() -> Ability:
    there = sys.version_info[:2] >= OLDEST
    oldest = ".".join(map(str, OLDEST))
    return Ability(
        name="python",
        there=there,
        what=platform.python_version() + ("" if there else f", and {oldest} is the oldest that is"),
        get="" if there else _installed(f"python{oldest}"),
    )


def _proc() -> Ability:
    there = memory.can_be_told() and (PROC / "self" / "ns" / "net").exists()
    linux = sys.platform.startswith("linux")
    return Ability(
        name="/proc",
        there=there,
        what=str(PROC)
        if there
        else "it is not mounted"
        if linux
        else f"{platform.system()} has none",
        get="" if there else "sudo mount -t proc proc /proc" if linux else CONTAINER,
    )


def _unshare() -> Ability:
    found = shutil.which(internet.UNSHARE[0])
    linux = sys.platform.startswith("linux")
    absent = "there is no such program" if linux else "it needs Linux"
    return Ability(
        name="unshare",
        there=found is not None,
        what=found or absent,
        get="" if found else _installed("util-linux") if linux else CONTAINER,
    )


def _namespace(name: str, call: Sequence[str], *, as_nobody: bool = False) -> Ability:
    why = _refused(call, as_nobody=as_nobody)
    tried = f"{' '.join(call)} true"
    if not why:
        return Ability(name=name, there=True, what=f"{tried} succeeds")
    return Ability(name=name, there=False, what=f"{tried}: {why}", get=_allowed())


def _may_be_nobody() -> bool:
    """Whether this process is root, and may start another as a plain user."""
    if os.geteuid() != 0:
        return False
    try:
        subprocess.run(["true"], check=False, cwd="/", timeout=TRIED_S, **_NOBODY)  # noqa: S607
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _refused(call: Sequence[str], *, as_nobody: bool) -> str:
    """Why these namespaces cannot be had; empty where they can."""
    if not sys.platform.startswith("linux"):
        return "it needs Linux"
    user = _NOBODY if as_nobody else {}
    try:
        tried = subprocess.run(
            [*call, "true"], capture_output=True, check=False, timeout=TRIED_S, cwd="/", **user
        )
    except FileNotFoundError:
        return "there is no such program"
    except subprocess.TimeoutExpired:
        return f"it did not end within {TRIED_S:g} s"
    except (OSError, subprocess.SubprocessError) as error:
        return f"it cannot be tried here ({error})"
    said = tried.stderr.decode(errors="replace").strip()
    return "" if tried.returncode == 0 else said or f"it exits with {tried.returncode}"


def _allowed() -> str:
    """The command after which a plain user gets namespaces."""
    if not sys.platform.startswith("linux"):
        return CONTAINER
    if shutil.which(internet.UNSHARE[0]) is None:
        return _installed("util-linux")
    for setting, forbids, allows in SETTINGS:
        if _setting(setting) == forbids:
            return f"sudo sysctl -w {setting.replace('/', '.')}={allows}"
    # No setting forbids it: what is left is a filter of calls, as a container has.
    return CONTAINER


def _setting(name: str) -> str | None:
    try:
        return (PROC / "sys" / name).read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        return None


def _extra(name: str) -> Ability:
    lacking = [module for module in EXTRAS[name] if importlib.util.find_spec(module) is None]
    return Ability(
        name=f"extra {name}",
        there=not lacking,
        what=f"not installed: {', '.join(lacking)}" if lacking else ", ".join(EXTRAS[name]),
        get=f'pip install "payloadproof[{name}]"' if lacking else "",
    )


def _node() -> Ability:
    found = shutil.which("node")
    said = "there is no such program"
    if found is not None:
        try:
            tried = subprocess.run(
                [found, "--version"], capture_output=True, check=True, timeout=TRIED_S
            )
        except (OSError, subprocess.SubprocessError) as error:
            said = f"{found} does not run: {error}"
        else:
            version = tried.stdout.decode(errors="replace").strip()
            return Ability(name="node", there=True, what=f"{version}, {found}")
    return Ability(name="node", there=False, what=said, get=_installed("nodejs"))


def _browser() -> Ability:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return Ability(
        name="chromium",
        there=found is not None,
        what=found or "there is no such program",
        get="" if found else _installed("chromium"),
    )


def _installed(package: str) -> str:
    """The command that installs it here; Debian's where nothing is known."""
    here = next((one for one in INSTALLERS if shutil.which(one)), "apt-get")
    command, others = INSTALLERS[here]
    return f"{command} {others.get(package, package)}"
