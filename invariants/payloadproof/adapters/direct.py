"""An adapter in this process, behind the same codec as one in a child.

It runs in a thread of its own, so that an operation that never returns is a timeout here too. Such
a thread cannot be killed; it is left behind and another adapter is built. While the connection is
open the standard streams of this process are the implementation's: who wants to print meanwhile
keeps the stream from before.
"""

from __future__ import annotations

import importlib
import io
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from payloadproof.adapters.base import Console, Outcome, outcome
from payloadproof.adapters.serve import Adapter, dispatch
from payloadproof.errors import HarnessError
from payloadproof.protocol import codec
from payloadproof.protocol.messages import Params
from payloadproof.syntax import shell

KEPT = 64 * 1024  # bytes of each stream


class _Kept(io.TextIOBase):
    """Stands in for a standard stream, which an implementation in this process shares with us."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        with self._lock:
            self._kept += text[:KEPT].encode(errors="backslashreplace")
            del self._kept[:-KEPT]
        return len(text)

    def taken(self) -> bytes:
        with self._lock:
            taken, self._kept = bytes(self._kept), bytearray()
        return taken


class DirectConnection:
    """One adapter object and the thread it lives in."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._asked: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._answered: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._number = 0
        self._streams = _Kept(), _Kept()
        self._ours = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = self._streams
        threading.Thread(target=self._work, name="payloadproof-direct", daemon=True).start()

    def _work(self) -> None:
        while (line := self._asked.get()) is not None:
            reply = dispatch(self._adapter, codec.decode_request(line))
            self._answered.put(codec.encode(reply))

    def request(self, params: Params) -> Outcome:
        """Ask through the codec; see :class:`~payloadproof.adapters.base.Connection`."""
        self._number += 1
        began_at = time.monotonic()
        self._asked.put(codec.request_line(self._number, params))
        try:
            line = self._answered.get(timeout=params.deadline_s)
        except queue.Empty:
            return Outcome(
                kind="timeout",
                began_at=began_at,
                ended_at=time.monotonic(),
                detail=f"{params.op} did not return within {params.deadline_s:g} s",
            )
        return outcome(codec.decode_reply(line), began_at)

    def console(self) -> Console:
        """What was printed in this process since the last call."""
        return Console(*(stream.taken() for stream in self._streams))

    def close(self) -> None:
        """Let the thread end once it is idle, and give the standard streams back."""
        self._asked.put(None)
        if sys.stdout is self._streams[0]:
            sys.stdout, sys.stderr = self._ours


class DirectConnector:
    """``direct:package.module:object``: an Adapter, its class, or a function that makes one.

    ``make`` builds it where the caller has it at hand; ``spec`` is only its name then. A worker is
    told the name and finds the object by itself: what a program calls its adapter (an instance, a
    class that a function made) need not stand being pickled.
    """

    def __init__(self, spec: str, make: Callable[[], Any] | None = None) -> None:
        self.spec = spec
        self._given = make
        self._make: Callable[[], Any] | None = make or _resolve(spec)

    def __getstate__(self) -> dict[str, Any]:
        """The name, or what was given: what a name leads to is found where it is opened."""
        return {"spec": self.spec, "_given": self._given, "_make": self._given}

    def open(self) -> DirectConnection:
        """Build an adapter; see :class:`~payloadproof.adapters.base.Connector`."""
        make = self._make = self._make or _resolve(self.spec)
        try:
            adapter = make()
        except Exception as error:
            raise HarnessError(
                code="adapter-broken",
                message=f"{self.spec} could not be built: {type(error).__name__}: {error}",
                next=f"{_by_hand(*_split(self.spec), call='()')} shows the full traceback",
            ) from error
        if not isinstance(adapter, Adapter):
            raise HarnessError(
                code="adapter-broken",
                message=f"{self.spec} gave a {type(adapter).__name__}, not an Adapter",
                next="make it a subclass of payloadproof.Adapter; docs/adapter-guide.md shows one",
            )
        return DirectConnection(adapter)


def _split(spec: str) -> tuple[str, str]:
    module, colon, name = spec.removeprefix("direct:").partition(":")
    if not (module and colon and name):
        raise HarnessError(
            code="adapter-unknown",
            message=f"{spec!r} is not direct:package.module:object",
            next="for example --adapter direct:payloadproof_reference.adapter:ReferenceAdapter",
        )
    return module, name


def _by_hand(module: str, name: str, call: str = "") -> str:
    """The interpreter that payloadproof runs in: another may have other packages."""
    code = f"from {module} import {name}" + (f"; {name}{call}" if call else "")
    return shell.command([sys.executable, "-c", code])


def _resolve(spec: str) -> Callable[[], Any]:
    module_name, name = _split(spec)
    try:
        # As python -c and pytest do, which people try it with; a spawned worker is given sys.path.
        if (here := str(Path.cwd())) not in sys.path:
            sys.path.insert(0, here)
        found = getattr(importlib.import_module(module_name), name)
    except Exception as error:
        raise HarnessError(
            code="adapter-unknown",
            message=f"{spec} cannot be imported: {type(error).__name__}: {error}",
            causes=(
                "it is neither in the working directory nor installed where payloadproof is",
                "the module or the object is spelled differently",
            ),
            next=f"{_by_hand(module_name, name)} shows the full traceback",
        ) from error
    return found if callable(found) else lambda: found
