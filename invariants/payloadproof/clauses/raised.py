"""Which error of a scenario an event on the wire carries, and the text that it carries.

A scenario gives each of its errors a class of its own, or an innermost function of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from payloadproof.clauses.once import once
from payloadproof.contract.error_text import ErrorText
from payloadproof.evidence.fields import EXCEPTION_KEYS, properties_of
from payloadproof.evidence.history import History, Sent, every_fault
from payloadproof.protocol.messages import Fault
from payloadproof.scenario import steps as do


class Error(NamedTuple):
    """An event that carries an error, and where in it the text stands."""

    sent: Sent
    roles: ErrorText

    @property
    def type(self) -> str:
        """The name of its class, empty where it carries none."""
        return self._text(self.roles.type) or str(self._listed(0).get("type", ""))

    @property
    def message(self) -> str:
        """Its message."""
        return self._text(self.roles.message) or str(self._listed(0).get("value", ""))

    @property
    def text(self) -> str:
        """Everything in it that comes from the error, as one text."""
        carried = properties_of(self.sent)
        roles = (self.roles.type, self.roles.message, self.roles.stack)
        own = [str(carried[key]) for key in roles if key and key in carried]
        return "\n".join(
            [*own, *(text for key in EXCEPTION_KEYS for text in texts(carried.get(key)))]
        )

    @property
    def fields(self) -> dict[str, str]:
        """The same, by key."""
        carried = properties_of(self.sent)
        keys = {self.roles.type, self.roles.message, self.roles.stack or "", *EXCEPTION_KEYS}
        return {
            key: json.dumps(carried[key], sort_keys=True) for key in sorted(keys & carried.keys())
        }

    @property
    def listed(self) -> list[dict[str, Any]]:
        """The members of PostHog's own list."""
        found = properties_of(self.sent).get("$exception_list")
        return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []

    @property
    def frames(self) -> Iterator[dict[str, Any]]:
        """Every frame of PostHog's own list."""
        for one in self.listed:
            yield from frames_of(one)

    @property
    def times(self) -> int:
        """How many equal errors it stands for."""
        count = properties_of(self.sent).get(self.roles.count or "", 1)
        return count if isinstance(count, int) and not isinstance(count, bool) else 1

    def _listed(self, index: int) -> dict[str, Any]:
        return self.listed[index] if len(self.listed) > index else {}

    def _text(self, key: str) -> str:
        value = properties_of(self.sent).get(key)
        return value if isinstance(value, str) else ""


def texts(value: Any) -> Iterator[str]:
    """Every text in a decoded JSON value, keys among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def frames_of(listed: dict[str, Any]) -> list[dict[str, Any]]:
    """The frames of one member of PostHog's list."""
    trace = listed.get("stacktrace")
    frames = trace.get("frames") if isinstance(trace, dict) else None
    return [f for f in frames if isinstance(f, dict)] if isinstance(frames, list) else []


@once
def errors(history: History) -> tuple[Error, ...]:
    """Every event that carries an error, once."""
    return tuple(_carrying(history, history.distinct))


def _carrying(history: History, sents: tuple[Sent, ...]) -> Iterator[Error]:
    roles = history.contract.errors
    for sent in sents:
        if str(sent.event.name) in roles:
            yield Error(sent, roles[str(sent.event.name)])


@once
def raises(history: History) -> dict[int, do.RaiseError]:
    """The steps that raise an error, by index."""
    return {i: step for i, step in enumerate(history.steps) if isinstance(step, do.RaiseError)}


def identity(fault: Fault) -> tuple[str, str]:
    """What an error is told apart by: its class, and its innermost function."""
    return fault.type, fault.frames[-1].function if fault.frames else ""


def steps_of(history: History, error: Error) -> list[int]:
    """The steps that raised an error of this identity; none where that cannot be told."""
    return _steps_by_event(history)[id(error.sent.event)]


@once
def _steps_by_event(history: History) -> dict[int, list[int]]:
    by_identity: dict[tuple[str, str], list[int]] = {}
    for index, step in raises(history).items():
        if step.error.hostile is None:
            by_identity.setdefault(identity(step.error), []).append(index)
    return {id(e.sent.event): _steps(by_identity, e) for e in _carrying(history, history.sent)}


def _steps(by_identity: dict[tuple[str, str], list[int]], error: Error) -> list[int]:
    kind, text = error.type, error.text
    # The longest first: one name may begin another.
    named = sorted((key for key in by_identity if key[0] and key[0] in kind), key=_longest)
    named = [key for key in named if len(key[0]) == len(named[0][0])]
    if len(named) > 1:
        named = [key for key in named if key[1] and key[1] in text]
    return by_identity[named[0]] if len(named) == 1 else []


def _longest(key: tuple[str, str]) -> int:
    return -len(key[0])


def planted_in(step: do.RaiseError) -> tuple[Fault, ...]:
    """The errors that a step raises at once, causes and members of groups among them."""
    return tuple(every_fault(step.error))


def errors_in(history: History, sent: Sent) -> set[int]:
    """The step whose error the event carries, where only that one raised an equal error."""
    roles = history.contract.errors.get(str(sent.event.name))
    steps = steps_of(history, Error(sent, roles)) if roles else []
    return set(steps) if len(steps) == 1 else set()
