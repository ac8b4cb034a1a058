"""JSON Schema of everything that goes over a wire or into a file."""

from __future__ import annotations

import difflib
from typing import Any

import msgspec

from payloadproof.errors import HarnessError
from payloadproof.outcome.answers import ANSWERS
from payloadproof.outcome.model import Report
from payloadproof.protocol import messages
from payloadproof.scenario.steps import Scenario
from payloadproof.scenario.store import Saved

DOCUMENTS: dict[str, type[msgspec.Struct]] = {
    "Request": messages.Request,
    "Reply": messages.Reply,
    "Initialized": messages.Initialized,
    **{params.__name__: params for params in messages.OPS.values()},
    "Scenario": Scenario,
    "Saved": Saved,
    "Report": Report,
    **{answer.__name__: answer for answer in ANSWERS},
}


def schema(name: str | None = None) -> dict[str, Any]:
    """The schema of one document, or of all of them under ``$defs``.

    Raises:
        HarnessError: there is no such document.
    """
    if name is None:
        references, components = msgspec.json.schema_components(DOCUMENTS.values())
        # A step and the request for it have one name, and msgspec calls them by their modules.
        named = dict(zip(DOCUMENTS, references, strict=True))
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$defs": named | components,
        }
    if name not in DOCUMENTS:
        near = difflib.get_close_matches(name, DOCUMENTS, n=3)
        raise HarnessError(
            code="schema-unknown",
            message=f"there is no schema {name!r}; there are: {', '.join(DOCUMENTS)}",
            causes=(f"did you mean {', '.join(near)}?",) if near else (),
            next="run payloadproof schema to print all of them",
        )
    return msgspec.json.schema(DOCUMENTS[name])
