"""What came of one request, and whether another one can go better.

Rule 1: what cannot be read of an answer changes nothing: its status is known.
Rule 2: an answer without end costs neither memory nor time.
"""

from __future__ import annotations

from dataclasses import dataclass

import requests

MAX_RETRY_AFTER_S = 30.0
#: As much of an answer as is worth reading for the connection's sake.
_ANSWER_BYTES = 4096


@dataclass(frozen=True)
class Answer:
    """What came of one attempt; ``status`` is ``None`` where no answer came."""

    status: int | None
    reason: str
    retry_after_s: float = 0.0
    retryable: bool = False
    timed_out: bool = False
    #: the beginning of its body; longer ones say nothing that is needed
    body: bytes = b""


def failed(error: Exception) -> Answer:
    """What an error instead of an answer comes to."""
    return Answer(
        None,
        type(error).__name__,
        retryable=_is_passing(error),
        timed_out=isinstance(error, requests.Timeout),
    )


def said(response: requests.Response) -> Answer:
    """What an answer comes to; it is read to its end, or dropped."""
    return Answer(
        response.status_code,
        f"status {response.status_code}",
        _retry_after_s(response),
        retryable=response.status_code in {408, 429} or response.status_code >= 500,  # noqa: PLR2004 - server errors
        body=_finish(response),
    )


def _is_passing(error: Exception) -> bool:
    """Whether a later attempt can go better; a malformed host stays malformed."""
    return isinstance(
        error,
        requests.ConnectionError
        | requests.Timeout
        | requests.exceptions.ChunkedEncodingError
        | requests.exceptions.ContentDecodingError,
    )


def _retry_after_s(response: requests.Response) -> float:
    try:
        seconds = float(response.headers.get("Retry-After", "0"))
    except ValueError:
        return 0.0
    return min(seconds, MAX_RETRY_AFTER_S) if seconds > 0 else 0.0


def _finish(response: requests.Response) -> bytes:
    """Read a short answer to its end, so that its connection serves again; drop a long one."""
    try:
        with response:
            read: bytes = response.raw.read(_ANSWER_BYTES, decode_content=True)
            return read
    except Exception:  # the status is known; an answer that breaks off confirms nothing
        return b""
