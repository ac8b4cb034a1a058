"""What a host is, by what is said to it: no I/O, and no list of names of hosts.

Rule 1: the name of a host says nothing. A product sends its telemetry through its own domain, and
behind a prefix; what was said decides, a project key before a route, a route before anything else.
Rule 2: a host that is told what a telemetry host is told, too (an id, the name of an event, a value
of the stage), is a telemetry host, whatever it speaks.
Rule 3: total. Any request has a kind, and nothing in one raises.

Routes, as their services document them: OTLP/HTTP, Segment's HTTP API, RudderStack's of the same
routes, Sentry's envelopes, Amplitude's HTTP V2, Mixpanel's ingestion.
"""

from __future__ import annotations

import enum
import re
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote_to_bytes

import msgspec

from payloadproof.drive.faults import Treatment
from payloadproof.drive.traffic import Exchange
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.project import ANY, Project
from payloadproof.recorder.routes import ROUTES, route
from payloadproof.recorder.script import Answer, Healthy


class Kind(enum.StrEnum):
    """What a host is; the value is what a report calls it."""

    POSTHOG = "PostHog"
    OTLP = "OpenTelemetry"
    SEGMENT = "Segment"
    RUDDERSTACK = "RudderStack"
    SENTRY = "Sentry"
    AMPLITUDE = "Amplitude"
    MIXPANEL = "Mixpanel"
    SHARED = "telemetry of its own"
    OTHER = "other"

    @property
    def is_telemetry(self) -> bool:
        """Whether it is told what the program does."""
        return self is not Kind.OTHER


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """One host, and what it turned out to be.

    Attributes:
        name: as in :class:`Exchange`.
        kind: what it is.
        because: what says so, for a reader: ``a project key``, ``the route /v1/traces``, ``the
            distinct id that us.i.posthog.com is told, too``.
        requests: how many there were.
        tls: whether all of them came over TLS.
        answered: the statuses they were given, each once; None for one that had no answer.
    """

    name: str
    kind: Kind
    because: str
    requests: int
    tls: bool
    answered: tuple[int | None, ...] = ()


#: Names of the values of a stage that are in these bytes.
Search = Callable[[bytes], Collection[str]]

_PROJECT_KEY = re.compile(r"\bphc_[A-Za-z0-9_]+")
#: Those of PostHog's routes that nobody else has.
_POSTHOG_ALONE = re.compile(
    r"/(?:i/v\d+/(?:e|analytics/events|metrics|ai)|capture|flags|decide"
    r"|array/[^/]+/config(?:\.js)?|api/feature_flag/local_evaluation)/?$"
)
_OTLP = re.compile(r"/v1/(?:traces|logs|metrics|profiles)/?$|/v1development/profiles/?$")
_SEGMENT = re.compile(r"/v1/(?:batch|track|identify|page|screen|group|alias|import|[tipgabm])/?$")
_SENTRY = re.compile(r"/api/\d+/(?:envelope|store|security|minidump)/?$")
_AMPLITUDE = re.compile(r"/(?:2/httpapi|1/httpapi|httpapi|batch|identify)/?$")
_AMPLITUDE_BODY = re.compile(rb'"event_type"|"\$identify"|\bapi_key=')
_MIXPANEL = re.compile(r"/(?:track|engage|import|groups)(?:/.*)?$")
_MIXPANEL_BODY = re.compile(rb'"\$?token"|^data=|"\$insert_id"')
_SEGMENT_BODY = re.compile(rb'"(?:writeKey|messageId|anonymousId|userId)"')

_ID_MIN = 8  # characters of an id that is no coincidence
_EVENT_MIN = 4
_BODY_MAX = 20 * 1024 * 1024


def kind_of(request: Request) -> tuple[Kind, str]:
    """What a host is that is told this, and what says so."""
    target = request.path.partition("?")[0]
    body = content(request)
    if _has_project_key(request):
        return Kind.POSTHOG, "a project key"
    if _POSTHOG_ALONE.search(target) and (request.events or request.tokens):
        return Kind.POSTHOG, f"the route {_matched(ROUTES, target)}"
    for kind, routes, inside in (
        (Kind.OTLP, _OTLP, None),
        (Kind.SENTRY, _SENTRY, None),
        (Kind.SEGMENT, _SEGMENT, _SEGMENT_BODY),
        (Kind.AMPLITUDE, _AMPLITUDE, _AMPLITUDE_BODY),
        (Kind.MIXPANEL, _MIXPANEL, _MIXPANEL_BODY),
    ):
        if routes.search(target) and (inside is None or inside.search(body)):
            if kind is Kind.SEGMENT and _is_rudderstack(request, body):
                kind = Kind.RUDDERSTACK  # noqa: PLW2901 - the same routes
            return kind, f"the route {_matched(routes, target)}"
    if ROUTES.search(target) and request.tokens and _is_batch(request):
        return Kind.POSTHOG, f"the route {_matched(ROUTES, target)}"
    return Kind.OTHER, ""


def classed(exchanges: Iterable[Exchange], search: Search | None = None) -> tuple[Host, ...]:
    """Every host that was told something, in the order in which they were first.

    ``search`` finds values of the stage; without it they say nothing about a host.
    """
    told: dict[str, list[Exchange]] = {}
    for one in exchanges:
        told.setdefault(one.host, []).append(one)
    kinds = {host: _first(kind_of(one.request) for one in said) for host, said in told.items()}
    words = _Words(search)
    for host, said in told.items():
        if kinds[host][0].is_telemetry:
            words.learn(host, said)
    for host, said in told.items():
        if not kinds[host][0].is_telemetry and (shared := words.heard(said)):
            kinds[host] = Kind.SHARED, shared
    return tuple(
        Host(
            name=host,
            kind=kinds[host][0],
            because=kinds[host][1],
            requests=len(said),
            tls=all(one.tls for one in said),
            answered=tuple(dict.fromkeys(one.request.answered for one in said)),
        )
        for host, said in told.items()
    )


class Manners:
    """The policy of hosts that are what they are told: PostHog as it is, others as they would be.

    Known telemetry is answered as if it were taken, so that a program's untroubled run is one;
    anything else is out of order (503, nothing in it), unless ``replies`` has a status for it.
    """

    def __init__(self, replies: Mapping[str, int] | None = None, project: Project = ANY) -> None:
        self.project = project
        self._replies = {host.lower(): status for host, status in (replies or {}).items()}
        self._posthog: set[str] = set()

    def route(self, path: str) -> str:
        """As PostHog knows it, behind a prefix, too."""
        return route(path)

    def is_posthog(self, host: str, request: Request) -> bool:
        """Whether this is said to PostHog: by what it is, or by what the host was told before."""
        kind, _ = kind_of(request)
        if kind is Kind.POSTHOG:
            self._posthog.add(host)
        return kind is Kind.POSTHOG or (kind is Kind.OTHER and host in self._posthog)

    def behaviour(self, host: str, request: Request) -> Treatment:
        """What the sender of this is answered."""
        kind, _ = kind_of(request)
        if host in self._replies:
            return Answer(status=self._replies[host], body="")
        if self.is_posthog(host, request):
            return Healthy
        if kind is Kind.OTHER:
            return Answer(status=503, body="")
        return _taken(kind, request)


def content(request: Request) -> bytes:
    """A request's body as it was meant: decompressed as far as anybody here can."""
    if request.body is not None:
        return request.body
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # gzip or zlib by its head; bare deflate
        unpacking = zlib.decompressobj(window)
        try:
            unpacked = unpacking.decompress(request.wire, _BODY_MAX)
        except zlib.error:
            continue
        if unpacking.eof:
            return unpacked
    return request.wire


def said(request: Request) -> bytes:
    """Everything that a request says: its target as written and as meant, its headers, its body.

    The headers that name the host and the client are left out.
    """
    target = request.path.encode(errors="replace")
    headers = [
        f"{name}: {value}".encode(errors="replace")
        for name, value in request.headers
        if name.lower() not in ("host", "content-length", "accept", "accept-encoding")
    ]
    return b"\n".join([target, unquote_to_bytes(target), *headers, content(request)])


class _Words:
    """What telemetry hosts are told, to be known again elsewhere."""

    def __init__(self, search: Search | None) -> None:
        self._search = search or (lambda _: ())
        self._ids: dict[bytes, str] = {}
        self._stage: dict[str, str] = {}

    def learn(self, host: str, exchanges: Sequence[Exchange]) -> None:
        """This is a telemetry host, and was told this."""
        for one in exchanges:
            for word, what in _words(one.request):
                self._ids.setdefault(word, f"{what} that {host} is told, too")
            for name in self._search(said(one.request)):
                self._stage.setdefault(name, f"{name}, which {host} is told, too")

    def heard(self, exchanges: Sequence[Exchange]) -> str:
        """What of it is in these; empty when nothing is."""
        for one in exchanges:
            text = said(one.request)
            for word, what in self._ids.items():
                if word in text:
                    return what
            for name in self._search(text):
                if name in self._stage:
                    return self._stage[name]
        return ""


def _words(request: Request) -> Iterator[tuple[bytes, str]]:
    for event in request.events:
        identity = event.distinct_id
        if isinstance(identity, str) and len(identity) >= _ID_MIN:
            yield identity.encode(errors="replace"), "the distinct id"
        # As a whole string: `started` is a word that anything may hold.
        if isinstance(event.name, str) and len(event.name) >= _EVENT_MIN:
            yield msgspec.json.encode(event.name), "the name of an event"


def _first(kinds: Iterable[tuple[Kind, str]]) -> tuple[Kind, str]:
    found = (Kind.OTHER, "")
    for one in kinds:
        if one[0] is Kind.POSTHOG:
            return one
        if found[0] is Kind.OTHER:
            found = one
    return found


def _has_project_key(request: Request) -> bool:
    tokens = (*request.tokens, *_PROJECT_KEY.findall(request.path))
    return any(token.startswith("phc_") for token in tokens)


def _is_batch(request: Request) -> bool:
    """Whether it is made of events in PostHog's form, each with a name and somebody's id."""
    return bool(request.events) and all(
        isinstance(event.name, str) and event.distinct_id is not None for event in request.events
    )


def _is_rudderstack(request: Request, body: bytes) -> bool:
    names = {name.lower() for name, _ in request.headers}
    return "anonymousid" in names or b"rudder" in body.lower()


def _matched(routes: re.Pattern[str], target: str) -> str:
    found = routes.search(target)
    return found[0].rstrip("/") if found else target


def _taken(kind: Kind, request: Request) -> Answer:
    """What a service says that has taken what it was sent."""
    if kind is Kind.OTLP and "protobuf" in _content_type(request):
        return Answer(status=200, body="", headers={"Content-Type": "application/x-protobuf"})
    bodies = {
        Kind.SEGMENT: '{"success":true}',
        Kind.RUDDERSTACK: "OK",
        Kind.AMPLITUDE: '{"code":200}',
        Kind.MIXPANEL: '{"status":1,"error":null}',
    }
    body = bodies.get(kind, "{}")
    return Answer(status=200, body=body, headers={"Content-Type": "application/json"})


def _content_type(request: Request) -> str:
    return next((value for name, value in request.headers if name.lower() == "content-type"), "")
