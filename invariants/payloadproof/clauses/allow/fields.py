"""A6, beside the properties of the contract: ids, stamps, texts, and what stands around events.

Rule 1: only what was recorded is judged here: what a scenario planted is found by other means.
Rule 2: an id may be any id, and says nothing of a person; an address or a key in its place does.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeGuard
from urllib.parse import unquote, unquote_plus

from payloadproof.clauses.finding import Finding
from payloadproof.clauses.once import once
from payloadproof.contract import Contract
from payloadproof.contract.posthog import keys_of
from payloadproof.contract.secrets import leak_in
from payloadproof.evidence.fields import ENVELOPE_KEYS, EVENT_KEYS, PERSON_KEYS, properties_of
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import masked, named, where
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.persons import is_somebody

_PLAIN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_ID_FORM = b"00000000-0000-0000-0000-000000000000"
_ID_LENGTH = len(_ID_FORM)
_ANY_HEX = bytes.maketrans(b"123456789abcdef", b"0" * 15)
_VERSIONS = b"12345678"
_PLAIN_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?")
#: Headers that hold what the network needs, or who asks for the project.
_OF_THE_NETWORK = frozenset({"host", "content-length", "authorization", "accept", "connection"})
#: Names that nobody has to hide, since they are not the program's own.
_COMMON = frozenset(
    {
        *("accept-encoding", "accept-language", "content-encoding", "content-type", "cookie"),
        *("user-agent", "x-forwarded-for", "x-real-ip", "posthog-sdk-info", "posthog-request-id"),
        *("posthog-attempt", "posthog-request-timestamp", "sec-ch-ua-full-version-list"),
    }
)
#: Where four numbers are a version: Chrome/150.0.0.0, and "Chromium";v="150.0.7871.100".
_OF_PRODUCTS = frozenset(
    {"user-agent", "sec-ch-ua", "sec-ch-ua-full-version-list", "$raw_user_agent"}
)
_VERSION = re.compile(r"(?:(?<=[A-Za-z])/|(?<=;v=\"))[0-9]{1,4}(?:\.[0-9]{1,5}){3}(?![0-9.])")
#: Where a page says whose it is, or an SDK whom it asks. On this machine it is nobody's.
_OF_PAGES = frozenset(
    {
        *("origin", "referer", "$current_url", "$host", "$referrer", "$referring_domain"),
        *("$session_entry_url", "$session_entry_host", "$session_entry_referrer"),
        *("$session_entry_referring_domain", "$lib_custom_api_host"),
    }
)
_THIS_MACHINE = re.compile(r"(?:(?<=://)|^)127(?:\.[0-9]{1,3}){3}(?=[:/]|$)")
_TOKENS = frozenset({"api_key", "token", "$token"})
_BESIDE = frozenset(EVENT_KEYS - {*PERSON_KEYS, *_TOKENS})
_FORM_OF_A_VALUE = "no secret and no address"


def plain_id(text: object) -> bool:
    """Whether nothing can be said against an id: it is a UUID, in the usual form."""
    return type(text) is str and _PLAIN_ID.fullmatch(text) is not None and text[14] != "0"


def are_plain_ids(column: Sequence[object]) -> TypeGuard[Sequence[str]]:
    """Whether each of them is a :func:`plain_id`, at the cost of a few: a test holds them equal."""
    texts: Sequence[Any] = column
    try:
        joined = "".join(texts).encode("ascii")
    except (TypeError, UnicodeEncodeError):
        return False
    if set(map(len, texts)) != {_ID_LENGTH}:
        return False
    form = joined.translate(_ANY_HEX) == _ID_FORM * len(column)
    return form and not joined[14::_ID_LENGTH].strip(_VERSIONS)


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
    event = sent.event
    for key, wrong in (
        ("distinct_id", wrong_as_id(event.distinct_id)),
        ("uuid", wrong_as_uuid(event.uuid)),
        ("timestamp", wrong_as_time(event.timestamp)),
    ):
        if wrong:
            yield _wrong(sent, key, wrong)


def wrong_as_id(who: object) -> str | None:
    """Why a value is no id of an installation; None where nothing can be said against it."""
    if plain_id(who):
        return None
    text = who if isinstance(who, str) else str(who)
    if who is None or not is_somebody(text):
        return "stands for nobody, so that all who send it are one"
    leak = leak_in(text, ids=True)
    return leak and f"looks like {leak}"


def wrong_as_uuid(uuid: object) -> str | None:
    """Why a value is no uuid, as far as that is a leak."""
    if not isinstance(uuid, str) or plain_id(uuid):
        return None
    leak = leak_in(uuid, ids=True)
    return leak and f"looks like {leak}"


def wrong_as_time(at: object) -> str | None:
    """Why a value is no time, as far as that is a leak."""
    if not isinstance(at, str) or plain_time(at) or _a_time(at):
        return None
    leak = leak_in(at)
    return leak and f"looks like {leak}"


def _a_time(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@once
def _texts_of(history: History, name: str) -> frozenset[str]:
    return free_texts(history.contract, name)


def free_texts(contract: Contract, name: str) -> frozenset[str]:
    """The properties whose form lets any text pass: those declared so, and PostHog's own."""
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
        if key in texts and (wrong := wrong_as_text(key, value)):
            yield _wrong(sent, key, wrong, value)
    for key, value in sent.event.top_level.items():
        if wrong := wrong_beside(key, value):
            yield _wrong(sent, key, wrong, value)
    for beside in (properties_of(sent), sent.event.top_level):
        for directive in PERSON_KEYS:
            person = beside.get(directive)
            for key, value in person.items() if isinstance(person, dict) else ():
                if key in texts and (wrong := wrong_as_text(key, value)):
                    yield _wrong(sent, f"{directive}.{key}", wrong, value)


def wrong_beside(key: str, value: object) -> str | None:
    """What leaks from a key of the service's own that stands beside an event's properties."""
    if key not in _BESIDE or type(value) is not str or plain_time(value):
        return None
    leak = leak_in(value, ids=True)
    return leak and f"looks like {leak}"


def wrong_as_text(key: str, value: object) -> str | None:
    """What leaks from a property whose form lets any text pass."""
    stamp = key[:1] == "$" or key in ("alias", "distinct_id")
    if type(value) is not str or (stamp and plain_id(value)):
        return None
    leak = leak_in(_of_somebody(key, value), ids=stamp)
    # Four numbers in a version are no address.
    if leak is None or (stamp and "version" in key and leak == "a network address"):
        return None
    return f"looks like {leak}"


def _wrong(sent: Sent, key: str, wrong: str, value: Any = None) -> Finding:
    shown = getattr(sent.event, key) if key in ("distinct_id", "uuid", "timestamp") else value
    return Finding(
        clause="A6",
        expected=f"{_FORM_OF_A_VALUE} as {named(key)}",
        observed=f"a value that {wrong}",
        evidence=(where(sent.request, sent.event.name, key), masked(shown)),
        kind=f"{named(key)} looks like a secret or an address",
    )


def _named(header: str) -> str:
    return f'"{header}"' if header in _COMMON else named(header)


def _of_somebody(key: str, value: str) -> str:
    """A header, or a stamp, without what looks like an address and is nobody's."""
    if key in _OF_PRODUCTS:
        return _VERSION.sub("", value)
    return _THIS_MACHINE.sub("", value) if key in _OF_PAGES else value


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
        (f"header {_named(key.lower())}", _of_somebody(key.lower(), value))
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
