"""What PostHog's capture service answers to a request that it could decode: its v0 rules.

Rule 1: all or nothing. One bad event is a verdict on the whole request, as it is there.
Rule 2: the checks run in the service's order, so that the first to fail names the answer.

"capture v0" in the comments is PostHog/posthog ``rust/capture``, read in its stored versions, not
run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from payloadproof.recorder.project import ANY, Project
from payloadproof.recorder.refusal import UNHYDRATED, UNTAGGED, refuse, too_big, unparsable

TOKEN_KEYS = ("token", "$token", "api_key")
DISTINCT_ID_KEYS = ("distinct_id", "$distinct_id")
#: Bytes of one event (Kafka's ``message.max.bytes`` in capture's configuration).
EVENT_LIMIT = 1_000_000
# capture: that it says "project API key" is all that is known of its words; the others are ours.
UNKNOWN_TOKEN = "the project API key belongs to no project"  # noqa: S105 - no token
_BATCH_TOKEN = ("token", "api_key")
_TOKEN_BYTES = 64
_TOO_MUCH = 1 << 63  # for serde's i64
_PIECE = 1024 * 1024  # characters
_QUOTES = 2
#: The service takes it, and keeps none.
PERFORMANCE = "$performance_event"
_HEX4, _HEX8, _HEX12 = "[0-9a-fA-F]{4}", "[0-9a-fA-F]{8}", "[0-9a-fA-F]{12}"
_HYPHENATED = f"{_HEX8}-{_HEX4}-{_HEX4}-{_HEX4}-{_HEX12}"
UUID = re.compile(
    rf"{_HYPHENATED}|urn:uuid:{_HYPHENATED}|\{{{_HYPHENATED}\}}|{_HEX8}{_HEX12}{_HEX12}"
)


def judge(content: object, *, engage: bool, project: Project = ANY) -> None:
    """Raise ``Refused`` unless the service would accept this JSON value.

    capture v0: the untagged RawRequest (array, batch, event, engage), then token, then events.

    Args:
        content: the value of the whole body.
        engage: whether it came by ``/engage``, where an event needs no name.
        project: where keys are checked, which there are.
    """
    batch_token, events = _read(content, engage=engage)
    # capture v0: EmptyBatch.
    if not events:
        refuse(400, "request holds no event")
    events = [event for event in events if event["event"] != PERFORMANCE]
    if events:
        _judge_token(batch_token, events, project)
    for event in events:
        _judge_event(event)
    for number, event in enumerate(events):
        _judge_size(number, event)


def _read(content: object, *, engage: bool) -> tuple[object, list[dict[str, object]]]:
    """The token of the batch, if it is one, and the events.

    capture v0: each shape is tried in its order. An object that is neither a batch nor an event is
    the engage shape, which fits any: hence the words in which the commonest mistakes are refused.
    """
    if isinstance(content, list):
        if problem := _flaw(content, ""):
            unparsable(UNTAGGED, problem)
        return None, content
    if not isinstance(content, dict):
        unparsable(UNTAGGED, "neither an object nor an array")
    problem = _batch_flaw(content) if "batch" in content else ""
    if "batch" in content and not problem:
        return next(content[key] for key in _BATCH_TOKEN if key in content), content["batch"]
    single = _misfit(content)
    if not single:
        return None, [content]
    if not engage:
        refuse(400, UNHYDRATED, problem or ("" if "event" not in content else single))
    named = {**content, "event": "$identify"}
    if single := _misfit(named):
        unparsable(UNTAGGED, single)
    return None, [named]


def distinct_id(raw: dict[str, object]) -> tuple[str, object]:
    """The key it stands under ("" for the properties) and the value, None when there is none.

    capture v0: ``extract_distinct_id``; null counts as absent.
    """
    for key in DISTINCT_ID_KEYS:
        if raw.get(key) is not None:
            return key, raw[key]
    properties = raw.get("properties")
    return "", properties.get("distinct_id") if isinstance(properties, dict) else None


def _batch_flaw(content: dict[str, object]) -> str:
    """Why this is no BatchedRequest; empty where it is one. It needs its key."""
    tokens = [content[key] for key in _BATCH_TOKEN if key in content]
    if len(tokens) != 1 or not isinstance(tokens[0], str):
        return "a batch needs one api_key, a string"
    if not isinstance(content.get("historical_migration"), bool | None):
        return "historical_migration is not a boolean"
    if not isinstance(content.get("sent_at"), str | None):
        return "sent_at is not a string"
    batch = content["batch"]
    return _flaw(batch, "batch") if isinstance(batch, list) else "batch is not an array"


def _flaw(raw_events: list[object], where: str) -> str:
    """Why one of the events is none; empty where each fits capture v0's RawEvent."""
    for index, raw in enumerate(raw_events):
        problem = _misfit(raw) if isinstance(raw, dict) else "the event is not an object"
        if problem:
            return f"{where}[{index}]: {problem}"
    return ""


def _misfit(raw: dict[str, object]) -> str:
    """Why this object is no RawEvent; empty when it is one."""
    for aliases in (TOKEN_KEYS, DISTINCT_ID_KEYS):
        # serde: two aliases of one field are that field twice.
        if sum(key in raw for key in aliases) > 1:
            return f"duplicate field `{aliases[0]}`"
    uuid = raw.get("uuid")
    offset = raw.get("offset")
    wrong = {
        "event is not a string": not isinstance(raw.get("event"), str),
        "api_key is not a string": not isinstance(_field(raw, TOKEN_KEYS), str | None),
        "properties is not an object": not isinstance(raw.get("properties", {}), dict),
        "timestamp is not a string": not isinstance(raw.get("timestamp"), str | None),
        "offset is not an integer": isinstance(offset, bool)
        or not isinstance(offset, int | None)
        or not -_TOO_MUCH <= (offset or 0) < _TOO_MUCH,
        "$set is not an object": not isinstance(raw.get("$set"), dict | None),
        "$set_once is not an object": not isinstance(raw.get("$set_once"), dict | None),
        # capture v0: empty_string_uuid_is_none.
        "uuid is not a uuid": not (
            uuid in (None, "") or (isinstance(uuid, str) and UUID.fullmatch(uuid))
        ),
    }
    return next((problem for problem, is_wrong in wrong.items() if is_wrong), "")


def _field(raw: dict[str, object], aliases: Iterable[str]) -> object:
    return next((raw[key] for key in aliases if key in raw), None)


def _event_token(raw: dict[str, object]) -> object:
    for key in TOKEN_KEYS:
        if raw.get(key) is not None:
            return raw[key]
    properties = raw.get("properties")
    token = properties.get("token") if isinstance(properties, dict) else None
    return token if isinstance(token, str) else None


def _judge_token(batch_token: object, events: list[dict[str, object]], project: Project) -> None:
    """Capture v0: the batch's token wins; without one the events have to agree."""
    token = batch_token
    if token is None:
        tokens = {_event_token(event) for event in events} - {None}
        if not tokens:
            refuse(401, "event submitted without an api_key")
        if len(tokens) > 1:
            refuse(401, "batch submitted with inconsistent api_key values")
        token = tokens.pop()
    if fault := token_fault(str(token)):
        refuse(401, f"API key is not valid: {fault}")
    if project.tokens is not None and str(token).strip() not in project.tokens:
        refuse(401, UNKNOWN_TOKEN, "no such project API key")


def token_fault(token: str) -> str:
    """What is wrong with the form of a key, in the service's word; empty for nothing.

    capture v0 and v1: src/token.rs. Whether the project exists is another matter.
    """
    text = token.strip()
    faults = {
        "empty": not text,
        "too_long": len(text.encode()) > _TOKEN_BYTES,
        "not_ascii": not text.isascii(),
        "personal_api_key": text.startswith("phx_"),
        "null_byte": "\0" in text,
    }
    return next((fault for fault, found in faults.items() if found), "")


def _judge_event(event: dict[str, object]) -> None:
    """Capture v0: process_single_event, in its order."""
    if not event["event"]:
        refuse(400, "event submitted with an empty event name")
    # capture v0: anything but null and blank text is an id; numbers and lists are stringified.
    _, identity = distinct_id(event)
    if identity is None or (isinstance(identity, str) and not identity.strip()):
        refuse(400, "event submitted without a distinct_id")
    properties = event.get("properties", {})
    if isinstance(properties, dict) and not isinstance(
        properties.get("$cookieless_mode", False), bool
    ):
        refuse(400, "event submitted with invalid cookieless mode")


def size_of(event: dict[str, object]) -> int:
    """Bytes of an event as a message to the broker, somewhat too few: it is text within JSON.

    Counted value by value: written out at once it would be held again, and nothing else could run
    meanwhile.
    """
    size = length = 0
    texts: list[str] = []
    waiting: list[object] = [event]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            size += _QUOTES * 2  # each has a backslash before it there
            texts.append(value)
            length += len(value)
            if length > _PIECE:
                size += sum(map(_written, _pieces(texts)))
                texts, length = [], 0
        elif isinstance(value, dict):
            size += 2 * len(value) + 1 if value else 2  # brackets, colons and commas
            waiting += value
            waiting += value.values()
        elif isinstance(value, list):
            size += len(value) + 1 if value else 2
            waiting += value
        elif value is None or isinstance(value, bool):
            size += len(json.dumps(value))
        else:
            size += len(repr(value))
    return size + sum(map(_written, _pieces(texts)))


def _pieces(texts: list[str]) -> Iterator[str]:
    """Texts, all in one where they are short, and in parts where one is long."""
    if len(texts) > 1:
        yield "".join(texts[:-1])
    for last in texts[-1:]:
        for start in range(0, len(last), _PIECE):
            yield last[start : start + _PIECE]


def _written(piece: str) -> int:
    """Bytes of a piece of text within JSON within JSON, without quotes around it."""
    said = json.dumps(piece, ensure_ascii=False)[1:-1]
    return len(said.encode(errors="replace")) + said.count('"') + said.count("\\")


def _judge_size(number: int, event: dict[str, object]) -> None:
    """Capture v0: Kafka's ``message.max.bytes``, by its default; not seen in production."""
    # Counting costs: only what has a text that long, or very many values, can be too large.
    if not may_be_large(event):
        return
    if (size := size_of(event)) > EVENT_LIMIT:
        too_big(f"Event payload too large for Kafka: {size} bytes", f"event {number + 1}")


def may_be_large(event: dict[str, object]) -> bool:
    """Whether the values of an event could come to the limit, by a quick and generous look."""
    left = EVENT_LIMIT // 8
    waiting: list[object] = [event]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            left -= len(value) + 4
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
        else:
            left -= 16
        if left < 0:
            return True
    return False
