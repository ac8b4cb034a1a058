"""What PostHog would make of a request, whichever of its services it is for: a pure function.

Rule 1: total. Any bytes in, a ``Decoded`` out; no exception, no unbounded memory.
Rule 2: what was sent is decoded as far as it goes, whatever the verdict on it.
Rule 3: v0 takes all or nothing: one bad event is a verdict on the whole request, as it is there.

"capture v0" in the comments is PostHog/posthog ``rust/capture``, read in its stored versions, not
run. What is ours, and what is left out, is said in the modules that this one puts together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from payloadproof.recorder import capture_v1, neighbours, unpack
from payloadproof.recorder.events import event_of, shape, tokens_beside, waiting
from payloadproof.recorder.ledger import Event
from payloadproof.recorder.neighbours import OK_BODY
from payloadproof.recorder.plain import plain
from payloadproof.recorder.project import ANY, Project
from payloadproof.recorder.refusal import Refused, refuse
from payloadproof.recorder.routes import AI_V0, AI_V1, LEGACY, MODERN, V1, Service, bare, service
from payloadproof.recorder.text import require_text, value_of
from payloadproof.recorder.unpack import SIZE_LIMIT
from payloadproof.recorder.verdict import PERFORMANCE, TOKEN_KEYS, judge

__all__ = ["OK_BODY", "SIZE_LIMIT", "Decoded", "decode", "event_of"]

_TAKEN = LEGACY | MODERN
_METHODS = frozenset({"POST", "GET", "HEAD", "OPTIONS"})  # axum serves HEAD where it serves GET
_LARGE = 1024 * 1024  # bytes of JSON whose events are not held beside it
_TOO_LARGE = 413
_NO_PATH = "PostHog has no such path; the prefix of a proxy is named in the contract: wire.prefix"
_NO_EVENTS: frozenset[Service | None] = frozenset(
    {"flags", "config", "replay", "surveys", "health", *neighbours.OTLP}
)


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """A request read and judged; the fields are those of ``ledger.Request``."""

    body: bytes | None
    envelope: dict[str, object]
    events: Sequence[Event]
    tokens: tuple[str, ...]
    status: int
    reason: str
    advice: str = ""
    service: Service | None = None
    dropped: tuple[tuple[int, str], ...] = ()


class _Read(NamedTuple):
    """A body, as far as it could be read; ``refusal``: why the service could not."""

    body: bytes | None = None
    content: object = None
    refusal: Refused | None = None


def decode(
    method: str,
    path: str,
    headers: Sequence[tuple[str, str]],
    wire: bytes,
    project: Project = ANY,
) -> Decoded:
    """Read a request as PostHog does, and say what it would answer.

    Args:
        method: as sent.
        path: the raw target with its query.
        headers: names in any case.
        wire: the body as sent; more than ``SIZE_LIMIT`` bytes of it are a 413.
        project: what is known of the project it is for.
    """
    target = bare(path, project.prefix)
    query = unpack.form(path.partition("?")[2].encode(errors="replace"))
    if method == "POST" and target in _TAKEN:
        taken = plain(query, headers, wire, project)
        if taken is not None:
            beacon = query.get("beacon") == b"1"
            return Decoded(
                **taken._asdict(),
                status=204 if beacon else 200,
                reason="" if beacon else OK_BODY,
                service=service(target),
            )
    return in_full(method, path, headers, wire, project)


def in_full(
    method: str,
    path: str,
    headers: Sequence[tuple[str, str]],
    wire: bytes,
    project: Project = ANY,
) -> Decoded:
    """As ``decode``, and the same result, whatever the request is."""
    target = bare(path, project.prefix)
    which = service(target)
    query = unpack.form(path.partition("?")[2].encode(errors="replace"))
    v1 = target in V1 | AI_V1
    if v1:
        read = _read_v1(headers, wire)
    elif which in _NO_EVENTS and not wire and not query.get("data"):
        read = _Read()
    else:
        read = _read_v0(query, headers, wire, legacy=target in LEGACY)
    if read.refusal is not None and read.refusal.status != _TOO_LARGE:
        read = _read_anyway(read, query, headers, wire)
    envelope, raw_events = shape(read.content, known=which in {"capture", "ai"})
    tokens = _tokens(query, headers, envelope, raw_events)
    if which in _NO_EVENTS:
        envelope, raw_events = {}, []
    status, reason, advice = 200, OK_BODY, ""
    dropped: tuple[tuple[int, str], ...] = ()
    try:
        if which is None:
            refuse(404, "", _NO_PATH)
        if method not in (_METHODS if not v1 else {"POST", "OPTIONS"}):
            refuse(405, "", "it takes POST")
        if method == "OPTIONS":
            reason = ""  # the CORS layer's, whatever it carries
        elif v1:
            reason, dropped = _judged_v1(headers, read, project)
        elif target in LEGACY | MODERN | AI_V0:
            dropped = _judged_v0(target, read, project)
            # capture v0: `beacon=1` turns a success into an empty 204.
            if query.get("beacon") == b"1":
                status, reason = 204, ""
        else:
            bearer = (unpack.header(headers, "authorization") or "").lower().startswith("bearer ")
            status, reason = neighbours.answer(which, target, query, tokens, project, bearer=bearer)
    except Refused as refused:
        status, reason, advice = refused.status, refused.reason, refused.advice
    events: Sequence[Event]
    # What v1 lifts out of an event is put back when somebody asks for it.
    made = partial(_event_of_v1, headers=headers) if v1 else event_of
    if raw_events and read.body is not None and (v1 or len(read.body) > _LARGE):
        events = waiting(read.body, read.content, made)
    else:
        events = tuple(map(made, raw_events))
    return Decoded(
        body=read.body,
        envelope=envelope,
        events=events,
        tokens=tokens,
        status=status,
        reason=reason,
        advice=advice,
        service=which,
        dropped=dropped,
    )


def _event_of_v1(raw: object, headers: Sequence[tuple[str, str]]) -> Event:
    return event_of(capture_v1.as_v0(raw, headers) if isinstance(raw, dict) else raw)


def _read_v0(
    query: dict[str, bytes], headers: Sequence[tuple[str, str]], wire: bytes, *, legacy: bool
) -> _Read:
    body = None
    try:
        payload = unpack.v0(query, headers, wire, legacy=legacy)
        require_text(payload)
        body = payload
        return _Read(body, value_of(payload))
    except Refused as refused:
        return _Read(body, None, refused)


def _read_v1(headers: Sequence[tuple[str, str]], wire: bytes) -> _Read:
    try:
        return _Read(*capture_v1.content_of(headers, wire))
    except Refused as refused:
        return _Read(None, None, refused)


def _read_anyway(
    read: _Read, query: dict[str, bytes], headers: Sequence[tuple[str, str]], wire: bytes
) -> _Read:
    """The first reading that is JSON, else the first that is text, for the evidence (Rule 2)."""
    body = read.body
    for payload in unpack.readings(query, headers, wire):
        try:
            require_text(payload)
            body = payload if body is None else body
            content = value_of(payload)
        except Refused:
            continue
        if isinstance(content, dict | list):
            return _Read(payload, content, read.refusal)
    return _Read(body, None, read.refusal)


def _judged_v0(target: str, read: _Read, project: Project) -> tuple[tuple[int, str], ...]:
    """The events that are not kept although the request is taken."""
    if read.refusal is not None:
        raise read.refusal
    judge(read.content, engage=target == "/engage", project=project)
    _, events = shape(read.content, known=True)
    names = [raw.get("event") if isinstance(raw, dict) else None for raw in events]
    # capture-ai: one event that is not on its list of names is the whole batch's. The list is not
    # known to its end, its words are not known at all: here it is the prefix of all that are.
    for number, name in enumerate(names):
        if target in AI_V0 and not str(name).startswith("$ai_"):
            refuse(400, f"event is no AI event: {name}", f"batch[{number}] belongs on /batch/")
    return tuple(
        (n, "dropped_performance_event") for n, name in enumerate(names) if name == PERFORMANCE
    )


def _judged_v1(
    headers: Sequence[tuple[str, str]], read: _Read, project: Project
) -> tuple[str, tuple[tuple[int, str], ...]]:
    """The text of the answer, and the events that are not kept."""
    capture_v1.judge_head(headers, project)
    if read.refusal is not None:
        raise read.refusal
    outcomes = capture_v1.judge(read.content, len(read.body or b""))
    dropped = tuple(
        (number, one.details)
        for number, one in enumerate(outcomes)
        if one.result == capture_v1.DROPPED
    )
    return capture_v1.answer(read.content, outcomes), dropped


def _tokens(
    query: dict[str, bytes],
    headers: Sequence[tuple[str, str]],
    envelope: dict[str, object],
    raw_events: Iterable[object],
) -> tuple[str, ...]:
    """Wherever a PostHog client may put one: the later APIs use the header and the query."""
    found: list[object] = [*tokens_beside(query, headers, envelope)]
    for raw in raw_events:
        if isinstance(raw, dict):
            properties = raw.get("properties")
            found += [raw.get(key) for key in TOKEN_KEYS]
            found.append(properties.get("token") if isinstance(properties, dict) else None)
    return tuple(dict.fromkeys(token for token in found if isinstance(token, str) and token))
