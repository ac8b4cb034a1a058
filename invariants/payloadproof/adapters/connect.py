"""A string picks the transport."""

from __future__ import annotations

from collections.abc import Collection

from payloadproof.adapters.base import Connector
from payloadproof.adapters.direct import DirectConnector
from payloadproof.adapters.process import ProcessConnector
from payloadproof.errors import HarnessError

REFERENCE = "direct:payloadproof_reference.adapter:ReferenceAdapter"
_OF_THE_REFERENCE = "direct:payloadproof_reference."


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
            if spec.startswith(_OF_THE_REFERENCE) and isinstance(error.__cause__, ImportError):
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
