"""How evidence is quoted: masked, named and placed, so that a report never republishes a leak.

Rule 1: what comes out of evidence is hostile until :mod:`payloadproof.syntax.printable` has made it
safe. Every output passes it: the terminal, Markdown, JUnit and JSON.
Rule 2: what of a text may be a secret is covered, by :mod:`payloadproof.evidence.masking`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar, cast

import msgspec

from payloadproof.evidence.masking import covered, holds_planted
from payloadproof.recorder.ledger import Request
from payloadproof.scenario.steps import Scenario
from payloadproof.syntax.printable import printable

Printed = TypeVar("Printed")

UNMASKED: Final = ContextVar("UNMASKED", default=False)
"""Set by who wants text as it is, for a report that stays on one machine."""


_WHOLE_NAMES: Final = ContextVar("_WHOLE_NAMES", default=False)


@contextmanager
def whole_names() -> Iterator[None]:
    """Names of events and keys stay whole: where all that could leak was invented for the run."""
    before = _WHOLE_NAMES.set(True)
    try:
        yield
    finally:
        _WHOLE_NAMES.reset(before)


QUOTED = 200  # characters of a text in a report


ITEMS = 12  # of a container in a report


_IDENTIFIER = re.compile(r"\$?[a-z]{1,16}(_[a-z0-9]{1,16}){0,5}")


_SEGMENT = re.compile(r"[a-z]{1,16}(-[a-z]{1,16}){0,5}|v[0-9]")  # of a path


_IN_LINES = ("reason",)  # fields of a report


def safe(value: Printed) -> Printed:
    """A report, or a part of one, with every text in it made printable.

    A scenario is data to run again: who draws it quotes it. What explains a verdict has lines.
    """
    made: Any = value
    if isinstance(value, str):
        made = printable(value)
    elif isinstance(value, tuple):
        made = tuple(map(safe, value))
    elif isinstance(value, dict):
        made = {safe(key): safe(item) for key, item in value.items()}
    elif isinstance(value, msgspec.Struct) and not isinstance(value, Scenario):
        parts: dict[str, Any] = {name: getattr(value, name) for name in value.__struct_fields__}
        made = msgspec.structs.replace(
            value,
            **{
                name: printable(part, lines=True) if name in _IN_LINES and part else safe(part)
                for name, part in parts.items()
            },
        )
    return cast("Printed", made)


def masked(value: Any) -> str:
    """``value`` as JSON, with what may be a secret covered: a report must not republish a leak.

    Of a covered run of letters and digits the first three at most stay, with the number of those
    covered. Numbers stay, unless they hold what was planted, and so do keys that are plain
    identifiers: without them nobody could act on a finding.
    """
    if isinstance(value, str):
        said = printable(json.dumps(readable(value), ensure_ascii=False))
        return said + ("…" if len(value) > QUOTED else "")
    if isinstance(value, dict):
        inside = [f"{named(key)}: {masked(item)}" for key, item in list(value.items())[:ITEMS]]
        return "{" + ", ".join(inside + ["…"] * (len(value) > ITEMS)) + "}"
    if isinstance(value, list | tuple):
        inside = [masked(item) for item in value[:ITEMS]]
        return "[" + ", ".join(inside + ["…"] * (len(value) > ITEMS)) + "]"
    if isinstance(value, bool | None):
        return json.dumps(value)
    number = str(value)
    return number if UNMASKED.get() or not holds_planted(number) else covered(number)


def readable(text: str) -> str:
    """As much of a text as a report shows, with what may be a secret covered. Not yet printable."""
    return (text if UNMASKED.get() else covered(text))[:QUOTED]


def named(name: object) -> str:
    """An event's name or a key: as it is when it is a plain identifier, else masked.

    Within :func:`whole_names` any text stays as it is, as far as it can be printed.
    """
    if isinstance(name, str) and _IDENTIFIER.fullmatch(name):
        return json.dumps(readable(name)) if holds_planted(name) else f'"{name}"'
    if isinstance(name, str) and _WHOLE_NAMES.get():
        said = printable(json.dumps(name[:QUOTED], ensure_ascii=False))
        return said + ("…" if len(name) > QUOTED else "")
    return masked(name)


def _route(path: str) -> str:
    """The path of a request: what is a word of a route stays, whoever called it so."""
    return printable(
        "/".join(
            one
            if not one or UNMASKED.get() or (_SEGMENT.fullmatch(one) and not holds_planted(one))
            else readable(one)
            for one in path.split("/")
        )
    )


def where(request: Request, event: object = None, key: str | None = None) -> str:
    """Where on the wire: the request, and what in it. A query may hold anything: it is left out.

    An event out of a file that tells of no request is named by its place there.
    """
    place = placed(request.method, request.path, request.number)
    if event is not None:
        place += f", event {named(event)}"
    if key is not None:
        place += f", key {named(key)}"
    return place


def placed(method: str, path: str, number: int) -> str:
    """The same of a request of which no more is remembered."""
    if not method:
        return f"{path} {number}"
    plain, query, _ = path.partition("?")
    return f"request {number} {method} {_route(plain)}{query and '?…'}"
