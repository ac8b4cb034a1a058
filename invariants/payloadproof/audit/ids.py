"""What ids look like: a release may begin to send another kind of id, and every key stays the same.

Rule 1: a form is a few words that name no id: none of them is kept.
Rule 2: what looks like a secret or an address is called what the clauses call it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from payloadproof.contract.secrets import leak_in
from payloadproof.evidence.fields import properties_of
from payloadproof.evidence.history import Sent
from payloadproof.evidence.surface import shown_name

_UUID: Final = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEX: Final = re.compile(r"[0-9a-fA-F]{16,}")
_NUMBER: Final = re.compile(r"-?[0-9]+")
_COUNTED: Final = re.compile(r".*[^0-9][0-9]{1,12}", re.DOTALL)
_OWN: Final = ("$session_id", "$window_id", "$device_id", "$anon_distinct_id", "$user_id")
_BEHIND: Final = "_id"
_KEYS: Final = 64  # of an event


def form_of(value: object) -> str:
    """What an id looks like."""
    if value is None or value == "":
        return "none"
    if isinstance(value, bool | float | list | dict):
        return "no id"
    text = str(value)
    if _UUID.fullmatch(text):
        return f"a UUID of version {text[14]}"
    if _NUMBER.fullmatch(text):
        return "a number"
    if _HEX.fullmatch(text):
        return f"{len(text)} hexadecimal digits"
    if leak := leak_in(text, ids=True):
        return leak
    return "text with a number behind it" if _COUNTED.fullmatch(text) else "other text"


class Ids:
    """The forms of the ids of all events."""

    def __init__(self) -> None:
        self._forms: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(
            lambda: defaultdict(set)
        )

    def add(self, sent: Sent) -> None:
        """One more event."""
        forms = self._forms[shown_name(sent.event.name)]
        for key, value in _ids_of(sent):
            if key in forms or len(forms) < _KEYS:
                forms[key].add(form_of(value))

    def forms(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """By event, as it is shown, and by key."""
        return {
            name: {key: frozenset(some) for key, some in forms.items()}
            for name, forms in self._forms.items()
        }


def _ids_of(sent: Sent) -> Iterator[tuple[str, object]]:
    yield "distinct_id", sent.event.distinct_id
    yield "uuid", sent.event.uuid
    for key, value in properties_of(sent).items():
        if key in _OWN or key.endswith(_BEHIND):
            yield key, value
