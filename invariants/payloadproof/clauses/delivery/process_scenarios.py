"""Scenarios of a process that forks, or is told to end, while its telemetry is at work."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.contract import Event, catalogue
from payloadproof.generate import payloads
from payloadproof.generate.ground import Ground, Steps, least_session
from payloadproof.protocol.messages import Record
from payloadproof.scenario import steps as do

MANY = 25  # more than a client sends at once: a request is on its way when the process forks


def forks(ground: Ground) -> Iterator[do.Scenario]:
    """With a queue and open rollups, amid a request, and twice: those that find the most."""
    yield from (one for one in _forks(ground) if not isinstance(one.steps[0], do.Fork))


def _forks(ground: Ground) -> Iterator[do.Scenario]:
    for transport in ("worker", "cli"):
        found = _of(ground, transport)
        if found is not None:
            yield from _forking(ground, *found)


def forks_again(ground: Ground) -> SearchStrategy[do.Scenario]:
    """The same, and before anything was captured."""
    return st.sampled_from(list(_forks(ground)))


def can_fork(ground: Ground) -> bool:
    """Whether there is an event that may be captured as often as that."""
    return next(forks(ground), None) is not None


def told(ground: Ground) -> Iterator[do.Scenario]:
    """With a queue, amid a request, and with open rollups: each takes the start of a process."""
    yield from itertools.islice(_told(ground), 1)


def _told(ground: Ground) -> Iterator[do.Scenario]:
    found = _of(ground, "worker")
    if found is None:
        return
    plain = payloads.capture_of(*found, {})
    many = msgspec.structs.replace(plain, times=MANY)
    opened = _open(ground)
    waiting: tuple[Steps, ...] = ([*opened, many], [plain, plain, *opened], [plain], opened)
    for some in waiting:
        if some:
            again: Steps = [do.Crash(told=True), plain, do.Flush(), do.Shutdown()]
            yield ground.scenario([plain, do.Flush(), *some, *again])


def told_again(ground: Ground) -> SearchStrategy[do.Scenario]:
    """The same, with less in the queue, with one event alone, and with rollups alone."""
    return st.sampled_from(list(_told(ground)))


def can_be_told(ground: Ground) -> bool:
    """Whether there is an event that may be captured as often as that."""
    return _of(ground, "worker") is not None


def _of(ground: Ground, transport: str) -> tuple[str, Event] | None:
    for name, event in catalogue.sendable(ground.contract).items():
        enough = event.ceiling_per_day is None or event.ceiling_per_day > 2 * MANY
        if event.transport == transport and event.sample is None and enough:
            return name, event
    return None


def _forking(ground: Ground, name: str, event: Event) -> Iterator[do.Scenario]:
    plain = payloads.capture_of(name, event, {})
    fork = do.Fork(event=name, transport=event.transport)
    ends: Steps = [do.Flush(), do.Shutdown()]
    yield ground.scenario([fork, plain, *ends])
    if event.transport == "cli":
        yield ground.scenario([plain, fork, plain, *ends])
        return
    queued: Steps = [plain, do.Flush(), plain, plain, *_open(ground)]
    yield ground.scenario([*queued, fork, plain, fork, *ends])
    many = msgspec.structs.replace(plain, times=MANY)
    yield ground.scenario([plain, do.Flush(), many, fork, plain, do.Shutdown()])


def _open(ground: Ground) -> Steps:
    """A session that goes on, and a window, where there are any."""
    opened: Steps = least_session(ground)[:1]
    fold = catalogue.window_fold(ground.contract)
    if fold is not None and Record.op in ground.capabilities.ops:
        opened.append(do.Record(event=fold.occurrence, properties={}))
    return opened
