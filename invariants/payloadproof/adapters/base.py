"""One way to talk to an implementation, whatever carries the messages.

Rule 1: a connection has one method that matters, :meth:`Connection.request`.
Rule 2: what the implementation does is an :class:`Outcome`, even dying; what only the adapter can
have done wrong is a :class:`~payloadproof.errors.HarnessError`.
Rule 3: after ``timeout`` or ``died`` a connection is spent; its connector opens another.
"""

from __future__ import annotations

import time
from typing import Any, Literal, Protocol

import msgspec

from payloadproof.errors import HarnessError
from payloadproof.protocol.messages import (
    VERSION,
    Harness,
    Initialize,
    Initialized,
    Params,
    RaisedDetail,
    Reply,
)

#: ``died`` is its own doing, ``killed`` the harness's.
Kind = Literal["ok", "raised", "unsupported", "timeout", "died", "killed"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one request. Times are ``time.monotonic()`` seconds."""

    kind: Kind
    began_at: float
    ended_at: float
    result: dict[str, Any] = {}
    raised: RaisedDetail | None = None
    mutated: bool = False  # the operation changed the object it was given
    detail: str = ""  # why it is unsupported, or what was seen of a timeout or a death

    @property
    def spent(self) -> bool:
        """Whether the connection can still be used."""
        return self.kind in ("timeout", "died")


class Console(msgspec.Struct, frozen=True):
    """What an implementation printed, each in order; the protocol's own lines are not in it."""

    stdout: bytes = b""
    stderr: bytes = b""


class Connection(Protocol):
    """A warm adapter."""

    def request(self, params: Params) -> Outcome:
        """Ask, and wait for the reply until the deadline.

        Raises:
            HarnessError: the adapter broke the protocol.
        """

    def console(self) -> Console:
        """What was printed since the last time this was asked."""

    def close(self) -> None:
        """Let go of it, whatever state it is in."""


class Connector(Protocol):
    """Opens connections to one implementation."""

    spec: str

    def open(self) -> Connection:
        """A fresh connection, not yet initialized.

        Raises:
            HarnessError: the adapter cannot be found or started.
        """


def outcome(reply: Reply, began_at: float) -> Outcome:
    """What a well-formed reply says.

    Raises:
        HarnessError: it says that the adapter is broken.
    """
    ended_at = time.monotonic()
    if reply.error is not None:
        raise HarnessError(
            code="adapter-error",
            message=f"the adapter reported an error of its own: {reply.error.message}",
            causes=(f"code {reply.error.code}: the adapter, not the implementation, failed",),
            next="fix the adapter, then run: payloadproof smoke --adapter ...",
        )
    kind: Kind = "ok"
    if reply.raised is not None:
        kind = "raised"
    elif reply.unsupported is not None:
        kind = "unsupported"
    return Outcome(
        kind=kind,
        began_at=began_at,
        ended_at=ended_at,
        result=reply.ok or {},
        raised=reply.raised,
        mutated=reply.mutated,
        detail=reply.unsupported or "",
    )


def initialize(connection: Connection, version: str) -> Initialized:
    """Shake hands.

    Raises:
        HarnessError: the adapter does not answer, or speaks another protocol version.
    """
    asked = Initialize(protocol=VERSION, harness=Harness(name="payloadproof", version=version))
    answer = connection.request(asked)
    if answer.kind != "ok":
        text = answer.detail or (answer.raised.message if answer.raised else answer.kind)
        raise HarnessError(
            code="adapter-initialize",
            message=f"the adapter did not initialize ({answer.kind})",
            evidence=text,
            causes=(
                "the reply was not flushed: write one line per reply, then flush",
                "the reply carries another id than the request",
                "something else was printed to stdout: keep stdout for the protocol",
            ),
            next="see the complete adapter in docs/adapter-guide.md",
        )
    try:
        result = msgspec.convert(answer.result, Initialized)
    except msgspec.ValidationError as error:
        raise HarnessError(
            code="adapter-initialize",
            message=f"the reply to initialize is not valid: {error}",
            evidence=str(answer.result)[:500],
            next="run payloadproof schema Initialized to see what it must contain",
        ) from error
    if result.protocol != VERSION:
        raise HarnessError(
            code="protocol-version",
            message=f"the adapter speaks protocol {result.protocol}, payloadproof speaks {VERSION}",
            next="install the payloadproof that the adapter was written for, or update the adapter",
        )
    return result
