"""What a scenario is: a starting state and a list of steps, as plain JSON.

Hand-written scenarios, generated ones and replay files are all this. Text may hold the placeholder
``{canary:N}`` or ``{canary:N:KIND}``; the runner puts a secret of the run in its place, so that no
file holds one. In an error, ``{home}`` stands for the scenario's home directory and ``{cwd}`` for
the working directory. Files of frames that lie in the home are there, and hold the frames' sources.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from payloadproof.protocol.messages import Fault, Level, Rollup, Via
from payloadproof.recorder.script import Behaviour
from payloadproof.scenario.databases import Database

FORMAT = 1
PLACEHOLDER = re.compile(r"\{canary:(\d+)(?::([a-z0-9]+))?\}")
HOME = "{home}"
CWD = "{cwd}"
SENT = "{sent}"  # as a whole message


class Step(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    """One thing that is done. The class name, in lower case, is its tag."""


class Capture(Step, frozen=True, kw_only=True, tag="capture"):
    """Send one event, ``times`` over."""

    event: Any
    properties: Any = None
    person: bool = False
    transport: Literal["worker", "cli"] = "worker"
    times: int = 1


class Record(Step, frozen=True, kw_only=True, tag="record"):
    """Record one occurrence, ``times`` over."""

    event: str
    properties: Any = None
    session: int | None = None
    times: int = 1


class RaiseError(Step, frozen=True, kw_only=True, tag="raise_error"):
    """Raise an error that reaches telemetry, ``times`` over.

    ``survives``: words of its message that are of use to whoever mends it, and no secret;
    ``plants``: what kind of secret its text holds, in words. In a message ``{sent}`` stands for the
    message of the error that arrived last.
    """

    error: Fault
    via: Via = "capture"
    properties: Any = None
    times: int = 1
    survives: tuple[str, ...] = ()
    plants: str | None = None


class Instrument(Step, frozen=True, kw_only=True, tag="instrument"):
    """Log one line, and hand over what it describes, if anything."""

    component: str
    level: Level
    message: str
    event: str | None = None
    rollup: Rollup = "none"
    properties: Any = None
    session: int | None = None
    person: bool = False

    @property
    def handed_over(self) -> Capture | Record | None:
        """What telemetry gets of it: the same as by a step of its own."""
        if self.event is None:
            return None
        if self.rollup == "none":
            return Capture(event=self.event, properties=self.properties, person=self.person)
        session = self.session if self.rollup == "session" else None
        return Record(event=self.event, properties=self.properties, session=session)


class EndSession(Step, frozen=True, kw_only=True, tag="end_session"):
    """End a session."""

    session: int


class Respawn(Step, frozen=True, kw_only=True, tag="respawn"):
    """Replace a session's generator; the session goes on."""

    session: int


class SetEnv(Step, frozen=True, kw_only=True, tag="set_env"):
    """Change the environment; null unsets."""

    env: dict[str, str | None]


class WriteConsent(Step, frozen=True, kw_only=True, tag="write_consent"):
    """The harness writes the consent file, or deletes it when ``text`` is null.

    Where the contract has a command instead, it runs that: ``{command:off}`` or ``{command:on}``.
    """

    text: str | None


class Advance(Step, frozen=True, kw_only=True, tag="advance"):
    """Move the virtual clock forward."""

    ms: int


class SetClock(Step, frozen=True, kw_only=True, tag="set_clock"):
    """Set the virtual clock to a time relative to the scenario's start, backwards too."""

    offset_ms: int


class Explain(Step, frozen=True, kw_only=True, tag="explain"):
    """Ask which layer decides about consent."""


class Backfill(Step, frozen=True, kw_only=True, tag="backfill"):
    """Send what the past amounted to, as the program does once.

    ``killed_at``: once so many of its requests have arrived, the process is killed, or ``told`` to
    end by SIGTERM, and a new one goes on as after a crash; ``rival``: another process is asked for
    the same at once. Both need a process of the implementation's own.
    """

    killed_at: int | None = None
    told: bool = False
    rival: bool = False


class Network(Step, frozen=True, kw_only=True, tag="network"):
    """From here on the recorder behaves so."""

    behaviour: Behaviour


class Flush(Step, frozen=True, kw_only=True, tag="flush"):
    """Send what is queued."""


class Shutdown(Step, frozen=True, kw_only=True, tag="shutdown"):
    """End as the program would."""


class Crash(Step, frozen=True, kw_only=True, tag="crash"):
    """Kill the process; a new one goes on with the same directories, environment, token and time.

    ``told``: it is told to end by SIGTERM, and killed only if it goes on. ``asked``: it is asked to
    exit, and comes to its own end. This and the next four need a process of the implementation's
    own.
    """

    told: bool = False
    asked: bool = False


class Race(Step, frozen=True, kw_only=True, tag="race"):
    """Two processes, started at once, capture this event at once; then the second one ends."""

    event: str
    properties: dict[str, Any] = {}
    person: bool = False
    transport: Literal["worker", "cli"] = "worker"


class Fork(Step, frozen=True, kw_only=True, tag="fork"):
    """The process forks; its child captures this event, and ends."""

    event: str
    properties: dict[str, Any] = {}
    person: bool = False
    transport: Literal["worker", "cli"] = "worker"


class Crowd(Step, frozen=True, kw_only=True, tag="crowd"):
    """Sessions ``first``, ``first + 1`` and so on, ``sessions`` of them, with one record each.

    ``end``: whether each is ended at once, or goes on for ever.
    """

    event: str
    properties: dict[str, Any]
    first: int
    sessions: int
    end: bool = True


class Weigh(Step, frozen=True, kw_only=True, tag="weigh"):
    """Look how much memory the process takes."""


class FillDisk(Step, frozen=True, kw_only=True, tag="fill_disk"):
    """From here on every log file that is there is on a full disk: each write to it fails."""


AnyStep = (
    Capture
    | Record
    | Instrument
    | RaiseError
    | EndSession
    | Respawn
    | SetEnv
    | WriteConsent
    | Advance
    | SetClock
    | Explain
    | Backfill
    | Network
    | Flush
    | Shutdown
    | Crash
    | Race
    | Fork
    | Crowd
    | Weigh
    | FillDisk
)

# What stands where the data directory should be.
Data = Literal["sound", "missing", "file"]
# What of the program's may have something else in its place: two files, and the log's folder.
Place = Literal["consent", "marker", "log"]
# What stands there: a pipe that nobody writes into, a folder, a link to itself, a file.
Instead = Literal["pipe", "folder", "loop", "file"]
#: What is no file, whatever it is.
NO_FILES: tuple[Instead, ...] = ("pipe", "folder", "loop")
_PLACES: dict[Place, str] = {
    "consent": "the consent file",
    "marker": "the backfill's marker",
    "log": "the log's folder",
}
_INSTEAD: dict[Instead, str] = {
    "pipe": "a named pipe",
    "folder": "a folder",
    "loop": "a link to itself",
    "file": "a file",
}


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A starting state, and what is done from there.

    ``env`` holds consent variables and canaries only; host, key and data directory are the
    runner's. ``consent_text`` is what the consent file holds at the start, null for no file; for a
    contract that has a command instead, ``{command:off}`` or ``{command:on}``: that was run.
    ``data``: nothing where the data directory should be, or a file in its place. ``instead``: what
    stands in the place of a file of the program's, or of its log's folder; the text of a file whose
    place is taken says what it is taken for, and is not written. ``overwrites``:
    whether the caller writes over each object that it handed over, once the call has returned.
    ``history``: the program's own database. ``marker_text``: what the contract's backfill marker
    holds at the start, null for no file. ``enclosed``: in a process of its own, whose network
    reaches the recorder and nothing else. ``compared``: it is run several times with the same
    values, and as often with other canaries (``planted``) or with other ids for its sessions
    (``sessions``): what is sent may not depend on them.
    """

    steps: tuple[AnyStep, ...]
    env: dict[str, str] = {}
    consent_text: str | None = None
    data: Data = "sound"
    instead: dict[Place, Instead] = {}
    overwrites: bool = False
    history: Database | None = None
    marker_text: str | None = None
    enclosed: bool = False
    compared: Literal["", "planted", "sessions"] = ""
    now_ms: int

    def encoded(self) -> bytes:
        """Canonical JSON; equal scenarios give equal bytes."""
        return msgspec.json.encode(self, order="deterministic")

    @property
    def canaries(self) -> int:
        """How many placeholders have to be filled."""
        return len(self.canary_kinds)

    @property
    def canary_kinds(self) -> tuple[str, ...]:
        """The kind of each; a placeholder that names none, or that is not there, is ``plain``."""
        return kinds_in(self.encoded().decode())

    @property
    def taken(self) -> str | None:
        """In words: what stands in the place of a file or folder of the program's."""
        said = [
            f"{_INSTEAD[what]} in the place of {_PLACES[p]}" for p, what in self.instead.items()
        ]
        return ", ".join(said) or None

    @property
    def can_log(self) -> bool:
        """Whether a log can be written from the start to the end."""
        filled = any(isinstance(step, FillDisk) for step in self.steps)
        return self.data == "sound" and "log" not in self.instead and not filled

    @property
    def weight(self) -> tuple[int, int]:
        """For choosing the smaller of two."""
        return len(self.steps), len(self.encoded())


def kinds_in(text: str) -> tuple[str, ...]:
    """The kind of every placeholder in ``text``, by number."""
    kinds = {int(number): kind for number, kind in sorted(PLACEHOLDER.findall(text))}
    return tuple(kinds.get(n) or "plain" for n in range(1 + max(kinds, default=-1)))


def planted(value: Any, canaries: tuple[str, ...], home: str = HOME) -> Any:
    """A copy of a JSON value with every placeholder of a secret, and of the home, replaced."""

    def filled(text: str) -> str:
        return PLACEHOLDER.sub(lambda match: canaries[int(match[1])], text).replace(HOME, home)

    return _mapped(value, filled)


def replaced(value: Any, placeholder: str, said: str) -> Any:
    """A copy of a JSON value with one placeholder replaced."""
    return _mapped(value, lambda text: text.replace(placeholder, said))


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {_mapped(k, change): _mapped(v, change) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(item, change) for item in value]
    return value


# What a marked capture carries: this and its step's index.
FIRST_MARK = 1_000


FULL = Path("/dev/full")  # every write to it fails with ENOSPC
