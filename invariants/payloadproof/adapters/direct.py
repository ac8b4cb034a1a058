"""An adapter in this process, behind the same codec as one in a child.

It runs in a thread of its own, so that an operation that never returns is a timeout here too. Such
a thread cannot be killed; it is left behind and another adapter is built.
"""

from __future__ import annotations

import importlib
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from payloadproof.adapters.base import Outcome, outcome
from payloadproof.adapters.serve import Adapter, dispatch
from payloadproof.errors import HarnessError
from payloadproof.protocol import codec
from payloadproof.protocol.messages import Params


class DirectConnection:
    """One adapter object and the thread it lives in."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._asked: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._answered: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._number = 0
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

    def close(self) -> None:
        """Let the thread end once it is idle."""
        self._asked.put(None)


class DirectConnector:
    """``direct:package.module:object``: an Adapter, its class, or a function that makes one."""

    def __init__(self, spec: str) -> None:
        self.spec = spec
        self._make = _resolve(spec)

    def open(self) -> DirectConnection:
        """Build an adapter; see :class:`~payloadproof.adapters.base.Connector`."""
        try:
            adapter = self._make()
        except Exception as error:
            raise HarnessError(
                code="adapter-broken",
                message=f"{self.spec} could not be built: {type(error).__name__}: {error}",
                next=f"python -c 'import {_split(self.spec)[0]}' shows the whole traceback",
            ) from error
        if not isinstance(adapter, Adapter):
            raise HarnessError(
                code="adapter-broken",
                message=f"{self.spec} gave a {type(adapter).__name__}, not an Adapter",
                next="derive it from payloadproof.Adapter; docs/adapter-guide.md shows one",
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


def _resolve(spec: str) -> Callable[[], Any]:
    module_name, name = _split(spec)
    try:
        found = getattr(importlib.import_module(module_name), name)
    except Exception as error:
        raise HarnessError(
            code="adapter-unknown",
            message=f"{spec} cannot be imported: {type(error).__name__}: {error}",
            causes=(
                "the package is not installed in the environment payloadproof runs in",
                "the module or the object is spelled differently",
            ),
            next=f"python -c 'from {module_name} import {name}'",
        ) from error
    return found if callable(found) else lambda: found
