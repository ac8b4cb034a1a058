"""PostHog's paths, and which of its services answers each.

Rule 1: the end of a path decides, from where a segment begins: ``/ingest/batch/`` is ``/batch/``.
Rule 2: what ends in no path of PostHog's stays as it is, and so does what is another service's.
Rule 3: events are events whichever route they come by; what the neighbours of capture are told is
recorded, and is no batch.
"""

from __future__ import annotations

import re
from typing import Literal

#: Which of PostHog's services a path belongs to.
Service = Literal[
    "capture", "ai", "flags", "config", "replay", "metrics", "logs", "traces", "surveys", "health"
]
#: Those beside capture that a contract may allow.
Neighbour = Literal["ai", "flags", "config", "replay", "metrics", "logs", "traces", "surveys"]
#: Those that do; of a path that PostHog does not have nobody knows.
TAKES_EVENTS: frozenset[Service | None] = frozenset({None, "capture", "ai"})

#: Whole paths; of a longer one the end.
ROUTES = re.compile(
    r"/(?:i/v\d+/[a-z_]+(?:/[a-z_]+)?|batch|capture|engage|track|flags|decide|e|s"
    r"|array/[^/]+/config(?:\.js)?|api/surveys|api/feature_flag/local_evaluation"
    r"|flags/definitions)/?$"
)
#: Segment's and RudderStack's, which end alike.
_OTHERS = re.compile(r"/v1/[a-z]+/?$")

#: The routes of capture v0 whose body may be base64 inside whatever else it is.
LEGACY = frozenset({"/e", "/capture", "/track", "/engage"})
MODERN = frozenset({"/batch", "/i/v0/e"})
V1 = frozenset({"/i/v1/analytics/events", "/i/v1/general/events"})
AI_V0 = frozenset({"/i/v0/ai/batch"})
AI_V1 = frozenset({"/i/v1/ai/events"})

_SERVICES: dict[str, Service] = {
    **dict.fromkeys(LEGACY | MODERN | V1, "capture"),
    **dict.fromkeys(AI_V0 | AI_V1 | {"/i/v0/ai", "/i/v0/ai/otel"}, "ai"),
    **dict.fromkeys(
        ("/flags", "/decide", "/api/feature_flag/local_evaluation", "/flags/definitions"), "flags"
    ),
    **dict.fromkeys(("/s", "/i/v0/s"), "replay"),
    "/i/v1/metrics": "metrics",
    "/i/v1/logs": "logs",
    "/i/v1/traces": "traces",
    **dict.fromkeys(("/api/surveys",), "surveys"),
    **dict.fromkeys(("", "/_readiness", "/_liveness"), "health"),
}
CONFIG = re.compile(r"/array/([^/]+)/config(\.js)?")


def route(path: str) -> str:
    """A path and its query without a prefix: of ``/ingest/batch/?ip=0`` it is ``/batch/?ip=0``."""
    target, mark, query = path.partition("?")
    found = ROUTES.search(target)
    if found is None or _OTHERS.search(target):
        return path
    return found[0] + mark + query


def bare(path: str, prefix: str = "") -> str:
    """The target of a request as the service knows it: no query, slash, proxy or prefix.

    ``prefix``: the path that the product's own proxy takes away.
    """
    target = path.partition("?")[0]
    if target.startswith(("http://", "https://")):  # as a proxy is asked
        target = "/" + target.split("/", 3)[3] if target.count("/") > 2 else ""  # noqa: PLR2004
    prefix = prefix.rstrip("/")
    if prefix and (target == prefix or target.startswith(prefix + "/")):
        target = target.removeprefix(prefix)
    return target.removesuffix("/")


def is_v1(path: str) -> bool:
    """Whether a request came by a route of capture v1, whatever stands before it."""
    return bare(path).endswith(tuple(V1 | AI_V1))


def service(target: str) -> Service | None:
    """Which service answers a bare target; None where PostHog has no such path."""
    return "config" if CONFIG.fullmatch(target) else _SERVICES.get(target)
