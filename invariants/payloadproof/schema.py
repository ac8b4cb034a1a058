"""JSON Schema of everything that goes over a wire or into a file.

That of a contract is for editors: they complete a TOML file, and check it, where its first line is
``#:schema ./contract.schema.json`` and that file is what ``payloadproof schema Contract`` prints.
"""

from __future__ import annotations

import difflib
from typing import Any

import msgspec

from payloadproof.contract import Contract
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
    "Contract": Contract,
}
#: The first line of a contract, by which editors find its schema.
DIRECTIVE = "#:schema ./contract.schema.json"


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
    made = msgspec.json.schema(DOCUMENTS[name])
    return _of_toml(made) if name == "Contract" else made


def _of_toml(shape: Any) -> Any:
    """The same without null, which TOML does not have: what is optional is left out."""
    if isinstance(shape, list):
        return [_of_toml(one) for one in shape]
    if not isinstance(shape, dict):
        return shape
    kept = {
        key: _of_toml(value)
        for key, value in shape.items()
        if key != "default" or b"null" not in msgspec.json.encode(value)
    }
    some = [one for one in kept.get("anyOf", []) if one != {"type": "null"}]
    if len(some) == 1:
        return {**some[0], **{key: value for key, value in kept.items() if key != "anyOf"}}
    return kept | {"anyOf": some} if some else kept
