"""The adapter's side of the protocol, for implementers in Python.

Rule 1: the wire keeps a private copy of stdout; whatever the code under test prints goes to
stderr, so that a ``print`` is evidence and never a broken message.
Rule 2: an exception out of an operation is the implementation's (``raised``); an
:class:`AdapterError`, and anything out of ``initialize``, is the adapter's (``error``).
Rule 3: an operation that is not overridden is ``unsupported``.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import msgspec

from payloadproof.adapters import raising
from payloadproof.adapters.forking import ChildEndedError, in_a_child
from payloadproof.adapters.places import innermost
from payloadproof.adapters.virtual import VirtualClock
from payloadproof.protocol import codec
from payloadproof.protocol.hostile import HOSTILE
from payloadproof.protocol.messages import (
    OPS,
    VERSION,
    AdvanceClock,
    Capabilities,
    Capture,
    EndScenario,
    EndSession,
    ErrorDetail,
    Exit,
    Explain,
    Explained,
    Flush,
    Fork,
    Implementation,
    Initialize,
    Initialized,
    Instrument,
    Params,
    RaisedDetail,
    RaiseError,
    Record,
    Reply,
    Request,
    Respawn,
    RunBackfill,
    SetClock,
    SetConsent,
    Shutdown,
    StartScenario,
    Via,
)

__all__ = [
    "Adapter",
    "AdapterError",
    "Instrument",
    "StartScenario",
    "Via",
    "VirtualClock",
    "dispatch",
    "in_a_child",
    "operations",
    "serve",
]


class AdapterError(Exception):
    """Raise this for what is wrong with the adapter, not with the implementation.

    The run ends as errored, and the text is shown to the user.
    """


class _ToldToEndError(BaseException):
    """Raised in the main thread by SIGTERM, past everything, so that no lock is held any more."""


class Adapter:
    """Override what your implementation can do, one thin call each.

    Consent, whitelist and rollups stay in the implementation: an adapter that has any of it
    proves nothing.
    """

    name: ClassVar[str] = "unnamed"
    version: ClassVar[str] = "unknown"
    language: ClassVar[str] = "python"
    #: ``virtual`` when :meth:`advance` moves the time that the implementation sees.
    clock: ClassVar[Literal["virtual", "real"]] = "real"
    #: The ways on which :meth:`exception` can hand over an error.
    errors: ClassVar[tuple[Via, ...]] = ("capture",)

    def start(self, scenario: StartScenario) -> None:
        """Build a fresh implementation from ``scenario``; forget the one before."""
        raise NotImplementedError

    def capture(self, event: Any, properties: Any, *, person: bool, transport: str) -> None:
        """Send one event."""

    def record(self, event: str, properties: Any, *, session: int | None) -> None:
        """Record one occurrence to be folded."""

    def exception(self, error: Any, properties: Any, *, via: Via) -> None:
        """Let an error reach telemetry; it was raised, and has its traceback.

        Neither need be what it should: a hostile value may stand for ``error`` or ``properties``.
        """

    def instrument(self, call: Instrument, properties: Any) -> None:
        """Log one line, and hand over what it describes; ``properties`` are the ones to use."""

    def end_session(self, session: int) -> None:
        """End a session."""

    def respawn(self, session: int) -> None:
        """Replace the session's generator; the session goes on."""

    def set_env(self, changes: Mapping[str, str | None]) -> None:
        """Change the environment the implementation sees; ``None`` unsets."""

    def advance(self, ms: int) -> None:
        """Move the virtual clock and run what became due; :class:`VirtualClock` does both."""

    def set_clock(self, now_ms: int) -> None:
        """Set the virtual clock, backwards too."""

    def explain(self) -> tuple[bool, str]:
        """Whether consent is on, and the layer that decides, as the program's own status says."""
        raise NotImplementedError

    def fork(self, event: str, properties: Any, *, person: bool, transport: str) -> None:
        """Fork; let the child capture, and end as the program's do: :func:`in_a_child`."""

    def backfill(self) -> None:
        """Run the backfill over the scenario's ``history_db``; return when it is over."""

    def flush(self) -> None:
        """Send what is queued."""

    def shutdown(self) -> None:
        """End as the program would."""

    def terminate(self) -> None:
        """Do what the program does at SIGTERM; the process ends as soon as this returns."""

    def end(self) -> None:
        """Stop threads and timers of the scenario; send nothing."""


_OPTIONAL: dict[str, Callable[..., object]] = {
    Capture.op: Adapter.capture,
    Record.op: Adapter.record,
    Instrument.op: Adapter.instrument,
    RaiseError.op: Adapter.exception,
    EndSession.op: Adapter.end_session,
    Respawn.op: Adapter.respawn,
    SetConsent.op: Adapter.set_env,
    Explain.op: Adapter.explain,
    AdvanceClock.op: Adapter.advance,
    SetClock.op: Adapter.set_clock,
    Fork.op: Adapter.fork,
    RunBackfill.op: Adapter.backfill,
    Flush.op: Adapter.flush,
    Shutdown.op: Adapter.shutdown,
}


def method_of(need: str) -> str | None:
    """What the author of an Adapter writes to offer an operation, or a virtual clock."""
    if need == "virtual clock":
        return 'clock = "virtual"'
    return f"{_OPTIONAL[need].__name__}()" if need in _OPTIONAL else None


def operations(adapter: Adapter) -> tuple[str, ...]:
    """The operations that ``adapter`` supports."""
    always = (Initialize.op, StartScenario.op, EndScenario.op, Exit.op)
    overridden = (
        op
        for op, default in _OPTIONAL.items()
        if getattr(type(adapter), default.__name__) is not default
    )
    return (*always, *overridden)


def dispatch(adapter: Adapter, request: Request) -> Reply:
    """Answer one request; whatever goes wrong becomes part of the reply."""
    if request.op not in operations(adapter):
        return Reply(id=request.id, unsupported=f"this adapter has no {request.op}")
    try:
        given = _Given(request.params)
        params = msgspec.convert(request.params, OPS[request.op])
        result = _perform(adapter, params, given)
    except (AdapterError, msgspec.ValidationError, codec.MalformedLineError) as error:
        return Reply(id=request.id, error=_error(error))
    except (Exception, SystemExit) as error:
        if request.op == Initialize.op:
            return Reply(id=request.id, error=_error(error))
        # S1's evidence: what the caller of the implementation would have met.
        return Reply(id=request.id, raised=_raised(error))
    return Reply(id=request.id, ok=result, mutated=given.changed)


class _Given:
    """The properties handed to one operation: seen to be unchanged by it, and changed after it.

    S7: what is sent is what was handed over, whatever the caller does to the object later. That is
    tried where the request asks for it, or one object that is kept would spoil every rollup.
    """

    def __init__(self, params: dict[str, Any]) -> None:
        self._json = params.get("properties")
        self._overwrite = params.get("overwrite") is True
        self.properties = codec.build(self._json)

    @property
    def changed(self) -> bool:
        """Whether the operation changed a plain object; asking may change it for good."""
        # What is hostile may not even be asked for its type.
        if codec.tags(self._json) or not isinstance(self.properties, dict):
            return False
        changed = not _alike(self.properties, codec.build(self._json))
        if self._overwrite:
            later = dict.fromkeys([*self.properties, codec.CHANGED_LATER], codec.CHANGED_LATER)
            self.properties.update(later)
        return changed


def _alike(one: Any, other: Any) -> bool:
    """Whether two plain values are the same, type by type: 7 and 7.0 are equal, and two things."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return bool(one == other)


def _perform(  # noqa: C901, PLR0912 - one case for each operation
    adapter: Adapter, params: Params, given: _Given
) -> dict[str, Any]:
    match params:
        case Initialize():
            return _initialize(adapter)
        case Explain():
            on, layer = adapter.explain()
            explained: dict[str, Any] = msgspec.to_builtins(Explained(on=on, layer=layer))
            return explained
        case StartScenario():
            _start(adapter, params)
        case Capture(event=event, person=person, transport=transport):
            built = codec.build(event), given.properties
            adapter.capture(*built, person=person, transport=transport)
        case Record(event=event, session=session):
            adapter.record(event, given.properties, session=session)
        case Instrument():
            adapter.instrument(params, given.properties)
        case RaiseError(error=fault, via=via):
            adapter.exception(raising.build(fault), given.properties, via=via)
        case EndSession(session=session):
            adapter.end_session(session)
        case Respawn(session=session):
            adapter.respawn(session)
        case SetConsent(env=env):
            adapter.set_env(env)
        case AdvanceClock(ms=ms):
            adapter.advance(ms)
        case SetClock(now_ms=now_ms):
            adapter.set_clock(now_ms)
        case Fork(event=event, person=person, transport=transport):
            adapter.fork(event, given.properties, person=person, transport=transport)
        case RunBackfill():
            adapter.backfill()
        case Flush():
            adapter.flush()
        case Shutdown():
            adapter.shutdown()
        case EndScenario():
            adapter.end()
    return {}


def _start(adapter: Adapter, scenario: StartScenario) -> None:
    if isinstance(adapter, VirtualClock):
        try:
            adapter.begin(scenario.now_ms)
        except ImportError as error:
            raise AdapterError(f"clock_in: {error}") from error
    adapter.start(scenario)


def _initialize(adapter: Adapter) -> dict[str, Any]:
    answer = Initialized(
        protocol=VERSION,
        implementation=Implementation(
            name=adapter.name, version=adapter.version, language=adapter.language
        ),
        capabilities=Capabilities(
            ops=operations(adapter),
            clock=adapter.clock,
            hostile=tuple(HOSTILE),
            signals=("SIGTERM",) if _hears(adapter) else (),
            errors=adapter.errors if RaiseError.op in operations(adapter) else (),
        ),
    )
    result: dict[str, Any] = msgspec.to_builtins(answer)
    return result


def _error(error: BaseException) -> ErrorDetail:
    return ErrorDetail(code=type(error).__name__, message=_text(error))


def _raised(error: BaseException) -> RaisedDetail:
    stack = "".join(traceback.format_tb(error.__traceback__)[-10:])
    return RaisedDetail(
        type=type(error).__qualname__,
        message=_text(error),
        stack=stack,
        place=innermost(error.__traceback__),
    )


def _text(error: BaseException) -> str:
    try:
        # Half of a surrogate pair cannot be sent: an implementation may quote what it was given.
        return str(error)[:2_000].encode(errors="backslashreplace").decode()
    except Exception:
        return "<the exception's own text raised>"


def _hears(adapter: Adapter) -> bool:
    return type(adapter).terminate is not Adapter.terminate


def serve(adapter: Adapter) -> None:
    """Answer requests on stdin until ``exit`` or its end, or until SIGTERM if that is heard."""
    if _hears(adapter):
        signal.signal(signal.SIGTERM, _told_to_end)
    try:
        _answer_all(adapter)
    except ChildEndedError as child:
        raise SystemExit(child.code) from None
    except _ToldToEndError:
        adapter.terminate()
        raise SystemExit(0) from None


def _told_to_end(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # who says it twice means it
    raise _ToldToEndError


def _answer_all(adapter: Adapter) -> None:
    wire = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin.buffer:
        try:
            request = codec.decode_request(line)
        except codec.MalformedLineError as error:
            reply = Reply(id=-1, error=ErrorDetail(code="malformed", message=str(error)))
            wire.write(codec.encode(reply))
            continue
        wire.write(codec.encode(dispatch(adapter, request)))
        if request.op == Exit.op:
            return
