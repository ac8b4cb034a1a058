"""A report as JSON: what it holds, value by value; ``payloadproof schema Report`` describes it."""

from __future__ import annotations

import msgspec

from payloadproof.outcome.model import Report
from payloadproof.syntax.printable import printable


def as_json(report: Report) -> bytes:
    """The document, in UTF-8."""
    return document(report)


def document(value: object) -> bytes:
    """Any value that msgspec encodes, indented, as a document that every terminal can show."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    # Inside of JSON's texts the escapes say the same, and nothing else is changed.
    return printable(text, lines=True).encode() + b"\n"
