"""What is written back for a request: status, text and headers, as the service would or the script.

Rule 1: what the script leaves open is the service's own, in the form of the route that was asked.
Rule 2: every answer lets a page of another origin read it, as the service's do: whoever may not,
sends again.
"""

from __future__ import annotations

import http
import json
from typing import NamedTuple

import msgspec

from payloadproof.recorder import capture_v1
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.neighbours import OK_BODY
from payloadproof.recorder.routes import is_v1
from payloadproof.recorder.script import Answer, NotPersisted, OverQuota
from payloadproof.recorder.unpack import header

_OK = 200
_ERRORS_FROM = 300
_METHODS = "GET, POST, OPTIONS"
_METHODS_V1 = "POST, OPTIONS"
_SURVEYS = frozenset({"survey sent", "survey shown", "survey dismissed"})
_WORDS = {
    "events": "over_quota",
    "exceptions": "exceptions_over_quota",
    "surveys": "survey_responses_over_quota",
    "ai": "llm_events_over_quota",
}


class Written(NamedTuple):
    """An answer as it leaves; ``content_type`` and the headers without a Content-Length."""

    status: int
    text: str
    content_type: str
    headers: dict[str, str]


def written(done: Answer | OverQuota | NotPersisted, request: Request) -> Written:
    """What is written back where the script says ``done``."""
    if not isinstance(done, Answer) and request.status < _ERRORS_FROM:
        return _limited(done, request)
    answer = done if isinstance(done, Answer) else Answer()
    status = request.status if answer.status is None else answer.status
    headers = {**cors(request), **_retry_after(status, request), **answer.headers}
    if answer.body is not None:
        text = answer.body
    elif status == request.status:
        text = request.reason
    elif status == _OK:
        text = OK_BODY
    elif is_v1(request.path) and (error := capture_v1.error_of(status)):
        text = error
    else:
        text = http.HTTPStatus(status).phrase if status in set(http.HTTPStatus) else ""
    return Written(status, text, _type_of(text), headers)


def _type_of(text: str) -> str:
    if text.startswith(("{", "[")):
        return "application/json"
    return "application/javascript" if text.startswith("(function") else "text/plain"


def _retry_after(status: int, request: Request) -> dict[str, str]:
    """v1 says when to come again; v0 never does."""
    return {"Retry-After": "1"} if status in capture_v1.RETRIED and is_v1(request.path) else {}


def taken(done: object, request: Request) -> Request:
    """The request with the events that a quota, or a broker that fails, takes out of it."""
    match done:
        case OverQuota():
            why = _WORDS[done.product]
            out = {n: why for n in range(len(request.events)) if _is_of(done, request, n)}
        case NotPersisted() if is_v1(request.path):
            every = done.every
            out = {n: "not_persisted" for n in range(len(request.events)) if n % every == 0}
        case _:
            return request
    dropped = tuple(sorted({**out, **dict(request.dropped)}.items()))
    return msgspec.structs.replace(request, dropped=dropped)


def _is_of(done: OverQuota, request: Request, number: int) -> bool:
    """Whether an event is counted by the limited product; each has a limit of its own."""
    name = str(request.events[number].name)
    scoped = {
        "exceptions": name == "$exception",
        "surveys": name in _SURVEYS,
        "ai": name.startswith("$ai_"),
    }
    return scoped[done.product] if done.product != "events" else not any(scoped.values())


def _limited(done: OverQuota | NotPersisted, request: Request) -> Written:
    """v0 says that all is well; v1 says it of each event, or 402 where none is left."""
    headers = cors(request)
    if not is_v1(request.path):
        return Written(request.status, request.reason, _type_of(request.reason), headers)
    dropped = dict(request.dropped)
    if isinstance(done, OverQuota) and len(dropped) == len(request.events):
        return Written(402, capture_v1.error_of(402), "application/json", headers)
    results = json.loads(request.reason)["results"]
    for number, (uuid, said) in enumerate(results.items()):
        if number in dropped and said["result"] == capture_v1.KEPT:
            again = dropped[number] == "not_persisted"
            result = capture_v1.AGAIN if again else capture_v1.DROPPED
            results[uuid] = {"result": result, "details": dropped[number]}
            if again:
                headers["Retry-After"] = "1"
    text = json.dumps({"results": results}, separators=(",", ":"))
    return Written(_OK, text, "application/json", headers)


def cors(request: Request) -> dict[str, str]:
    """What lets a page of another origin read the answer: everything, mirrored."""
    origin = header(request.headers, "origin")
    if origin is None:
        return {}
    said = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Vary": "origin, access-control-request-method, access-control-request-headers",
    }
    if request.method == "OPTIONS":
        said["Access-Control-Allow-Methods"] = _METHODS_V1 if is_v1(request.path) else _METHODS
        asked = header(request.headers, "access-control-request-headers")
        if asked:
            said["Access-Control-Allow-Headers"] = asked
    # What a header may not hold was no header of the request's either.
    return {name: value for name, value in said.items() if value.isprintable()}
