"""Every message between the harness and an adapter, one frozen struct each.

Rule 1: one line is one message: UTF-8 JSON, at most ``LINE_MAX`` bytes, ended by a newline.
Rule 2: every request gets exactly one reply with its id.
Rule 3: a reply says what happened, never what was proved: only the recorder's evidence counts.

An operation that an adapter does not know is answered ``unsupported``, so operations can be added
without a new protocol version.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec

VERSION = 1
Level = Literal["debug", "info", "warn", "error"]
Rollup = Literal["none", "session", "window"]
LINE_MAX = 1 << 20

# Ways on which an error reaches telemetry: handed over in a call, given to the host's logger, or
# not caught: of the main thread, of another, of a task of an event loop.
Via = Literal["capture", "logger", "uncaught", "thread", "task"]

# Signals that a program may do something at before it ends.
Signal = Literal["SIGTERM"]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Unknown keys are ignored, so that either side may be newer."""


class Params(Message, frozen=True, kw_only=True):
    """What a request asks for."""

    op: ClassVar[str]
    deadline_s: ClassVar[float] = 5.0
    # May the operation wait for the network? Every other one is judged by clause S2.
    may_wait: ClassVar[bool] = False


class Harness(Message, frozen=True, kw_only=True):
    """Who is asking."""

    name: str
    version: str


class Implementation(Message, frozen=True, kw_only=True):
    """What is being checked. For the report; proves nothing."""

    name: str
    version: str = "unknown"
    language: str = "unknown"
    homepage: str | None = None
    issues: str | None = None


class Capabilities(Message, frozen=True, kw_only=True):
    """What the adapter can do.

    ``clock`` is ``virtual`` when ``clock/advance`` moves the time the implementation sees, windows
    and caches included, and ``real`` otherwise. ``hostile`` lists the tags that it builds natively.
    ``errors``: the ways on which it can hand over an error; scenarios on other ways are not made.
    ``signals``: those at which it does what its program does, and then ends.
    """

    ops: tuple[str, ...]
    clock: Literal["virtual", "real"] = "real"
    hostile: tuple[str, ...] = ()
    errors: tuple[Via, ...] = ()
    signals: tuple[Signal, ...] = ()


class Initialize(Params, frozen=True, kw_only=True):
    """The first request."""

    op = "initialize"
    deadline_s = 10.0

    protocol: int
    harness: Harness


class Initialized(Message, frozen=True, kw_only=True):
    """The result of ``initialize``."""

    protocol: int
    implementation: Implementation
    capabilities: Capabilities


class StartScenario(Params, frozen=True, kw_only=True):
    """Build a fresh implementation: nothing of an earlier scenario is left in it.

    ``env`` is complete, not merged into the adapter's own: what it lacks is unset. The contract's
    variables for host, key and data directory are in it already. With a virtual clock, time
    stands at ``now_ms`` (epoch milliseconds) until ``clock/advance``. ``history_db``: the path of
    the SQLite file that ``backfill/run`` reads, in whatever state it is; null where there is none.
    ``resume``: the directories hold what another process of the same scenario wrote, one that was
    killed or one that runs beside this one; nothing in them may be cleared away.
    """

    op = "scenario/start"
    deadline_s = 10.0

    scenario: str
    env: dict[str, str]
    home: str
    data_dir: str
    host: str
    token: str
    now_ms: int
    history_db: str | None = None
    resume: bool = False


class Capture(Params, frozen=True, kw_only=True):
    """Send one event. ``properties`` may hold hostile tags, or be one.

    With ``overwrite``, the adapter writes over the object that it handed over, after the call.
    """

    op = "capture"

    event: Any
    properties: Any = None
    person: bool = False
    transport: Literal["worker", "cli"] = "worker"
    overwrite: bool = False


class Record(Params, frozen=True, kw_only=True):
    """Record one occurrence to be folded into a rollup; ``session`` where its contract keys it.

    ``overwrite`` as for ``capture``.
    """

    op = "record"

    event: str
    properties: Any = None
    session: int | None = None
    overwrite: bool = False


class Frame(Message, frozen=True, kw_only=True, omit_defaults=True):
    """One call that an error passes through. ``source`` stands on the line that it leaves by."""

    function: str
    file: str
    source: str = ""
    locals: dict[str, str] = {}


class Fault(Message, frozen=True, kw_only=True, omit_defaults=True):
    """An error to be raised natively, innermost frame last.

    ``type`` is the name of its class. With ``group`` it holds other errors. ``hostile`` is the kind
    of a hostile value that takes the error's place. ``message`` may be a hostile tag, and so may
    ``stack``: what whoever reads the error's traceback or stack gets.
    """

    type: str = "Error"
    message: Any = ""
    frames: tuple[Frame, ...] = ()
    cause: Fault | None = None
    context: Fault | None = None
    group: tuple[Fault, ...] = ()
    hostile: str | None = None
    stack: Any = None


class RaiseError(Params, frozen=True, kw_only=True):
    """Raise an error, catch it where ``via`` says, and let it reach telemetry from there.

    ``uncaught``, ``thread`` and ``task``: hand it to the hook that the runtime would call, so that
    the process lives on. ``properties``: what the caller says of it; none where nobody caught it.
    """

    op = "exception"

    error: Fault
    via: Via = "capture"
    properties: Any = None


class Instrument(Params, frozen=True, kw_only=True):
    """Write one line of the program's own log, and hand over what it describes, if anything.

    Without ``event`` there is the line and nothing else. With ``rollup`` the event is an
    occurrence to be recorded, as by ``record``; without, it is captured, as by ``capture``.
    ``overwrite`` as for ``capture``.
    """

    op = "instrument"

    component: str
    level: Level
    message: str
    event: str | None = None
    rollup: Rollup = "none"
    properties: Any = None
    session: int | None = None
    person: bool = False
    overwrite: bool = False


class EndSession(Params, frozen=True, kw_only=True):
    """The session ends: its rollup is due."""

    op = "session/end"

    session: int


class Respawn(Params, frozen=True, kw_only=True):
    """The session's generator is replaced; the session itself goes on, so nothing is flushed."""

    op = "session/respawn"

    session: int


class SetConsent(Params, frozen=True, kw_only=True):
    """Change the environment the implementation sees; ``null`` unsets.

    The consent file needs no message: the harness writes it.
    """

    op = "consent/set"

    env: dict[str, str | None]


class AdvanceClock(Params, frozen=True, kw_only=True):
    """Move the virtual clock forward; the reply comes after every timer that became due ran."""

    op = "clock/advance"

    ms: int


class SetClock(Params, frozen=True, kw_only=True):
    """Set the virtual clock, backwards too; no timer is due because of it."""

    op = "clock/set"

    now_ms: int


class Explain(Params, frozen=True, kw_only=True):
    """Which layer decides about consent now, as the implementation's own status says it."""

    op = "consent/explain"


class Explained(Message, frozen=True, kw_only=True):
    """The result of ``consent/explain``."""

    on: bool
    layer: str


class Fork(Params, frozen=True, kw_only=True):
    """Fork, as the program makes its children; the child captures one event, and ends.

    The child ends as the program's own do, with what they do about telemetry at their end. The
    reply comes when it has ended: of a child that hangs there is none.
    """

    op = "fork"
    deadline_s = 10.0
    may_wait = True

    event: str
    properties: Any = None
    person: bool = False
    transport: Literal["worker", "cli"] = "worker"


class RunBackfill(Params, frozen=True, kw_only=True):
    """Send what the past amounted to, as the program does once; the reply comes when it is over."""

    op = "backfill/run"
    deadline_s = 60.0
    may_wait = True


class Flush(Params, frozen=True, kw_only=True):
    """Send what is queued. Closes no window and ends no session."""

    op = "flush"
    deadline_s = 15.0
    may_wait = True


class Shutdown(Params, frozen=True, kw_only=True):
    """The program is about to end."""

    op = "shutdown"
    deadline_s = 10.0
    # Bounded by S3, not by S2: it may wait, but not for ever.
    may_wait = True


class EndScenario(Params, frozen=True, kw_only=True):
    """Tear down quietly: stop threads and timers, send nothing more."""

    op = "scenario/end"
    deadline_s = 10.0
    may_wait = True


class Exit(Params, frozen=True, kw_only=True):
    """The last request; the adapter replies and ends."""

    op = "exit"
    may_wait = True


OPS: dict[str, type[Params]] = {
    cls.op: cls
    for cls in (
        Initialize,
        StartScenario,
        Capture,
        Record,
        Instrument,
        RaiseError,
        EndSession,
        Respawn,
        SetConsent,
        Explain,
        AdvanceClock,
        SetClock,
        Fork,
        RunBackfill,
        Flush,
        Shutdown,
        EndScenario,
        Exit,
    )
}


class Request(Message, frozen=True, kw_only=True):
    """One line to the adapter. ``deadline_ms`` is how long the harness waits for the reply."""

    id: int
    op: str
    params: dict[str, Any]
    deadline_ms: int


class RaisedDetail(Message, frozen=True, kw_only=True):
    """What the implementation threw at its public boundary.

    ``place``: the innermost frame in a file of the implementation's or the adapter's own.
    """

    type: str
    message: str = ""
    stack: str | None = None
    place: str | None = None


class ErrorDetail(Message, frozen=True, kw_only=True):
    """What is wrong with the adapter."""

    code: str
    message: str


class Reply(Message, frozen=True, kw_only=True, omit_defaults=True):
    """One line from the adapter: exactly one of ``ok``, ``raised``, ``unsupported``, ``error``.

    ``raised`` is a finding on the implementation; ``error`` says that the adapter itself is
    broken, and the run is errored, never failed. ``mutated`` says that the operation changed the
    object it was given; like ``raised`` it can only incriminate.
    """

    id: int
    ok: dict[str, Any] | None = None
    raised: RaisedDetail | None = None
    unsupported: str | None = None
    error: ErrorDetail | None = None
    mutated: bool = False

    @property
    def answers(self) -> int:
        """How many of the four kinds it holds; one, when it is well formed."""
        kinds = (self.ok, self.raised, self.unsupported, self.error)
        return sum(kind is not None for kind in kinds)
