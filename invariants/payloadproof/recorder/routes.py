"""PostHog's paths, as they are behind whatever a product's own proxy puts in front.

Rule 1: the end of a path decides, from where a segment begins: ``/ingest/batch/`` is ``/batch/``.
Rule 2: what ends in no path of PostHog's stays as it is, and so does what is another service's.
"""

from __future__ import annotations

import re

#: Whole paths; of a longer one the end.
ROUTES = re.compile(
    r"/(?:i/v\d+/[a-z_]+(?:/[a-z_]+)?|batch|capture|engage|track|flags|decide|e|s"
    r"|array/[^/]+/config(?:\.js)?|api/surveys|api/feature_flag/local_evaluation)/?$"
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
