"""What PostHog's capture service answers on ``/i/v1/analytics/events``: its v1 rules.

Rule 1: the request is judged first, by its headers; then the batch, as a whole; then each event by
itself. An event that is dropped costs nothing but itself.
Rule 2: what v1 lifts out of the properties (``options``, ``session_id``) is put back under the
names that v0 and every rule of ours know, as the service does before it stores an event.

"v1" in the comments is PostHog/posthog ``rust/capture/src/v1``, read in its stored versions, not
run: ``context.rs`` (headers), ``analytics/process.rs`` and ``types.rs`` (events), ``error.rs``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple, NoReturn

from payloadproof.recorder import text, unpack
from payloadproof.recorder.project import Project
from payloadproof.recorder.refusal import Refused, refuse
from payloadproof.recorder.unpack import Headers, header
from payloadproof.recorder.verdict import (
    EVENT_LIMIT,
    PERFORMANCE,
    UUID,
    may_be_large,
    size_of,
    token_fault,
)

COMPRESSED_LIMIT = 10 * 1024 * 1024  # bytes of a body
DECOMPRESSED_LIMIT = 50 * 1024 * 1024
DROPPED, KEPT, AGAIN = "drop", "ok", "retry"  # what is said of an event
_REQUIRED = (
    *("posthog-sdk-info", "posthog-attempt", "posthog-request-id", "posthog-request-timestamp"),
    *("content-type", "user-agent"),
)
_ENCODINGS = ("gzip", "deflate", "br", "zstd")
_MAX_SDK_INFO = 200
_SMALL = EVENT_LIMIT // 8  # bytes of JSON that is no event over the limit, however it is written
_MAX_NAME = _MAX_ID = 200  # bytes
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
#: Distinct ids that are nobody's: the event is kept, and makes no person.
ILLEGAL_IDS = frozenset(
    {
        *("0", "00000000-0000-0000-0000-000000000000", "[object object]", "anonymous"),
        *("anonymous-user", "backend", "distinct_id", "distinctid", "email", "false", "guest"),
        *("id", "nan", "none", "not_authenticated", "null", "system", "true", "undefined", "user"),
    }
)
NO_PERSON = "person_processing_disabled"
#: The errors of a status that no request deserves: an outage, a quota.
_ERRORS = {
    401: ("invalid_api_token", "The provided API token is not valid."),
    402: (
        "billing_limit_exceeded",
        "Billing quota exceeded. Events are being dropped. Upgrade your plan to resume ingestion.",
    ),
    408: ("request_timeout", "request timed out"),
    413: ("payload_too_large", "payload too large: "),
    429: ("rate_limited", "Rate limit exceeded."),
    500: ("internal_error", "Internal Server Error"),
    503: ("service_unavailable", "Service Unavailable"),
    504: ("gateway_timeout", "Gateway Timeout"),
}
#: The page of PostHog's documentation that an error names, where it is not that of the API.
_PAGES = {"billing_limit_exceeded": "billing/limits"}
#: After which it says when to come again.
RETRIED = frozenset({429, 500, 503})

_NO_SIGNS = dict.fromkeys(map(ord, "{}-"))  # of a uuid
_OPTIONS: dict[str, tuple[str, Callable[[object], object]]] = {}


class Outcome(NamedTuple):
    """What becomes of one event: ``ok``, ``drop`` or ``retry``, and why."""

    result: str
    details: str = ""


def error_text(tag: str, description: str) -> str:
    """An error as v1 writes it."""
    fields = {
        "error": tag,
        "error_description": description,
        "error_uri": f"https://posthog.com/docs/{_PAGES.get(tag, 'api')}",
    }
    return json.dumps(fields, separators=(",", ":"))


def error_of(status: int) -> str:
    """The body of an error that is nobody's fault; empty where v1 has none of this status."""
    return error_text(*_ERRORS[status]) if status in _ERRORS else ""


def _fail(status: int, tag: str, description: str, advice: str = "") -> NoReturn:
    refuse(status, error_text(tag, description), advice)


def judge_head(headers: Headers, project: Project) -> None:
    """v1: what its headers have to say, in its order.

    Raises:
        Refused: they do not.
    """
    if header(headers, "authorization") is None:
        _fail(401, "missing_authorization", "request is missing the Authorization header")
    missing = [name for name in _REQUIRED if header(headers, name) is None]
    if missing:
        named = json.dumps(missing)
        _fail(400, "missing_required_headers", f"request is missing required headers: {named}")
    _judge_token(header(headers, "authorization") or "", project)
    kind = header(headers, "content-type") or ""
    if kind.partition(";")[0].strip().lower() != "application/json":
        _fail(415, "unsupported_content_type", f"unsupported content type: {kind}")
    encoding = header(headers, "content-encoding")
    if encoding is not None and encoding.lower() not in _ENCODINGS:
        _fail(415, "unsupported_encoding", f"unsupported content encoding: {encoding}")
    said = header(headers, "posthog-request-id") or ""
    if not UUID.fullmatch(said):
        _invalid(f"posthog-request-id is not a valid UUID: {said}")
    said = header(headers, "posthog-attempt") or ""
    if not (said.isascii() and said.removeprefix("+").isdigit()) or not 1 <= int(said) < 1 << 32:
        _invalid(f"posthog-attempt must be a positive integer: {said}")
    said = header(headers, "posthog-request-timestamp") or ""
    if moment(said) is None:
        _invalid(f"posthog-request-timestamp is not valid RFC 3339: {said}")


def _invalid(what: str) -> NoReturn:
    _fail(400, "invalid_header_value", f"invalid header value: {what}")


def _judge_token(authorization: str, project: Project) -> None:
    scheme, _, credential = authorization.partition(" ")
    if scheme.lower() != "bearer" or not credential:
        _invalid("Authorization must use Bearer scheme")
    fault = token_fault(credential)
    if project.tokens is not None and credential.strip() not in project.tokens:
        fault = fault or "no such project API key"
    if fault:
        _fail(401, *_ERRORS[401], advice=fault)


def content_of(headers: Headers, wire: bytes) -> tuple[bytes, object]:
    """The body without its compression, and its value.

    Raises:
        Refused: v1 cannot read it.
    """
    if len(wire) > COMPRESSED_LIMIT:
        _too_large(f"Request body exceeds limit of {COMPRESSED_LIMIT} bytes")
    if not wire:
        _fail(400, "empty_body", "request body is empty")
    encoding = header(headers, "content-encoding")
    body = wire
    if encoding is not None:
        try:
            body = unpack.decompressed(encoding.lower(), wire, DECOMPRESSED_LIMIT)
        except unpack.Overflow:
            _too_large(
                f"decompressed {encoding} payload exceeds limit of {DECOMPRESSED_LIMIT} bytes"
            )
        except ValueError as error:
            advice = f"{encoding}: {error}"
            _fail(400, "request_decoding_error", "Failed to decode request body.", advice)
    try:
        text.require_text(body)
        return body, text.value_of(body)
    except Refused as refused:
        if refused.status == 413:  # noqa: PLR2004 - ours: too many values
            _too_large("more values than this recorder decodes")
        _fail(400, "request_parsing_error", "Failed to parse request body.", refused.reason)


def _too_large(what: str) -> NoReturn:
    _fail(413, "payload_too_large", f"payload too large: {what}")


def judge(content: object, size: int) -> list[Outcome]:
    """What becomes of each event of a batch.

    Args:
        content: the value of the body.
        size: bytes of the body: where it is small, none of its events is too big.

    Raises:
        Refused: of the batch as a whole.
    """
    if not isinstance(content, dict) or (problem := _batch_flaw(content)):
        problem = "not an object" if not isinstance(content, dict) else problem
        _fail(400, "request_parsing_error", "Failed to parse request body.", problem)
    batch: list[dict[str, object]] = content["batch"]
    if not batch:
        _fail(400, "empty_batch", "request batch is empty")
    if moment(content["created_at"]) is None:
        said = content["created_at"]
        _fail(400, "invalid_batch", f"invalid batch: created_at is not valid RFC 3339: {said}")
    seen: set[str] = set()
    for event in batch:
        uuid = str(event["uuid"]).strip()
        if not uuid:
            _fail(400, "missing_event_uuid", "event submitted without a uuid")
        if not UUID.fullmatch(uuid):
            _fail(400, "invalid_event_uuid", f"event submitted with an invalid uuid: {uuid}")
        plain = uuid.lower().replace("urn:uuid:", "").translate(_NO_SIGNS)
        if plain in seen:
            _fail(400, "duplicate_event_uuid", f"duplicate event uuid: {uuid}")
        seen.add(plain)
    may_be_big = size > _SMALL
    return [_outcome(event, may_be_big=may_be_big) for event in batch]


def _batch_flaw(content: dict[str, object]) -> str:
    """v1: serde's Batch and Event. One field of a wrong type is the whole batch's."""
    if not isinstance(content.get("created_at"), str):
        return "created_at is not a string"
    if not isinstance(content.get("historical_migration", False), bool):
        return "historical_migration is not a boolean"
    if not isinstance(content.get("capture_internal"), bool | None):
        return "capture_internal is not a boolean"
    batch = content.get("batch")
    if not isinstance(batch, list):
        return "batch is not an array"
    for index, event in enumerate(batch):
        if not isinstance(event, dict):
            return f"batch[{index}] is not an object"
        for key in ("event", "uuid", "distinct_id", "timestamp"):
            if not isinstance(event.get(key), str):
                return f"batch[{index}]: {key} is not a string"
        for key in ("session_id", "window_id"):
            if not isinstance(event.get(key), str | None):
                return f"batch[{index}]: {key} is not a string"
    return ""


def _outcome(event: dict[str, object], *, may_be_big: bool) -> Outcome:
    """v1: validate_event, in its order, then the options, then what the broker takes."""
    name, who = str(event["event"]), str(event["distinct_id"]).strip()
    faults = {
        "dropped_performance_event": name == PERFORMANCE,
        "missing_event_name": not name,
        "event_name_too_long": len(name.encode()) > _MAX_NAME,
        "missing_distinct_id": not who,
        "distinct_id_too_large": len(who.encode()) > _MAX_ID,
        "invalid_event_timestamp": moment(str(event["timestamp"])) is None,
        "malformed_event_properties": not isinstance(event.get("properties", {}), dict),
        "invalid_options": options(event) is None,
    }
    fault = next((fault for fault, is_so in faults.items() if is_so), "")
    if fault:
        return Outcome(DROPPED, fault)
    if may_be_big and may_be_large(event) and size_of(event) > EVENT_LIMIT:
        return Outcome(DROPPED, "event_too_big")
    return Outcome(KEPT, NO_PERSON if who.lower() in ILLEGAL_IDS else "")


def answer(content: object, outcomes: list[Outcome]) -> str:
    """The body of a success: what became of each event, by its uuid."""
    assert isinstance(content, dict)
    results = {
        str(event["uuid"]).strip().lower(): {
            "result": one.result,
            **({"details": one.details} if one.details else {}),
        }
        for event, one in zip(content["batch"], outcomes, strict=True)
    }
    return json.dumps({"results": results}, separators=(",", ":"))


def moment(said: str) -> datetime | None:
    """An RFC 3339 time; None where it is none."""
    if not _RFC3339.fullmatch(said):
        return None
    try:
        return datetime.fromisoformat(said.upper())
    except ValueError:
        return None


def options(event: dict[str, object]) -> dict[str, object] | None:
    """The options as the properties that they stand for; None where one cannot be read.

    What v1 does not know it ignores, and so does this.
    """
    given = event.get("options")
    if given is None:
        return {}
    if not isinstance(given, dict):
        return None
    read: dict[str, object] = {}
    for name, (stands_for, coerced) in _OPTIONS.items():
        if given.get(name) is not None:
            value = coerced(given[name])
            if value is None:
                return None
            read[stands_for] = value
    return read


def _boolean(value: object) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "1": True, "false": False, "0": False}.get(value.strip().lower())
    return bool(value) if isinstance(value, bool | int | float) else None


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


_OPTIONS |= {
    "cookieless_mode": ("$cookieless_mode", _boolean),
    "disable_skew_correction": ("$ignore_sent_at", _boolean),
    "product_tour_id": ("$product_tour_id", _text),
    "process_person_profile": ("$process_person_profile", _boolean),
}


def as_v0(event: dict[str, object], headers: Headers) -> dict[str, object]:
    """The event as the service stores it: in the form that everybody else has (Rule 2).

    Options that v1 does not know stay where they were: they were sent.
    """
    properties = event.get("properties", {})
    if not isinstance(properties, dict):
        return event
    added = dict(_injected(event, headers))
    rest = {key: value for key, value in event.items() if key not in _LIFTED}
    given = event.get("options")
    if isinstance(given, dict) and (
        unknown := {k: v for k, v in given.items() if k not in _OPTIONS}
    ):
        rest["options"] = unknown
    elif given is not None and not isinstance(given, dict):
        rest["options"] = given
    return {**rest, "properties": {**properties, **added}}


_LIFTED = ("options", "session_id", "window_id")


def _injected(event: dict[str, object], headers: Headers) -> Iterator[tuple[str, object]]:
    """v1: build_property_injections; the header's word on the library wins."""
    for key in ("session_id", "window_id"):
        if event.get(key) is not None:
            yield f"${key}", event[key]
    yield from (options(event) or {}).items()
    said = header(headers, "posthog-sdk-info") or ""
    library, slash, version = said.rpartition("/")
    if slash and library.strip() and version.strip() and len(said) <= _MAX_SDK_INFO:
        yield "$lib", library.strip()
        yield "$lib_version", version.strip()
