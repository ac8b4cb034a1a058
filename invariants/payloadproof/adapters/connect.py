"""A string picks the transport.

Rule 1: whose program it is decides by what it is judged where nobody names a contract: the
reference by the shipped one that it is made for, any other by what holds for every program.
"""

from __future__ import annotations

from collections.abc import Collection

from payloadproof.adapters.base import Connector
from payloadproof.adapters.direct import DirectConnector
from payloadproof.adapters.process import ProcessConnector
from payloadproof.contract import DEFAULT
from payloadproof.contract.neutral import NONE
from payloadproof.errors import HarnessError

REFERENCE = "direct:payloadproof_reference.adapter:ReferenceAdapter"


_REFERENCE_PACKAGE = "payloadproof_reference"


def contract_of(spec: str) -> str:
    """The contract that an adapter is judged by where nobody names one."""
    return DEFAULT if _REFERENCE_PACKAGE in spec else NONE


def connector(spec: str, *, without: Collection[str] = ()) -> Connector:
    """The connector for ``direct:package.module:object`` or ``cmd:COMMAND``.

    Args:
        spec: which implementation, and how to reach it.
        without: environment variables that a child must not inherit.

    Raises:
        HarnessError: there is no such transport, or nothing there.
    """
    if spec.startswith("direct:"):
        return DirectConnector(spec)
    if spec.startswith("cmd:"):
        return ProcessConnector(spec, without)
    raise HarnessError(
        code="adapter-unknown",
        message=f"{spec!r} is not an adapter",
        causes=("an adapter starts with direct: (Python, in process) or cmd: (a command line)",),
        next=f'--adapter "cmd:node adapter.mjs", or --adapter {REFERENCE}',
    )
