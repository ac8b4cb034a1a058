"""What the fake service knows of the project that is recorded: whatever differs between projects.

Rule 1: a project that says nothing is one without flags, behind no prefix, whose key nobody checks.
"""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from payloadproof.errors import HarnessError

#: What a flag says: off or on, or which variant.
Value = bool | str


class Flag(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One feature flag; ``payload`` is JSON, handed on as text."""

    value: Value
    payload: object = None


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project, as far as an answer depends on it.

    Attributes:
        prefix: a path that a proxy of the product's own puts before PostHog's: ``/ingest``.
        flags: what its feature flags say, by their keys.
        tokens: the project keys that exist, where the service checks them; None where it does not.
    """

    prefix: str = ""
    flags: dict[str, Flag] = {}
    tokens: frozenset[str] | None = None


#: A project of which nothing is known.
ANY = Project()


def flags_in(path: Path) -> dict[str, Flag]:
    """The flags in a JSON file: ``{"new-search": true, "colour": "green"}``.

    A value may be an object with a ``value`` and a ``payload``.

    Raises:
        HarnessError: it cannot be read, or holds something else.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        given = {
            name: flag if isinstance(flag, dict) else {"value": flag}
            for name, flag in msgspec.convert(raw, dict[str, object]).items()
        }
        return msgspec.convert(given, dict[str, Flag])
    except OSError as error:
        why = str(error.strerror)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        why = str(error)
    raise HarnessError(
        code="flags-unusable",
        message=f"{path} cannot be used: {why}",
        next='a JSON object of flags and what each says: {"new-search": true, "colour": "green"}',
    )
