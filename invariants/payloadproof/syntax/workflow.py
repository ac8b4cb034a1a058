r"""Commands to the runner of a GitHub workflow: lines of a step's output that become annotations.

Rule 1: a command is one line, and what is in its message or in a property begins no other.
Rule 2: what cannot be printed is shown escaped, as ``\u001b``.
"""

from __future__ import annotations

from collections.abc import Mapping

from payloadproof.syntax.printable import printable

# In this order: what is escaped first is not escaped again.
_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_MESSAGE, ":": "%3A", ",": "%2C"}


def command(name: str, message: str, properties: Mapping[str, str]) -> str:
    """``::name key=value,...::message``; the lines of a message are its own."""
    told = ",".join(f"{key}={_escaped(value, _PROPERTY)}" for key, value in properties.items())
    head = f"{name} {told}" if told else name
    return f"::{head}::{_escaped(message, _MESSAGE)}"


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    text = printable(text, lines=True)
    for character, escape in escapes.items():
        text = text.replace(character, escape)
    return text
