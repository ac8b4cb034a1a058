"""What has been sent of an error, for a scenario that raises it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from payloadproof.contract import Contract
from payloadproof.protocol import messages as ops
from payloadproof.recorder.ledger import Request
from payloadproof.scenario.steps import SENT


def said_again(
    params: ops.Params, contract: Contract, requests: Callable[[], Iterable[Request]]
) -> ops.Params:
    """``params``, its message that of the error that arrived last where it asks for that."""
    if not isinstance(params, ops.RaiseError) or params.error.message != SENT:
        return params
    last = _last_message(contract, requests())
    error = msgspec.structs.replace(params.error, message=SENT if last is None else last)
    return msgspec.structs.replace(params, error=error)


def _last_message(contract: Contract, requests: Iterable[Request]) -> str | None:
    last = None
    for request in requests:
        for event in request.events:
            roles = contract.errors.get(str(event.name))
            carried = event.properties
            if roles and isinstance(carried, dict) and isinstance(carried.get(roles.message), str):
                last = carried[roles.message]
    return last
