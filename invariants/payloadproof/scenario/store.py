"""Failing scenarios as files: readable, small, and run again by ``replay``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import msgspec

from payloadproof.errors import HarnessError
from payloadproof.protocol.messages import VERSION as PROTOCOL
from payloadproof.scenario import private
from payloadproof.scenario.steps import Scenario
from payloadproof.scenario.whole import whole
from payloadproof.version import VERSION


class Saved(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A failing scenario and what it is to be run against.

    ``adapter`` and ``contract`` are empty in a file of a corpus, whose run has its own.
    """

    format: Literal[1] = 1
    protocol: int = PROTOCOL
    payloadproof: str = VERSION
    clause: str
    message: str
    adapter: str = ""
    contract: str = ""
    scenario: Scenario


def save(below: Path, saved: Saved) -> Path:
    """Write a scenario below a directory, under a name that the same scenario gets again.

    Raises:
        HarnessError: it cannot be written.
    """
    digest = hashlib.sha256(saved.scenario.encoded() + saved.adapter.encode()).hexdigest()[:8]
    path = below / f"{saved.clause}-{digest}.json"
    try:
        private.directory(below)
        with whole(path, discreet=True) as file:
            file.write(msgspec.json.format(msgspec.json.encode(saved), indent=2) + b"\n")
    except OSError as error:
        raise HarnessError(
            code="store-unwritable",
            message=f"{path} cannot be written: {error.strerror}",
            next="run payloadproof in a directory you may write to",
        ) from error
    return path


def load(path: Path) -> Saved:
    """Read a saved scenario.

    Raises:
        HarnessError: it is not there, or is not one.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise HarnessError(
            code="scenario-unreadable",
            message=f"{path} cannot be read: {error.strerror}",
            next="payloadproof check saves failing scenarios in .payloadproof/failures",
        ) from error
    return decoded(content, path)


def decoded(content: bytes, path: Path) -> Saved:
    """What a file holds; ``path``: what to call it.

    Raises:
        HarnessError: it is no saved scenario, or another version's.
    """
    try:
        saved = msgspec.json.decode(content, type=Saved)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HarnessError(
            code="scenario-malformed",
            message=f"{path} is not a saved scenario: {error}",
            next="run payloadproof schema Saved to see what such a file must contain",
        ) from error
    if saved.protocol != PROTOCOL:
        raise HarnessError(
            code="scenario-version",
            message=f"{path} was saved with protocol {saved.protocol}, but this is {PROTOCOL}",
            next="make a new one with: payloadproof check",
        )
    return saved
