"""The files that a command sees in the place of its machine's: its resolver, its name, its roots.

Rule 1: only a file that exists can have another in its place: nothing appears that was not there.
Rule 2: a bundle of roots keeps what it held, with the run's own authority added.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Interface
from pathlib import Path

from payloadproof.drive.certificates import SYSTEM_BUNDLES, Authority
from payloadproof.drive.place import Place

_MACHINE_IDS = ("/etc/machine-id", "/var/lib/dbus/machine-id")
_BUNDLE_NAMES = frozenset({"cacert.pem", "cacerts.pem", "roots.pem"})
_DEEPEST = 6  # directories below a root: site-packages/botocore/cacert.pem, and some to spare


def machine(place: Place, scratch: Path) -> Iterator[tuple[str, str]]:
    """The files that say which machine it is: what is seen, and where; written to ``scratch``."""
    for number, (path, text) in enumerate(_texts(place)):
        if Path(path).is_file():
            file = scratch / f"file-{number}"
            file.write_text(text)
            yield str(file), path


def absent(place: Place) -> Iterator[str]:
    """What of the place cannot be had, because there is no file that it could stand in."""
    wanted = [path for path, _ in place.files]
    if place.machine_id is not None and not any(Path(path).is_file() for path in _MACHINE_IDS):
        wanted.append(_MACHINE_IDS[0])
    for path in wanted:
        if not Path(path).is_file():
            yield f"{path} is not there, and cannot be given"


def trust(
    authority: Authority, directories: Iterable[Path], scratch: Path
) -> Iterator[tuple[str, str]]:
    """The bundles of roots, the system's and those below the directories, with one more root."""
    bundles = [Path(path) for path in SYSTEM_BUNDLES]
    bundles += [file for directory in directories for file in _bundles(directory)]
    # One file behind several names is one mount: the second would be over the first.
    for number, real in enumerate(dict.fromkeys(b.resolve() for b in bundles if b.is_file())):
        if os.access(real, os.R_OK):
            yield str(authority.extended(real, scratch / f"bundle-{number}.pem")), str(real)


def _texts(place: Place) -> Iterator[tuple[str, str]]:
    resolver = next(IPv4Interface(place.address).network.hosts())
    # It always answers; on a busy machine that takes longer than most programs' patience with a
    # resolver, and a name that is given up is telemetry that nobody sees.
    yield "/etc/resolv.conf", f"nameserver {resolver}\noptions timeout:5 attempts:5\n"
    yield "/etc/nsswitch.conf", _switch()
    host = place.hostname or os.uname().nodename
    yield "/etc/hosts", f"127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n127.0.1.1\t{host}\n"
    if place.hostname is not None:
        yield "/etc/hostname", f"{host}\n"
    if place.machine_id is not None:
        for path in _MACHINE_IDS:
            yield path, f"{place.machine_id}\n"
    yield from place.files


def _switch() -> str:
    """The machine's own, but for hosts: those are asked for in files and in the resolver alone."""
    try:
        lines = Path("/etc/nsswitch.conf").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    kept = [line for line in lines if not line.lstrip().startswith("hosts:")]
    return "\n".join([*kept, "hosts: files dns", ""])


def packages(argv: Sequence[str], env: Mapping[str, str]) -> Iterator[Path]:
    """Where the Python packages are that the command would import, as far as its start says."""
    found = shutil.which(argv[0], path=env.get("PATH"))
    if found is None:
        return
    starts = [Path(found)]
    starts += [Path(word) for word in _interpreter(Path(found)) if word.startswith("/")]
    for start in starts:
        # Not resolved: a virtual environment's interpreter is a link out of it.
        for prefix in dict.fromkeys((start.parent.parent, start.resolve().parent.parent)):
            yield from prefix.glob("lib*/python3*/site-packages")
            yield from prefix.glob("lib/python3/dist-packages")


def _interpreter(script: Path) -> list[str]:
    try:
        with script.open("rb") as file:
            first = file.readline(1024)
    except OSError:
        return []
    return first[2:].decode(errors="replace").split() if first.startswith(b"#!") else []


def _bundles(root: Path, depth: int = 0) -> Iterator[Path]:
    try:
        entries = list(os.scandir(root))
    except OSError:
        return
    for entry in entries:
        if entry.name in _BUNDLE_NAMES:
            yield Path(entry.path)
        elif depth < _DEEPEST and entry.is_dir(follow_symlinks=False):
            yield from _bundles(Path(entry.path), depth + 1)
