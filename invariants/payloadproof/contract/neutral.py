"""What is known of a program that has no contract: nothing, so that nothing is judged by it."""

from __future__ import annotations

from payloadproof.contract.consent import Consent
from payloadproof.contract.model import Contract, Product, Wire


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
