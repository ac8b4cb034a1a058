"""What a scenario is: a starting state and a list of steps, as plain JSON.

Hand-written scenarios, generated ones and replay files are all this. Text may hold the placeholder
``{canary:N}``; the runner puts a secret of the run in its place, so that no file holds one.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec

from payloadproof.recorder.script import Behaviour

FORMAT = 1
PLACEHOLDER = re.compile(r"\{canary:(\d+)\}")


class Step(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    """One thing that is done. The class name, in lower case, is its tag."""


class Capture(Step, frozen=True, kw_only=True, tag="capture"):
    """Send one event, ``times`` over."""

    event: Any
    properties: Any = None
    person: bool = False
    transport: Literal["worker", "cli"] = "worker"
    times: int = 1


class Record(Step, frozen=True, kw_only=True, tag="record"):
    """Record one occurrence, ``times`` over."""

    event: str
    properties: Any = None
    session: int | None = None
    times: int = 1


class EndSession(Step, frozen=True, kw_only=True, tag="end_session"):
    """End a session."""

    session: int


class Respawn(Step, frozen=True, kw_only=True, tag="respawn"):
    """Replace a session's generator; the session goes on."""

    session: int


class SetEnv(Step, frozen=True, kw_only=True, tag="set_env"):
    """Change the environment; null unsets."""

    env: dict[str, str | None]


class WriteConsent(Step, frozen=True, kw_only=True, tag="write_consent"):
    """The harness writes the consent file, or deletes it when ``text`` is null."""

    text: str | None


class Advance(Step, frozen=True, kw_only=True, tag="advance"):
    """Move the virtual clock forward."""

    ms: int


class SetClock(Step, frozen=True, kw_only=True, tag="set_clock"):
    """Set the virtual clock to a time relative to the scenario's start, backwards too."""

    offset_ms: int


class Explain(Step, frozen=True, kw_only=True, tag="explain"):
    """Ask which layer decides about consent."""


class Network(Step, frozen=True, kw_only=True, tag="network"):
    """From here on the recorder behaves so."""

    behaviour: Behaviour


class Flush(Step, frozen=True, kw_only=True, tag="flush"):
    """Send what is queued."""


class Shutdown(Step, frozen=True, kw_only=True, tag="shutdown"):
    """End as the program would."""


AnyStep = (
    Capture
    | Record
    | EndSession
    | Respawn
    | SetEnv
    | WriteConsent
    | Advance
    | SetClock
    | Explain
    | Network
    | Flush
    | Shutdown
)

# What stands where the data directory should be.
Data = Literal["sound", "missing", "file"]


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A starting state, and what is done from there.

    ``env`` holds consent variables and canaries only; host, key and data directory are the
    runner's. ``consent_text`` is what the consent file holds at the start, null for no file.
    ``data``: nothing where the data directory should be, or a file in its place.
    """

    steps: tuple[AnyStep, ...]
    env: dict[str, str] = {}
    consent_text: str | None = None
    data: Data = "sound"
    now_ms: int

    def encoded(self) -> bytes:
        """Canonical JSON; equal scenarios give equal bytes."""
        return msgspec.json.encode(self, order="deterministic")

    @property
    def canaries(self) -> int:
        """How many placeholders have to be filled."""
        found = PLACEHOLDER.findall(self.encoded().decode())
        return 1 + max((int(n) for n in found), default=-1)

    @property
    def weight(self) -> tuple[int, int]:
        """For choosing the smaller of two."""
        return len(self.steps), len(self.encoded())


def planted(value: Any, canaries: tuple[str, ...]) -> Any:
    """A copy of a JSON value with every placeholder replaced."""
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda match: canaries[int(match[1])], value)
    if isinstance(value, dict):
        return {planted(k, canaries): planted(v, canaries) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [planted(item, canaries) for item in value]
    return value
