"""A6, beside the properties of the contract: ids, stamps, texts, and what stands around events.

Rule 1: only what was recorded is judged here: what a scenario planted is found by other means.
Rule 2: an id may be any id, and says nothing of a person; an address or a key in its place does.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, unquote_plus

from payloadproof.clauses.finding import Finding
from payloadproof.clauses.once import once
from payloadproof.contract.posthog import keys_of
from payloadproof.contract.secrets import leak_in
from payloadproof.evidence.fields import ENVELOPE_KEYS, EVENT_KEYS, PERSON_KEYS, properties_of
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import masked, named, where
from payloadproof.recorder.ledger import Request

#: Ids that PostHog takes for nobody (rust/capture, v1): each makes all who send it one person.
NOBODY = frozenset(
    {
        *("", "0", "00000000-0000-0000-0000-000000000000", "[object object]", "anonymous"),
        *("anonymous-user", "backend", "distinct_id", "distinctid", "email", "false", "guest"),
        *("id", "nan", "none", "not_authenticated", "null", "system", "true", "undefined", "user"),
    }
)
_PLAIN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_PLAIN_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?")
#: Headers that hold what the network needs, or who asks for the project.
_OF_THE_NETWORK = frozenset({"host", "content-length", "authorization", "accept", "connection"})
_TOKENS = frozenset({"api_key", "token", "$token"})
_FORM_OF_A_VALUE = "no secret and no address"


def plain_id(text: object) -> bool:
    """Whether nothing can be said against an id: it is a UUID, in the usual form."""
    return type(text) is str and _PLAIN_ID.fullmatch(text) is not None and text[14] != "0"


def plain_time(text: object) -> bool:
    """Whether nothing can be said against a time."""
    return type(text) is str and _PLAIN_TIME.fullmatch(text) is not None


def fields(history: History) -> Iterator[Finding]:
    """What does not look as it should, everywhere but under the contract's own properties."""
    if history.scenario is not None:
        return
    for sent in history.sent:
        yield from _ids(sent)
        yield from _beside(history, sent)
    for request in history.requests:
        if request.method:
            yield from _around(request)


def _ids(sent: Sent) -> Iterator[Finding]:
    who = sent.event.distinct_id
    if not plain_id(who):
        text = who if isinstance(who, str) else str(who)
        if text.strip().lower() in NOBODY or who is None:
            yield _wrong(sent, "distinct_id", "stands for nobody, so that all who send it are one")
        elif leak := leak_in(text, ids=True):
            yield _wrong(sent, "distinct_id", f"looks like {leak}")
    uuid, at = sent.event.uuid, sent.event.timestamp
    if isinstance(uuid, str) and not plain_id(uuid) and (leak := leak_in(uuid, ids=True)):
        yield _wrong(sent, "uuid", f"looks like {leak}")
    if isinstance(at, str) and not plain_time(at) and not _a_time(at) and (leak := leak_in(at)):
        yield _wrong(sent, "timestamp", f"looks like {leak}")


def _a_time(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@once
def _texts_of(history: History, name: str) -> frozenset[str]:
    """The properties whose form lets any text pass: those declared so, and PostHog's own."""
    contract = history.contract
    event = contract.events.get(name)
    shapes = {**contract.properties, **(event.own_properties if event else {})}
    # One that says what it may not hold has been searched for that.
    texts = {key for key, prop in shapes.items() if prop.type == "text" and prop.never is None}
    known = contract.wire.every_stamp | {*contract.wire.directives}
    known |= keys_of(name) if event else frozenset()
    return frozenset(texts | known - {*PERSON_KEYS})


def _beside(history: History, sent: Sent) -> Iterator[Finding]:
    name = str(sent.event.name)
    texts = _texts_of(history, name)
    if name in history.contract.errors:
        return  # of errors, E1 has more to say
    for key, value in properties_of(sent).items():
        if key in texts and type(value) is str and (leak := _leak(key, value)):
            yield _wrong(sent, key, f"looks like {leak}", value)
    for key, value in sent.event.top_level.items():
        if key not in EVENT_KEYS - {*PERSON_KEYS, *_TOKENS} or type(value) is not str:
            continue
        if not plain_time(value) and (leak := leak_in(value, ids=True)):
            yield _wrong(sent, key, f"looks like {leak}", value)
    for beside in (properties_of(sent), sent.event.top_level):
        for directive in PERSON_KEYS:
            person = beside.get(directive)
            for key, value in person.items() if isinstance(person, dict) else ():
                if key in texts and type(value) is str and (leak := _leak(key, value)):
                    yield _wrong(sent, f"{directive}.{key}", f"looks like {leak}", value)


def _leak(key: str, value: str) -> str | None:
    stamp = key[:1] == "$" or key in ("alias", "distinct_id")
    if stamp and plain_id(value):
        return None
    leak = leak_in(value, ids=stamp)
    # Four numbers in a version are no address.
    return None if stamp and "version" in key and leak == "a network address" else leak


def _wrong(sent: Sent, key: str, wrong: str, value: Any = None) -> Finding:
    shown = getattr(sent.event, key) if key in ("distinct_id", "uuid", "timestamp") else value
    return Finding(
        clause="A6",
        expected=f"{_FORM_OF_A_VALUE} as {named(key)}",
        observed=f"a value that {wrong}",
        evidence=(where(sent.request, sent.event.name, key), masked(shown)),
        kind=f"{named(key)} looks like a secret or an address",
    )


def _around(request: Request) -> Iterator[Finding]:
    """Headers, cookies among them, the query and the batch's own keys."""
    path, _, query = request.path.partition("?")
    told: list[tuple[str, str]] = [("the path", path)]
    told += [
        (f"query key {named(pair.partition('=')[0])}", read(pair.partition("=")[2]))
        for pair in query.split("&")
        for read in (unquote, unquote_plus)  # a plus sign is one, or a space
        if pair and not pair.startswith("data=")
    ]
    told += [
        (f"header {named(key.lower())}", value)
        for key, value in request.headers
        if key.lower() not in _OF_THE_NETWORK
    ]
    told += [
        (f"batch key {named(key)}", value)
        for key, value in request.envelope.items()
        if key in ENVELOPE_KEYS | EVENT_KEYS and isinstance(value, str)
    ]
    for place, value in dict.fromkeys(told):
        if not plain_time(value) and (leak := leak_in(value, ids=True)):
            yield Finding(
                clause="A6",
                expected=f"{_FORM_OF_A_VALUE} in {place}",
                observed=f"a value that looks like {leak}",
                evidence=(where(request), masked(value)),
                kind=f"{place} looks like a secret or an address",
            )
