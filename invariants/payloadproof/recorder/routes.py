"""PostHog's paths, as they are behind whatever a product's own proxy puts in front.

Rule 1: the end of a path decides, from where a segment begins: ``/ingest/batch/`` is ``/batch/``.
Rule 2: what ends in no path of PostHog's stays as it is, and so does what is another service's.
Rule 3: PostHog is more than its capture service: flags, surveys, a page's settings and recordings
are asked for on the same host, and capture is not who answers.
"""

from __future__ import annotations

import re

#: Whole paths; of a longer one the end.
ROUTES = re.compile(
    r"/(?:i/v\d+/[a-z_]+(?:/[a-z_]+)?|batch|capture|engage|track|flags|decide|e|s"
    r"|array/[^/]+/config(?:\.js)?|api/surveys|api/feature_flag/local_evaluation)/?$"
)
#: What is asked for there, and the least that is answered: as for a project that has none of it.
_BESIDE_CAPTURE: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"/(?:flags|decide)/?$"),
        '{"flags":{},"featureFlags":{},"featureFlagPayloads":{},"errorsWhileComputingFlags":false}',
    ),
    (
        re.compile(r"/api/feature_flag/local_evaluation/?$"),
        '{"flags":[],"group_type_mapping":{},"cohorts":{}}',
    ),
    (re.compile(r"/api/surveys/?$"), '{"surveys":[]}'),
    (re.compile(r"/array/[^/]+/config/?$"), '{"hasFeatureFlags":false,"surveys":false}'),
    (re.compile(r"/s/?$"), '{"status":"Ok"}'),
)
#: Segment's and RudderStack's, which end alike.
_OTHERS = re.compile(r"/v1/[a-z]+/?$")


def route(path: str) -> str:
    """A path and its query without a prefix: of ``/ingest/batch/?ip=0`` it is ``/batch/?ip=0``."""
    target, mark, query = path.partition("?")
    found = ROUTES.search(target)
    if found is None or _OTHERS.search(target):
        return path
    return found[0] + mark + query


def beside_capture(path: str) -> str | None:
    """What PostHog answers where another of its services is asked; None for the capture service."""
    target = path.partition("?")[0]
    return next((body for asked, body in _BESIDE_CAPTURE if asked.search(target)), None)
