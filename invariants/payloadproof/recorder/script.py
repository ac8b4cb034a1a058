"""What a listener does with the requests that reach it.

Rule 1: a behaviour is a frozen value that a scenario carries as JSON, told apart by ``kind``.
Rule 2: every request is read and recorded first, whatever the behaviour does to its sender;
``Refuse`` alone keeps requests from arriving.
"""

from __future__ import annotations

import re

import msgspec

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_STATUS_MIN, _STATUS_MAX = 200, 599


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


class Hang(msgspec.Struct, frozen=True, tag_field="kind", tag="hang"):
    """Read the request and never answer; the connection is closed when the lease ends."""


class Reset(msgspec.Struct, frozen=True, tag_field="kind", tag="reset"):
    """Read the request, then send a TCP RST: the client sees ECONNRESET."""


class Cut(msgspec.Struct, frozen=True, tag_field="kind", tag="cut"):
    """Read the request, write a response up to the middle of its body, and close."""


class Refuse(msgspec.Struct, frozen=True, tag_field="kind", tag="refuse"):
    """The service is gone: open connections are closed and new ones are refused (ECONNREFUSED)."""


Behaviour = Answer | Withhold | Hang | Reset | Cut | Refuse

Healthy = Answer()
