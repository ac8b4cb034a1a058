"""What an adapter hands in ready made, and a run therefore says nothing of.

Rule 1: the text that a program sends is made somewhere in it: of an error, of a line that it logs.
Where no operation of the adapter goes by that place, only the way from ``capture`` on is judged,
and the report says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from payloadproof.contract.catalogue import sendable
from payloadproof.generate.ground import Ground
from payloadproof.protocol.messages import Capture, Instrument, RaiseError

_NAMED = 4  # texts


def handed_in(ground: Ground) -> Iterator[str]:
    """A note on the free texts of captured events; none where the adapter can make any."""
    made = {RaiseError.op, Instrument.op}
    ops = {*ground.capabilities.ops}
    contract = ground.contract
    texts = [
        f"{name}.{key}"
        for name, event in sendable(contract).items()
        for key in (*event.properties, *event.own_properties)
        if (event.own_properties.get(key) or contract.properties[key]).type == "text"
    ]
    if not texts or made & ops or Capture.op not in ops:
        return
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    yield (
        f"not proved: what the program itself writes into {', '.join(texts[:_NAMED])}{more}, which"
        " the adapter hands in; payloadproof probe runs the whole program"
    )
