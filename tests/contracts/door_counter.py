"""A door counter's telemetry, and its adapter: the smallest pipeline that keeps its promises.

It shares nothing with the reference, so that what the harness demands is the contract's, and not
one implementation's habit.

Rule 1: deny by default: what the tables below do not name is not sent.
Rule 2: ``capture`` puts into a queue and returns; only the thread behind it meets the network.
Rule 3: consent is read from the environment each time, when recording and again when sending.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import math
import sys
import threading
import time
import urllib.parse
import uuid
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any

from payloadproof.adapters.serve import Adapter, serve
from payloadproof.protocol.messages import StartScenario

VERSION = "1.0.2"
QUEUE_MAX = 500
BATCH_MAX = 50
SOCKET_TIMEOUT_S = 2.0
ATTEMPTS = 2
FLUSH_MAX_S = 5.0
SHUTDOWN_MAX_S = 2.5

# Exact types, not isinstance: a subclass brings code of its own.


def _one_of(*names: str) -> Callable[[Any], bool]:
    return lambda value: type(value) is str and value in names


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**53


def _duration(value: Any) -> bool:
    return _count(value) or (type(value) is float and math.isfinite(value) and value >= 0)


def _day(value: Any) -> bool:
    return type(value) is str and dt.date.fromisoformat(value).isoformat() == value


SHAPES: dict[str, Callable[[Any], bool]] = {
    "channel": _one_of("store", "package"),
    "day": _day,
    "door": _one_of("front", "back", "garage"),
    "open_ms": _duration,
    "openings": _count,
    "people": _count,
}
EVENTS: dict[str, tuple[str, ...]] = {
    "app_installed": ("channel",),
    "door_opened": ("door", "open_ms", "people"),
    "daily_summary": ("day", "openings", "people"),
}
CEILING_PER_DAY = {"app_installed": 5, "door_opened": 300, "daily_summary": 2}
INSTALLED = "app_installed"
PLATFORMS = ("darwin", "linux", "win32")


def consented(env: Mapping[str, str]) -> bool:
    """Off unless asked for, and off for whoever does not want to be tracked."""
    if env.get("DO_NOT_TRACK", "") not in {"", "0", "false"}:
        return False
    return env.get("DOOR_COUNTER_TELEMETRY", "").strip().casefold() in {"1", "true", "on"}


def allowed(event: str, properties: Any) -> dict[str, Any]:
    """What of ``properties`` may be sent; one that cannot be read is left out by itself."""
    kept = {}
    for key in EVENTS[event]:
        try:
            value = properties[key]
            if SHAPES[key](value):
                kept[key] = value
        except Exception:
            continue
    return kept


class DoorCounter:
    """The pipeline: a bounded queue and one thread that empties it."""

    def __init__(self, env: Mapping[str, str], now: Callable[[], float] = time.time) -> None:
        self.env = env
        self._now = now
        self._id = str(uuid.uuid4())
        self._queue: deque[dict[str, Any]] = deque()
        self._changed = threading.Condition()
        self._sent_on: Counter[tuple[str, dt.date]] = Counter()
        self._sending = False
        self._closing = False
        self._ended = False
        self._thread: threading.Thread | None = None

    def capture(self, event: Any, properties: Any) -> None:
        """Queue one event; never raises, never waits."""
        try:
            if type(event) is str and event in EVENTS and consented(self.env):
                self._put(event, allowed(event, properties))
        except Exception:
            # Losing an event is better than stopping the door.
            return

    def _put(self, event: str, properties: dict[str, Any]) -> None:
        at = dt.datetime.fromtimestamp(self._now(), tz=dt.UTC)
        base = {"version": VERSION}
        if sys.platform in PLATFORMS:
            base["platform"] = sys.platform
        properties = {**base, **properties, "$geoip_disable": True}
        if event == INSTALLED:
            channel = {key: properties[key] for key in ("channel",) if key in properties}
            properties["$set"] = {**base, **channel}
        else:
            properties["$process_person_profile"] = False
        item = {
            "event": event,
            "distinct_id": self._id,
            "uuid": str(uuid.uuid4()),
            "timestamp": at.isoformat(),
            "properties": properties,
        }
        with self._changed:
            if self._closing or len(self._queue) >= QUEUE_MAX:
                return
            if self._sent_on[event, at.date()] >= CEILING_PER_DAY[event]:
                return
            self._sent_on = Counter({k: n for k, n in self._sent_on.items() if k[1] == at.date()})
            self._sent_on[event, at.date()] += 1
            self._queue.append(item)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._sending = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._queue or self._closing)
                if self._ended or not self._queue:
                    return
                count = min(len(self._queue), BATCH_MAX)
                batch = [self._queue.popleft() for _ in range(count)]
                self._sending = True
            for _ in range(ATTEMPTS):
                # The same uuids and timestamps again: whoever got them twice keeps them once.
                try:
                    if self._post(batch):
                        break
                except Exception:
                    continue

    def _post(self, batch: list[dict[str, Any]]) -> bool:
        """Send a batch; whether it is done with, taken or refused for good."""
        body = json.dumps({"api_key": self.env["DOOR_COUNTER_KEY"], "batch": batch}).encode()
        url = urllib.parse.urlsplit(self.env["DOOR_COUNTER_HOST"])
        secure = url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(url.hostname or "", url.port, timeout=SOCKET_TIMEOUT_S)
        # Whoever opted out since these were recorded did not mean them to leave.
        if self._ended or not consented(self.env):
            return True
        try:
            connection.request("POST", "/batch/", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        return answer.status not in {408, 429} and answer.status < 500

    def _drain(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._queue and not self._sending, seconds)

    def flush(self) -> None:
        """Wait until the queue is sent, 5 s at most."""
        self._drain(FLUSH_MAX_S)

    def shutdown(self) -> None:
        """Take nothing more, send what is queued, 2.5 s at most; then send nothing ever."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._drain(SHUTDOWN_MAX_S)
        self.drop()

    def drop(self) -> None:
        """End at once; what is queued is lost."""
        with self._changed:
            self._closing = self._ended = True
            self._queue.clear()
            self._changed.notify_all()


class DoorCounterAdapter(Adapter):
    """One thin call per operation."""

    name = "door-counter"
    version = VERSION
    clock = "virtual"

    def __init__(self) -> None:
        self._env: dict[str, str] = {}
        self._now_ms = 0
        self._counter = self._built()

    def _built(self) -> DoorCounter:
        return DoorCounter(self._env, lambda: self._now_ms / 1000)

    def start(self, scenario: StartScenario) -> None:
        self._counter.drop()
        self._env = dict(scenario.env)
        self._now_ms = scenario.now_ms
        self._counter = self._built()

    def capture(self, event: Any, properties: Any, *, person: bool, transport: str) -> None:
        self._counter.capture(event, properties)

    def set_env(self, changes: Mapping[str, str | None]) -> None:
        for name, value in changes.items():
            if value is None:
                self._env.pop(name, None)
            else:
                self._env[name] = value

    def advance(self, ms: int) -> None:
        self._now_ms += ms

    def flush(self) -> None:
        self._counter.flush()

    def shutdown(self) -> None:
        self._counter.shutdown()

    def end(self) -> None:
        self._counter.drop()


if __name__ == "__main__":
    serve(DoorCounterAdapter())
