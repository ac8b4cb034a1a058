"""What is known of a program that has no contract: nothing, so that nothing is judged by it.

Rule 1: nobody is judged by somebody else's contract. What is left are the promises that say nothing
of keys, of values, of which events there are or of who has to be asked: ``HOLDS``.
"""

from __future__ import annotations

from payloadproof.contract.consent import Consent, KillSwitch
from payloadproof.contract.model import Contract, Event, Product, Wire
from payloadproof.contract.property import Property

NONE = "none"
"""What stands in the place of a contract's name where there is none."""

SAID = (
    "no contract: judged by what holds for every program. --contract FILE judges keys, values,"
    " events and consent, too"
)
LACKING = "needs a contract of the program's own: --contract FILE"

#: Clauses that a driven program without a contract is judged by.
HOLDS = frozenset({"S1", "S2", "S3", "S5", "S7", "W1", "W2", "W3", "W5", "W7", "H4", "H5"})


def neutral() -> Contract:
    """A contract that names no variable, no switch and no event."""
    return Contract(
        format=1,
        product=Product(name="a command", description="A program without a contract"),
        consent=Consent(layers=(), default="on"),
        wire=Wire(geoip_disable=False, directives=(), stamps=()),
        properties={},
        events={},
    )


def driven() -> Contract:
    """What an adapter's program is asked to do: capture an event of no name in particular."""
    counted = Property(type="count", description="A number.")
    event = Event(
        kind="direct",
        description="Something happened.",
        properties=("number",),
        ceiling_per_day=1_000_000,
    )
    return Contract(
        format=1,
        product=Product(name="a program", description="A program without a contract"),
        consent=Consent(
            layers=(KillSwitch(variable="DO_NOT_TRACK", unset=("", "0", "false")),), default="on"
        ),
        wire=Wire(geoip_disable=False, directives=(), stamps=()),
        properties={"number": counted},
        events={"payloadproof_event": event, "payloadproof_other": event},
    )
