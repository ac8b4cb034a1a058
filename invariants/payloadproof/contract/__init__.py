"""What a program may collect, and where it says so: the contract, read and checked.

The names that other rooms use; the rest is in the modules.
"""

from __future__ import annotations

from payloadproof.contract.command import ConsentCommand
from payloadproof.contract.consent import ConsentFile, ConsentLayer, KillSwitch, Switch
from payloadproof.contract.model import (
    DEFAULT,
    Contract,
    Event,
    Fold,
    Variables,
    load,
    shipped,
)
from payloadproof.contract.problem import ContractError
from payloadproof.contract.property import Property, Shape

__all__ = [
    "DEFAULT",
    "ConsentCommand",
    "ConsentFile",
    "ConsentLayer",
    "Contract",
    "ContractError",
    "Event",
    "Fold",
    "KillSwitch",
    "Property",
    "Shape",
    "Switch",
    "Variables",
    "load",
    "shipped",
]
