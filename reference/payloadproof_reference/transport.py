"""The one door to the network.

Rule 1: nothing is opened before the first consented event: no client, no thread, no socket (C2).
Rule 2: a caller never waits for the network (S2); only ``flush`` and ``close`` do, and bounded.
Rule 3: each attempt, a retry too, asks again: is the door open, is there still consent, is this
event still cleared to leave? What was purged or outlived the door never leaves (C11, W5).
Rule 4: what goes out passes the whitelist last, here, and the check fails closed.
Rule 5: one host, ours: no redirect is followed, no proxy, netrc or cookie of the machine is used.

The worker's events go through the ``posthog`` client: its queue, its thread, its batches, its
requests. Three of its habits are replaced. Its ``capture`` finds out on each call what system this
is and cleans what is clean, for the whitelist to take it off again: what is queued is the event's
uuid alone, and :meth:`Transport._upload` finds the event by it, if it may still leave. Its retry
sleeps where nothing can wake it and asks nobody before the next attempt; ``_upload`` takes its
place, too. Its ``shutdown`` waits without a bound and its exit hook may send after ours;
:meth:`Transport.close` takes the place of both.

Batches are packed (gzip). The events of a short-lived process (``cli``) are one POST each, off the
caller's thread, and too small to gain by it.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from http.cookiejar import DefaultCookiePolicy
from queue import Empty, Full, Queue
from typing import Any

import requests
from posthog.capture_mode import CaptureMode
from posthog.client import Client
from posthog.request import USER_AGENT, determine_server_host, post

from payloadproof_reference.answers import Answer, failed, said
from payloadproof_reference.exceptions import EVENT
from payloadproof_reference.forked import in_each_child
from payloadproof_reference.log import Log
from payloadproof_reference.whitelist import Whitelist

HOST = "CLAUDE_MEM_TELEMETRY_HOST"
KEY = "CLAUDE_MEM_TELEMETRY_KEY"
DEFAULT_HOST = "https://us.i.posthog.com"

FLUSH_AT = 20
FLUSH_INTERVAL_S = 5.0
#: A request takes along what else is queued by then, up to so many events; of reports of errors,
#: the longest there are, some FLUSH_AT: the service takes 20 MB at once.
MOST_TOGETHER = 500
#: Room for what a shutdown sends at once: a rollup for each session that is live.
MAX_QUEUED = 3_000

WORKER_TIMEOUT_S = 2.0
#: For connecting and for answering: together the two seconds a command may cost.
CLI_TIMEOUT_S = 1.0
MAX_CLI_THREADS = 4

#: The pauses between the attempts for one batch, so there is one attempt more than pauses.
BACKOFF_S = (0.1, 0.3, 0.9)
#: No attempt begins so shortly before the end: it has to be on the wire when ``close`` returns.
LAST_ENTRY_S = 0.25

Message = dict[str, Any]

#: What the SDK says of itself on each event that goes through it.
STAMPS = dict(zip(("$lib", "$lib_version"), USER_AGENT.split("/", 1), strict=True))

# S5: nothing on stdout or stderr. Without a handler of its own, Python prints its warnings.
_SDK_LOGGER = logging.getLogger("posthog")
_SDK_LOGGER.addHandler(logging.NullHandler())
_SDK_LOGGER.propagate = False


class _ToLog(logging.Handler):
    """What the SDK has to say goes into our log."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.write("warn", "TRANSPORT", record.getMessage())


class _Session(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.stream = True  # an answer without end must not fill the memory
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No target, ever (W6)."""


class Transport:
    """Takes messages, and sends them as long as ``permitted`` says so. Thread safe."""

    def __init__(
        self,
        env: Mapping[str, str],
        permitted: Callable[[], bool],
        whitelist: Whitelist,
        log: Log,
    ) -> None:
        self._host = determine_server_host(env.get(HOST, "").strip() or DEFAULT_HOST)
        self._key = env.get(KEY, "").strip()
        self._permitted = permitted
        self._whitelist = whitelist
        self._log = log
        self._sdk_handler = _ToLog(log)
        #: when ``close`` must have returned, on the monotonic clock; ``None`` while open
        self._deadline: float | None = None
        self._failing = False
        self._begin()
        in_each_child(self._begin)

    def _begin(self) -> None:
        """Have nothing to send, no connection and no thread, as a child has of its own (D6)."""
        self._session = _Session()
        self._client: Client | None = None
        self._lock = threading.Lock()
        #: The messages that may still leave, by uuid.
        self._cleared: dict[str, Message] = {}
        self._cli_queue: deque[Message] = deque()
        self._cli_threads = 0
        self._cli_idle = threading.Condition(self._lock)
        self._closing = threading.Event()
        self._closed = threading.Event()

    def send(self, message: Message, route: str) -> None:
        """Hand over ``message``: event, distinct_id, properties, timestamp and uuid.

        ``route`` is ``cli`` for a POST of its own; anything else goes with the worker's batches.
        """
        if self._deadline is not None or not self._key:
            return
        if not self._admit(message):
            self._log.write("warn", "TRANSPORT", f"{message['event']} dropped: the queue is full")
        elif route == "cli":
            self._send_alone(message)
        else:
            self._send_in_batch(message)

    def flush(self, timeout_s: float) -> None:
        """Send what is queued, and wait for it up to ``timeout_s`` seconds."""
        deadline = time.monotonic() + timeout_s
        if self._client is not None:
            self._client.flush(timeout_seconds=timeout_s)
        with self._cli_idle:
            remaining = max(0.0, deadline - time.monotonic())
            self._cli_idle.wait_for(lambda: not self._cli_threads, timeout=remaining)

    def purge(self) -> None:
        """Let nothing leave that was handed over so far."""
        with self._lock:
            self._cleared.clear()

    def close(self, budget_s: float) -> None:
        """Send what is queued, for ``budget_s`` seconds at most, and shut the door for good."""
        with self._lock:
            if self._deadline is not None:
                return
            self._deadline = time.monotonic() + budget_s
        self._closing.set()
        self.flush(budget_s)
        # W5: no request begins after shutdown has returned.
        self._closed.set()
        self.purge()
        for consumer in self._consumers():
            consumer.pause()
        self._session.close()
        _SDK_LOGGER.removeHandler(self._sdk_handler)

    def _send_in_batch(self, message: Message) -> None:
        try:
            self._connected().put_nowait(message["uuid"])
        except Full:  # of what was purged
            self._log.write("warn", "TRANSPORT", f"{message['event']} dropped: the queue is full")
            self._release([message["uuid"]])

    def _connected(self) -> Queue[str]:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client.queue

    def _connect(self) -> Client:
        _SDK_LOGGER.addHandler(self._sdk_handler)
        client = Client(
            self._key,
            host=self._host,
            max_queue_size=MAX_QUEUED,
            flush_at=FLUSH_AT,
            flush_interval=FLUSH_INTERVAL_S,
            capture_mode=CaptureMode.V0,
        )
        # No public switch turns it off: see the module's docstring.
        atexit.unregister(client._atexit)  # noqa: SLF001
        for consumer in client.consumers or ():
            consumer.request = self._upload  # type: ignore[method-assign]
        return client

    def _consumers(self) -> list[Any]:
        return [] if self._client is None else list(self._client.consumers or ())

    def _checked(self, batch: list[Message]) -> list[Message]:
        """What may leave of a batch. A check that fails lets nothing of its message leave."""
        checked: list[Message | None] = []
        for message in batch:
            try:
                checked.append(self._last_check(message))
            except Exception as error:  # the SDK's thread would die of it
                self._log.write("error", "TRANSPORT", f"{type(error).__name__} in the last check")
        return [message for message in checked if message is not None]

    def _last_check(self, message: Message) -> Message | None:
        """What may leave of ``message``, or nothing at all: asked as it leaves, off the caller."""
        name = message["event"]
        event = self._whitelist.event(name)
        if event is None:
            return None
        stamped = message["properties"]
        own = self._whitelist.own(name, stamped)
        if own is None:
            return None
        properties: dict[str, Any] = {**self._whitelist.scrub(name, stamped), **own}
        for stamp in STAMPS:
            if type(stamped.get(stamp)) is str:
                properties[stamp] = stamped[stamp]
        if event.profile:
            if "$set" in stamped:
                properties["$set"] = self._whitelist.person(stamped["$set"])
        elif stamped.get("$process_person_profile") is False:
            properties["$process_person_profile"] = False
        else:
            return None
        return {
            "event": name,
            "distinct_id": message["distinct_id"],
            "properties": properties,
            "timestamp": message["timestamp"],
            "uuid": message["uuid"],
        }

    def _upload(self, batch: list[str]) -> None:
        """Send one batch, by its uuids, and what else is queued: in the SDK's own thread."""
        # S3: with an answer for each twenty, a shutdown's time is over long before its sessions.
        queue = self._connected()
        also = self._taken_along(queue, len(batch))
        uuids = [*batch, *also]
        try:
            checked = self._checked(self._waiting(uuids))
            for pause_s in (*BACKOFF_S, None):
                cleared = self._still_cleared(checked)
                if not cleared or not self._is_open():
                    return
                # W2: a retry repeats uuid and timestamp.
                body = {"batch": cleared, "historical_migration": False}
                answer = self._attempt("/batch/", WORKER_TIMEOUT_S, gzip=True, **body)
                self._note(answer)
                if not answer.retryable or pause_s is None:
                    return
                if not self._rest(max(pause_s, answer.retry_after_s)):
                    return
        finally:
            self._release(uuids)
            for _ in also:
                queue.task_done()

    def _taken_along(self, queue: Queue[str], begun: int) -> list[str]:
        """What is queued beyond a batch of ``begun``, as far as one request takes it."""
        also: list[str] = []
        reports = 0
        while begun + len(also) < MOST_TOGETHER and reports < FLUSH_AT:
            try:
                also.append(queue.get_nowait())
            except Empty:
                break
            message = self._cleared.get(also[-1])
            reports += message is not None and message["event"] == EVENT
        return also

    def _rest(self, pause_s: float) -> bool:
        """Wait before the next attempt; false where there will be none."""
        until = time.monotonic() + pause_s
        self._closing.wait(pause_s)
        # S3: while the door closes, a pause that outlasts it is not worth waiting for.
        if self._deadline is not None and until > self._deadline - LAST_ENTRY_S:
            return False
        return not self._closed.wait(max(0.0, until - time.monotonic()))

    def _send_alone(self, message: Message) -> None:
        with self._lock:
            self._cli_queue.append(message)
            if self._cli_threads >= MAX_CLI_THREADS:
                return
            self._cli_threads += 1
        threading.Thread(target=self._post_queued, name="telemetry-cli", daemon=True).start()

    def _post_queued(self) -> None:
        while True:
            with self._cli_idle:
                if not self._cli_queue:
                    self._cli_threads -= 1
                    self._cli_idle.notify_all()
                    return
                message = self._cli_queue.popleft()
            try:
                self._post_alone(message)
            except Exception as error:  # a thread that dies prints its traceback (S5)
                self._log.write("error", "TRANSPORT", f"{type(error).__name__} while sending")
            finally:
                self._release([message["uuid"]])

    def _post_alone(self, message: Message) -> None:
        checked = self._last_check(message)
        if checked is not None and self._still_cleared([message]) and self._is_open():
            self._note(self._attempt("/capture/", CLI_TIMEOUT_S, **checked))

    def _is_open(self) -> bool:
        if self._closed.is_set():
            return False
        if self._deadline is not None and time.monotonic() > self._deadline - LAST_ENTRY_S:
            return False
        # C11: nothing queued leaves after an opt-out.
        return self._permitted()

    def _attempt(self, path: str, timeout_s: float, *, gzip: bool = False, **body: Any) -> Answer:
        if self._deadline is not None:
            timeout_s = min(timeout_s, max(LAST_ENTRY_S, self._deadline - time.monotonic()))
        try:
            response = post(
                self._key, self._host, path, gzip, timeout_s, session=self._session, **body
            )
        except Exception as error:
            return failed(error)
        return said(response)

    def _note(self, answer: Answer) -> None:
        """Log an outage once, not each of its attempts."""
        failing = answer.status != requests.codes.ok
        if failing and not self._failing:
            self._log.write("warn", "TRANSPORT", f"sending failed: {answer.reason}")
        self._failing = failing

    def _admit(self, message: Message) -> bool:
        with self._lock:
            if len(self._cleared) >= MAX_QUEUED:
                return False
            self._cleared[message["uuid"]] = message
        return True

    def _waiting(self, uuids: list[str]) -> list[Message]:
        """Those of some messages that may still leave, with the SDK's stamps."""
        with self._lock:
            found = [self._cleared.get(uuid) for uuid in uuids]
        waiting = [message for message in found if message is not None]
        for message in waiting:
            message["properties"] |= STAMPS
        return waiting

    def _still_cleared(self, batch: list[Message]) -> list[Message]:
        with self._lock:
            return [message for message in batch if message["uuid"] in self._cleared]

    def _release(self, uuids: Iterable[str]) -> None:
        with self._lock:
            for uuid in uuids:
                self._cleared.pop(uuid, None)
