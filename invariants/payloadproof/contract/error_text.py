"""What a contract says of errors: where their text stands, and how often equal ones are sent."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated

import msgspec

from payloadproof.contract.problem import Flaw, guessed
from payloadproof.syntax import toml

Count = Annotated[int, msgspec.Meta(ge=1)]


class ErrorText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which properties of an exception's event say what, and the bounds it is sent under.

    Equal errors are those of one class and one innermost frame.
    """

    type: str  # the property with the name of the class
    message: str  # the property with the redacted message
    stack: str | None = None  # the property with the redacted frames
    count: str | None = None  # the property that says how many equal errors one event stands for
    frames_max: Count = 10  # frames of one error
    window_ms: Count = 60_000  # equal errors are sent once in so long
    kinds_max: Count = 500  # errors told apart in one window; what is beyond shares one event
    switched_off: tuple[str, ...] = ("0",)  # values of `variables.errors` that stop errors alone


def error_flaws(error: ErrorText | None, own: Collection[str], key: str) -> Iterator[Flaw]:
    """Roles that name no property of the event itself."""
    if error is None:
        return
    roles = {"type": error.type, "message": error.message}
    optional = {"stack": error.stack, "count": error.count}
    roles |= {role: name for role, name in optional.items() if name is not None}
    for role, name in roles.items():
        if name not in own:
            expected = "a property from own_properties of this event"
            example = toml.assigned(role, next(iter(own), f"error_{role}"))
            yield Flaw(f"{key}.{role}", expected, guessed(name, own), example)
