"""A string picks the transport.

Rule 1: whose program it is decides by what it is judged where nobody names a contract: the
reference by the shipped one that it is made for, any other by what holds for every program.
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Collection
from pathlib import PurePath

from payloadproof.adapters.base import Connector
from payloadproof.adapters.direct import DirectConnector
from payloadproof.adapters.process import ProcessConnector
from payloadproof.contract import DEFAULT
from payloadproof.contract.neutral import NONE
from payloadproof.errors import HarnessError

_PACKAGE = "payloadproof_reference"
REFERENCE = f"direct:{_PACKAGE}.adapter:ReferenceAdapter"


def contract_of(spec: str) -> str:
    """The contract that an adapter is judged by where nobody names one."""
    return DEFAULT if _is_the_reference(spec) else NONE


def _is_the_reference(spec: str) -> bool:
    """Whether its package is run: a command may name a folder or a copy that is called alike."""
    kind, _, rest = spec.partition(":")
    if kind == "direct":
        return rest.partition(":")[0].partition(".")[0] == _PACKAGE
    try:
        words = shlex.split(rest)
    except ValueError:
        return False
    modules = [after for word, after in itertools.pairwise(words) if word == "-m"]
    if any(module.partition(".")[0] == _PACKAGE for module in modules):
        return True
    return any(PurePath(word).parts[-2:] == (_PACKAGE, "adapter.py") for word in words)


def connector(spec: str, *, without: Collection[str] = ()) -> Connector:
    """The connector for ``direct:package.module:object`` or ``cmd:COMMAND``.

    Args:
        spec: which implementation, and how to reach it.
        without: environment variables that a child must not inherit.

    Raises:
        HarnessError: there is no such transport, or nothing there, or the reference is meant and
            what it needs is not installed.
    """
    if spec.startswith("direct:"):
        try:
            return DirectConnector(spec)
        except HarnessError as error:
            if spec.startswith(f"direct:{_PACKAGE}.") and isinstance(error.__cause__, ImportError):
                raise _without_the_extra(error.__cause__) from error
            raise
    if spec.startswith("cmd:"):
        return ProcessConnector(spec, without)
    raise HarnessError(
        code="adapter-unknown",
        message=f"{spec!r} is not an adapter",
        causes=("an adapter starts with direct: (Python, in process) or cmd: (a command line)",),
        next=f'--adapter "cmd:node adapter.mjs", or --adapter {REFERENCE}',
    )


def _without_the_extra(missing: ImportError) -> HarnessError:
    """Payloadproof alone brings no SDK: beside a program it would replace the program's own."""
    return HarnessError(
        code="extra-missing",
        message="the reference pipeline is meant, and what it needs is not installed: the extra"
        f" `reference` ({missing})",
        causes=(
            "without --adapter, what is checked is the reference pipeline",
            "beside a program with an older posthog: the reference wants an environment of its own",
        ),
        next='name your program with --adapter, or pip install "payloadproof[reference]"',
    )
