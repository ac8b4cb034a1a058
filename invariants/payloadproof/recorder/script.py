"""What a listener does with the requests that reach it.

Rule 1: a behaviour is a frozen value that a scenario carries as JSON, told apart by ``kind``.
Rule 2: every request is read and recorded first, whatever the behaviour does to its sender;
``Refuse`` and ``HangBeforeReading`` alone keep requests from arriving.
Rule 3: each behaviour says whether the service has stored what it took, where a real one could go
either way: ``Reset`` and ``Hang`` lose it, ``LoseAnswer`` and ``Cut`` keep it.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_STATUS_MIN, _STATUS_MAX = 200, 599
_STORED_BELOW = 300  # statuses from here on tell the sender that nothing was
_SLOWEST_S = 5.0
_MOST_TIMES = 1_000


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="answer"):
    """Answer at once. Each field left out is what the real service would send.

    Attributes:
        status: 200 to 599; None is the strict verdict on the request.
        body: Sent as UTF-8; None is the service's text for that status.
        headers: Added to the response, e.g. ``{"Retry-After": "1"}``.

    Raises:
        ValueError: a status that is not a final one, or a header that would break the framing.
    """

    status: int | None = None
    body: str | None = None
    headers: dict[str, str] = {}

    def __post_init__(self) -> None:
        if self.status is not None and not _STATUS_MIN <= self.status <= _STATUS_MAX:
            raise ValueError(f"status {self.status} is not a final one: use 200 to 599")
        for name, value in self.headers.items():
            if _UNPRINTABLE.search(name + value):
                raise ValueError(f"header {name!r} holds a control character: {value!r}")


class Withhold(msgspec.Struct, frozen=True, tag_field="kind", tag="withhold"):
    """Read the request and answer it, by the strict verdict, when the lease is released."""


class Slow(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="slow"):
    """Answer by the strict verdict, after ``head_s`` seconds; the body comes ``body_s`` later.

    Raises:
        ValueError: a time below 0 or over 5 s.
    """

    head_s: float = 0.0
    body_s: float = 0.0

    def __post_init__(self) -> None:
        for seconds in (self.head_s, self.body_s):
            if not 0 <= seconds <= _SLOWEST_S:
                raise ValueError(f"{seconds} s is no time to wait: use 0 to {_SLOWEST_S:g}")


class Hang(msgspec.Struct, frozen=True, tag_field="kind", tag="hang"):
    """Read the request and never answer; the connection is closed when the lease ends.

    Nothing is stored.
    """


class HangBeforeReading(msgspec.Struct, frozen=True, tag_field="kind", tag="hang_before_reading"):
    """Accept connections and read nothing; they are dropped with the next behaviour or the lease.

    No request arrives, so nothing is recorded but the connection.
    """


class Reset(msgspec.Struct, frozen=True, tag_field="kind", tag="reset"):
    """Read the request, then send a TCP RST: the client sees ECONNRESET. Nothing is stored."""


class LoseAnswer(msgspec.Struct, frozen=True, tag_field="kind", tag="lose_answer"):
    """Read the request and store it, then send a TCP RST before any answer."""


class Cut(msgspec.Struct, frozen=True, tag_field="kind", tag="cut"):
    """Read the request and store it, write a 200 up to the middle of its body, and close."""


class OverQuota(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="over_quota"):
    """The project has used up what it may of a product: its events are taken, and not kept.

    v0 answers 200 all the same, so that nobody tries again; v1 says it of each event, and 402 where
    none is left. The limits are each their own: that of events says nothing of exceptions.
    """

    product: Literal["events", "exceptions", "surveys", "ai"] = "events"


class NotPersisted(msgspec.Struct, frozen=True, tag_field="kind", tag="not_persisted"):
    """The broker takes some events and not others: v1 asks for every ``every``-th again.

    v0 has no such answer and keeps all of them.

    Raises:
        ValueError: ``every`` is below 1 or over 1,000.
    """

    every: int = 2

    def __post_init__(self) -> None:
        if not 1 <= self.every <= _MOST_TIMES:
            raise ValueError(f"every {self.every} is no number of events: use 1 to {_MOST_TIMES}")


class Refuse(msgspec.Struct, frozen=True, tag_field="kind", tag="refuse"):
    """The service is gone: open connections are closed and new ones are refused (ECONNREFUSED)."""


# What can be done to one request; the other behaviours are done to the port.
Single = Answer | Withhold | Slow | Hang | Reset | LoseAnswer | Cut | OverQuota | NotPersisted


class Times(msgspec.Struct, frozen=True, tag_field="kind", tag="times"):
    """Behave so towards the first ``n`` requests, and healthily from then on.

    A retry can mend what this does.

    Raises:
        ValueError: ``n`` is below 1 or over 1,000.
    """

    n: int
    behaviour: Single

    def __post_init__(self) -> None:
        if not 1 <= self.n <= _MOST_TIMES:
            raise ValueError(f"{self.n} times is none: use 1 to {_MOST_TIMES}")


Behaviour = Single | Times | HangBeforeReading | Refuse

Healthy = Answer()


def stores(behaviour: Single | HangBeforeReading | Refuse) -> bool:
    """Whether the service keeps a sound request that it treats so (Rule 3)."""
    match behaviour:
        case Answer(status=status):
            return status is None or status < _STORED_BELOW
        case Withhold() | Slow() | LoseAnswer() | Cut() | OverQuota() | NotPersisted():
            return True
        case _:
            return False
