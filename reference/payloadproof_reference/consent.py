"""Whether anything may be sent, and under which id.

Rule 1: this file alone reads the consent environment and ``telemetry.json``.
Rule 2: the first layer with a decision wins; ``LAYERS`` is the precedence.
Rule 3: the answer is exact on each call. Where the design allows 30 s, this allows none.
Rule 4: nothing is written while consent is off, and what is damaged is never overwritten.
Rule 5: whatever goes wrong in here turns consent off, never on.

A damaged file (no JSON object, another type for ``enabled``, empty, too large, unreadable, not a
regular file) counts as a decision against: the opt-out it may have held cannot be read any more.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from payloadproof_reference.forked import in_each_child

DO_NOT_TRACK = "DO_NOT_TRACK"
TELEMETRY = "CLAUDE_MEM_TELEMETRY"
DEBUG = "CLAUDE_MEM_TELEMETRY_DEBUG"
FILE = "telemetry.json"

_NOT_SET = frozenset({"", "0", "false"})
# C8: opt-out spellings that people use are off, not on.
_OFF = frozenset(
    {"0", "false", "off", "n", "no", "none", "never", "disable", "disabled", "f", "deny", "denied"}
)
_ON = frozenset({"1", "true", "on"})
#: As people quote a word in a file of variables; it says no all the same.
_QUOTES = "\"'`"

_MAX_BYTES = 1_000_000
# S5: what is nested to the limit of recursion is not parsed: a finalizer that happens to run down
# there prints an error of its own.
_MOST_CONTAINERS = 500
#: A file younger than this may change again without its stat changing: it is read each time.
_SETTLED_NS = 1_000_000_000
_LOCK_TRIES = 50
_LOCK_PAUSE_S = 0.002


class DamagedError(Exception):
    """``telemetry.json`` holds something that is not its own; the message says what to do."""


@dataclass(frozen=True)
class _File:
    """What was found at the place of ``telemetry.json``."""

    damaged: bool = False
    content: Mapping[str, Any] = field(default_factory=dict)
    #: (mtime in ns, size, inode); ``None`` where there is no file.
    signature: tuple[int, int, int] | None = None
    settled: bool = False


_ABSENT = _File()
_DAMAGED = _File(damaged=True)


def _do_not_track(env: Mapping[str, str], _: _File) -> bool | None:
    return None if env.get(DO_NOT_TRACK, "") in _NOT_SET else False


def says_no(word: str) -> bool:
    """Whether a switch's word is one that people mean as no; a byte that is no text is one too."""
    plain = word.strip().strip(_QUOTES).strip().casefold()
    if plain in _OFF or (plain and not plain.strip("0")):
        return True
    return any("\ud800" <= char <= "\udfff" for char in plain)


def _telemetry(env: Mapping[str, str], _: _File) -> bool | None:
    word = env.get(TELEMETRY, "").strip().casefold()
    if says_no(word):
        return False
    return True if word in _ON else None


def _recorded(_: Mapping[str, str], file: _File) -> bool | None:
    # C7: a damaged file never turns an opt-out into consent.
    if file.damaged:
        return False
    decision: bool | None = file.content.get("enabled")
    return decision


def _default(_: Mapping[str, str], __: _File) -> bool:
    return True


Layer = Callable[[Mapping[str, str], _File], bool | None]

# C1: what is sent follows the precedence table. `None` leaves the decision to the next row.
LAYERS: tuple[tuple[str, Layer], ...] = (
    (DO_NOT_TRACK, _do_not_track),
    (TELEMETRY, _telemetry),
    (FILE, _recorded),
    ("default", _default),
)


class Consent:
    """The decision of one process; thread safe.

    ``env`` is read anew on each call, so a live mapping such as ``os.environ`` is honoured at once.
    """

    layers = LAYERS

    def __init__(self, env: Mapping[str, str], data_dir: Path) -> None:
        self._env = env
        self._path = data_dir / FILE
        self._file = _ABSENT
        self._id: str | None = None
        self._lock = threading.RLock()
        in_each_child(self._forked)
        self._spelled = os.fspath(self._path)
        #: What the last verdict was made of, with it; see :meth:`verdict`.
        self._remembered: tuple[str | None, str | None, _File, tuple[str, bool]] | None = None

    def _forked(self) -> None:
        # A child is the same installation: decision and id stay what they are.
        self._lock = threading.RLock()

    @property
    def debug(self) -> bool:
        """Whether to print what would be sent instead of sending it."""
        return self._env.get(DEBUG) == "1"

    def allowed(self) -> bool:
        """Whether something may be recorded or sent now."""
        return self.verdict()[1]

    def verdict(self) -> tuple[str, bool]:
        """The layer that decides, and what it decides.

        The last answer is given again as long as what it was made of is the same: both variables,
        and the file by its stat. All three are looked at on each call (rule 3).
        """
        env, known = self._env, self._remembered
        asked, told = env.get(DO_NOT_TRACK), env.get(TELEMETRY)
        if known is not None and known[0] == asked and known[1] == told:
            try:
                found = os.stat(self._spelled)  # noqa: PTH116 - each call pays for it: a string is faster
            except OSError:
                found = None
            if found and (found.st_mtime_ns, found.st_size, found.st_ino) == known[2].signature:
                return known[3]
        return self._decided(asked, told)

    def _decided(self, asked: str | None, told: str | None) -> tuple[str, bool]:
        with self._lock:
            self._file = file = self._current()
            for name, layer in self.layers:
                decision = layer(self._env, file)
                if decision is not None:
                    found = name, decision
                    break
            else:
                found = "none", False
            self._remembered = (asked, told, file, found) if file.settled else None
            return found

    def install_id(self) -> str:
        """The random UUID of this installation, made and recorded at the first need.

        Where it cannot be recorded, the process keeps an id of its own (DESIGN, section 9).
        """
        with self._lock:
            if self._id is None:
                # C6: where another process was faster than this one could lock, its id is there.
                found = self._recorded_id() or _id_in(_read(self._path))
                self._id = found or str(uuid.uuid4())
            return self._id

    def recorded_id(self) -> str | None:
        """The id that ``telemetry.json`` holds now; nothing is made or recorded.

        What is made from an id that nobody recorded is made from another one by the next process.
        """
        with self._lock:
            return _id_in(self._current())

    def decide(self, *, on: bool) -> None:
        """Record the user's decision; the install id and all else in the file stay as they are.

        Raises:
            DamagedError: what is there cannot be read, so nothing of it could be kept.
            OSError: the file cannot be written, or somebody else was faster.
        """
        directory = self._path.parent
        directory.mkdir(parents=True, exist_ok=True)
        with self._lock, _locked(directory):
            file = _read(self._path)
            if file.damaged:
                raise DamagedError(
                    f"{self._path} cannot be read, which counts as off: mend it or remove it"
                )
            # C6: a decision keeps the id, as the id keeps a decision.
            _publish(self._path, file, {**file.content, "enabled": on})

    def _current(self) -> _File:
        if self._file.settled and _signature(self._path) == self._file.signature:
            return self._file
        return _read(self._path)

    def _recorded_id(self) -> str | None:
        # C2: consent off: no file is created or changed.
        if not self.allowed():
            return None
        try:
            return _id_in(self._file) or self._record(str(uuid.uuid4()))
        except OSError:
            return None

    def _record(self, new_id: str) -> str | None:
        directory = self._path.parent
        directory.mkdir(parents=True, exist_ok=True)
        # C6: two processes starting at once agree: the second one in reads what the first wrote.
        with _locked(directory):
            file = _read(self._path)
            if file.damaged:
                return None
            found = _id_in(file)
            if found is None:
                # C6: writing it keeps a recorded decision, and all else that the file holds.
                _publish(self._path, file, {**file.content, "installId": new_id})
                found = new_id
        return found


def _signature(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> _File:
    try:
        # Not blocking: the place may be taken by a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return _ABSENT
    except OSError:
        return _DAMAGED
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _MAX_BYTES:
            return _DAMAGED
        text = os.read(descriptor, _MAX_BYTES)
        if text.count(b"[") + text.count(b"{") > _MOST_CONTAINERS:
            return _DAMAGED
        content = json.loads(text)
    except (OSError, ValueError, RecursionError):
        return _DAMAGED
    finally:
        os.close(descriptor)
    if not isinstance(content, dict) or not isinstance(content.get("enabled"), bool | None):
        return _DAMAGED
    return _File(
        content=content,
        signature=(found.st_mtime_ns, found.st_size, found.st_ino),
        settled=abs(time.time_ns() - found.st_mtime_ns) > _SETTLED_NS,
    )


def _id_in(file: _File) -> str | None:
    # An id that is no random UUID (empty, of version 1 with its MAC address) is replaced.
    found = file.content.get("installId")
    if not isinstance(found, str):
        return None
    try:
        parsed = uuid.UUID(found)
    except ValueError:
        return None
    return found if parsed.version == 4 and str(parsed) == found.lower() else None  # noqa: PLR2004 - random


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Hold the directory itself: no lock file to leave behind, and freed by a crash.

    Raises:
        OSError: another process kept it for longer than a tenth of a second.
    """
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        for _ in range(_LOCK_TRIES):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_LOCK_PAUSE_S)
        else:
            raise BlockingIOError(f"{directory} is locked by another process")
        yield
    finally:
        os.close(descriptor)


def _publish(path: Path, before: _File, content: Mapping[str, Any]) -> None:
    """Put ``content`` in place in one step, unless the file is no longer what it was ``before``.

    Raises:
        OSError: the directory cannot be written, or somebody else was faster.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    target = os.path.realpath(path)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(content, out, indent=2)
        if before.signature is None:
            # Fails where somebody who takes no lock (an editor, say) made the file meanwhile.
            os.link(temporary, target)
        elif _signature(path) == before.signature:
            temporary.replace(target)
        else:
            raise FileExistsError(f"{path} was changed by somebody else")
    finally:
        temporary.unlink(missing_ok=True)
