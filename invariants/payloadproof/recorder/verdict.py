"""What PostHog's capture service answers to a request that it could decode: its v0 rules.

Rule 1: all or nothing. One bad event is a verdict on the whole request, as it is there.
Rule 2: the checks run in the service's order, so that the first to fail names the answer.

"capture v0" in the comments is PostHog/posthog ``rust/capture``, read in its stored versions, not
run. The text after the colon of a parse error is ours and says where; the service does not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable

TOKEN_KEYS = ("token", "$token", "api_key")
DISTINCT_ID_KEYS = ("distinct_id", "$distinct_id")
_TOKEN_BYTES = 64
_HEX4, _HEX8, _HEX12 = "[0-9a-fA-F]{4}", "[0-9a-fA-F]{8}", "[0-9a-fA-F]{12}"
_HYPHENATED = f"{_HEX8}-{_HEX4}-{_HEX4}-{_HEX4}-{_HEX12}"
_UUID = re.compile(
    rf"{_HYPHENATED}|urn:uuid:{_HYPHENATED}|\{{{_HYPHENATED}\}}|{_HEX8}{_HEX12}{_HEX12}"
)


class Refused(Exception):  # noqa: N818 - a verdict, not a fault of this program
    """The request is answered with an error: ``status`` and the text ``reason``."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def refuse(status: int, reason: str) -> NoReturn:
    """Raise ``Refused``."""
    raise Refused(status, reason)


def unparsable(what: str) -> NoReturn:
    """Refuse JSON of the wrong form."""
    refuse(400, f"failed to parse request: {what}")


def judge(content: object, *, engage: bool) -> None:
    """Raise ``Refused`` unless the service would accept this JSON value.

    capture v0: the untagged RawRequest (array, batch, event, engage), then token, then events.

    Args:
        content: the value of the whole body.
        engage: whether it came by ``/engage``, where an event needs no name.
    """
    batch_token: object = None
    if isinstance(content, list):
        events = _fitting(content, "")
    elif isinstance(content, dict) and "batch" in content:
        events, batch_token = _judge_batch(content)
    elif isinstance(content, dict) and "event" not in content:
        # capture v0: the engage shape fits any object; only /engage makes an event of it.
        if not engage:
            refuse(
                400,
                "failed to hydrate events from request: "
                "non-engage request missing event name attribute",
            )
        events = _fitting([{**content, "event": "$identify"}], "")
    elif isinstance(content, dict):
        events = _fitting([content], "")
    else:
        unparsable("data did not match any variant of untagged enum RawRequest")
    # capture v0: EmptyBatch.
    if not events:
        refuse(400, "request holds no event")
    events = [event for event in events if event["event"] != "$performance_event"]
    if events:
        _judge_token(batch_token, events)
    for event in events:
        _judge_event(event)


def distinct_id(raw: dict[str, object]) -> tuple[str, object]:
    """The key it stands under ("" for the properties) and the value, None when there is none.

    capture v0: ``extract_distinct_id``; null counts as absent.
    """
    for key in DISTINCT_ID_KEYS:
        if raw.get(key) is not None:
            return key, raw[key]
    properties = raw.get("properties")
    return "", properties.get("distinct_id") if isinstance(properties, dict) else None


def _judge_batch(content: dict[str, object]) -> tuple[list[dict[str, object]], str]:
    """Capture v0: BatchedRequest. What does not fit it is 400, a missing api_key too."""
    tokens = [content[key] for key in ("token", "api_key") if key in content]
    if len(tokens) != 1 or not isinstance(tokens[0], str):
        unparsable("a batch needs one api_key, a string")
    if not isinstance(content.get("historical_migration"), bool | None):
        unparsable("historical_migration is not a boolean")
    if not isinstance(content.get("sent_at"), str | None):
        unparsable("sent_at is not a string")
    batch = content["batch"]
    if not isinstance(batch, list):
        unparsable("batch is not an array")
    return _fitting(batch, "batch"), tokens[0]


def _fitting(raw_events: list[object], where: str) -> list[dict[str, object]]:
    """The events, if each one fits capture v0's RawEvent."""
    events: list[dict[str, object]] = []
    for index, raw in enumerate(raw_events):
        problem = _misfit(raw) if isinstance(raw, dict) else "the event is not an object"
        if problem or not isinstance(raw, dict):
            unparsable(f"{where}[{index}]: {problem}")
        events.append(raw)
    return events


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
        "offset is not an integer": isinstance(offset, bool) or not isinstance(offset, int | None),
        "$set is not an object": not isinstance(raw.get("$set"), dict | None),
        "$set_once is not an object": not isinstance(raw.get("$set_once"), dict | None),
        # capture v0: empty_string_uuid_is_none.
        "uuid is not a uuid": not (
            uuid in (None, "") or (isinstance(uuid, str) and _UUID.fullmatch(uuid))
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


def _judge_token(batch_token: object, events: list[dict[str, object]]) -> None:
    """Capture v0: the batch's token wins; without one the events have to agree."""
    token = batch_token
    if token is None:
        tokens = {_event_token(event) for event in events} - {None}
        if not tokens:
            refuse(401, "event submitted without an api_key")
        if len(tokens) > 1:
            refuse(401, "batch submitted with inconsistent api_key values")
        token = tokens.pop()
    # capture v0: src/token.rs. Whether the project exists is not checked at the edge.
    text = str(token).strip()
    faults = {
        "empty": not text,
        "too_long": len(text.encode()) > _TOKEN_BYTES,
        "not_ascii": not text.isascii(),
        "personal_api_key": text.startswith("phx_"),
        "null_byte": "\0" in text,
    }
    for fault, found in faults.items():
        if found:
            refuse(401, f"API key is not valid: {fault}")


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
