"""A request that is answered with an error: the service's own words, and what we can add to them.

Rule 1: ``reason`` is what the service writes, word for word: somebody will search for it.
Rule 2: ``advice`` is ours, and says where: the service's words seldom do.
"""

from __future__ import annotations

from typing import NoReturn

UNTAGGED = "data did not match any variant of untagged enum RawRequest"
UNHYDRATED = (
    "failed to hydrate events from request: non-engage request missing event name attribute"
)


class Refused(Exception):  # noqa: N818 - a verdict, not a fault of this program
    """The request is answered with ``status`` and the text ``reason``; ``advice`` is ours."""

    def __init__(self, status: int, reason: str, advice: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.advice = advice


def refuse(status: int, reason: str, advice: str = "") -> NoReturn:
    """Raise ``Refused``."""
    raise Refused(status, reason, advice)


def unparsable(what: str, advice: str = "") -> NoReturn:
    """Refuse JSON of the wrong form."""
    refuse(400, f"failed to parse request: {what}", advice)


def undecodable(what: str, advice: str = "") -> NoReturn:
    """Refuse bytes of the wrong form."""
    refuse(400, f"failed to decode request: {what}", advice)


def too_big(what: str, advice: str = "") -> NoReturn:
    """Refuse what is over a limit."""
    refuse(413, f"maximum event size exceeded: {what}", advice)
