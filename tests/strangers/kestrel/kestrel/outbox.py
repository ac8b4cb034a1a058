"""The queue, and the one thread that empties it.

An event is encoded when it is put in, with its uuid and its time, and is sent again as the same
bytes. It leaves the queue when it has a good answer, or is refused for good, or consent is gone.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable

from .post import NONE, Answer, Post

BATCH_EVENTS = 100
BATCH_BYTES = 400_000
QUEUE_MAX = 5_000
KICK_AT = 20  # so many waiting events are sent without waiting for the timer
REQUEST_S = 4.0
PAUSES = (0.1, 0.3, 1.0)  # after a failure, within one flush
_RETRY_4XX = (408, 413, 429)


class Outbox:
    def __init__(self, host: str, token: str, may_send: Callable[[bool], bool]) -> None:
        self._host = host
        self._token = token
        self._may_send = may_send  # told whether the event is an error
        self._state = threading.Condition()
        self._queue: deque[tuple[bytes, bool]] = deque()
        self._thread: threading.Thread | None = None
        self._post: Post | None = None
        self._wanted = False
        self._busy = False
        self._rounds = 0  # how many times the thread came to an end of its work
        self._stopped = False
        self._deadline: float | None = None
        self._batch_max = BATCH_EVENTS

    # for the program's threads

    def put(self, encoded: bytes, is_error: bool, urgent: bool) -> None:
        with self._state:
            if self._stopped:
                return
            if len(self._queue) >= QUEUE_MAX:
                self._queue.popleft()  # the oldest has had the most chances
            self._queue.append((encoded, is_error))
            if urgent or len(self._queue) >= KICK_AT:
                self._want()

    def kick(self) -> None:
        with self._state:
            if self._queue and not self._stopped:
                self._want()

    def clear(self) -> None:
        with self._state:
            self._queue.clear()
            post = self._post
        if post is not None:
            post.abort()

    def clear_errors(self) -> None:
        with self._state:
            self._queue = deque(item for item in self._queue if not item[1])

    def flush(self, seconds: float) -> None:
        """Wait until everything has been sent or one round of attempts has failed."""
        end = time.monotonic() + seconds
        with self._state:
            if self._stopped or not (self._queue or self._busy):
                return
            # A round that is under way may have taken its batch before the last event came.
            rounds = self._rounds + (2 if self._busy else 1)
            self._want()
            while (self._queue or self._busy) and self._rounds < rounds:
                left = end - time.monotonic()
                if left <= 0:
                    return
                self._state.wait(left)

    def stop(self, seconds: float) -> None:
        """Send what is left within so many seconds; afterwards no request begins."""
        with self._state:
            self._deadline = time.monotonic() + seconds
        self.flush(seconds)
        with self._state:
            self._stopped = True
            self._queue.clear()
            post, thread = self._post, self._thread
            self._state.notify_all()
        if post is not None:
            post.abort()
        if thread is not None:
            thread.join(0.3)

    def _want(self) -> None:
        self._wanted = True
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="kestrel-outbox", daemon=True)
            self._thread.start()
        self._state.notify_all()

    # for the thread

    def _loop(self) -> None:
        while True:
            with self._state:
                while not self._wanted and not self._stopped:
                    self._state.wait()
                if self._stopped:
                    return
                self._wanted = False
                self._busy = True
            try:
                self._round()
            except Exception:
                pass  # the next round tries again
            with self._state:
                self._busy = False
                self._rounds += 1
                self._state.notify_all()

    def _round(self) -> None:
        """Send everything, batch by batch, until one fails several times in a row."""
        failures = 0
        while True:
            batch = self._next_batch()
            if not batch:
                return
            answer = self._request(batch)
            if self._settled(batch, answer):
                failures = 0
                continue
            if answer.status == 413 and self._batch_max > 1:
                self._batch_max = max(1, len(batch) // 2)
                continue
            if failures >= len(PAUSES) or not self._pause(PAUSES[failures]):
                return
            failures += 1

    def _next_batch(self) -> list[tuple[bytes, bool]]:
        errors = self._may_send(True)
        if not self._may_send(False):
            with self._state:
                self._queue.clear()
            return []
        if not errors:
            self.clear_errors()
        batch: list[tuple[bytes, bool]] = []
        size = 0
        with self._state:
            for item in self._queue:
                if len(batch) >= self._batch_max or (batch and size + len(item[0]) > BATCH_BYTES):
                    break
                batch.append(item)
                size += len(item[0])
        return batch

    def _request(self, batch: list[tuple[bytes, bool]]) -> Answer:
        body = b'{"api_key":%s,"batch":[%s]}' % (
            json.dumps(self._token).encode(),
            b",".join(encoded for encoded, _ in batch),
        )
        has_error = any(is_error for _, is_error in batch)
        seconds = REQUEST_S
        with self._state:
            if self._stopped:
                return NONE
            if self._deadline is not None:
                seconds = min(seconds, self._deadline - time.monotonic())
            if seconds <= 0:
                return NONE
            post = self._post = Post(self._host, "/batch/")
        try:
            return post.send(body, seconds, lambda: self._open_door(has_error))
        finally:
            with self._state:
                self._post = None

    def _open_door(self, has_error: bool) -> bool:
        return not self._stopped and self._may_send(has_error)

    def _settled(self, batch: list[tuple[bytes, bool]], answer: Answer) -> bool:
        """Whether the batch needs no further attempt; it is taken out of the queue then."""
        if 200 <= answer.status < 300:
            done = answer.whole
        else:
            done = 400 <= answer.status < 500 and answer.status not in _RETRY_4XX
            done = done or (answer.status == 413 and len(batch) == 1)
        if done:
            sent = set(map(id, batch))
            with self._state:
                self._queue = deque(item for item in self._queue if id(item) not in sent)
        return done

    def _pause(self, seconds: float) -> bool:
        """Wait a little; false where there is no time left for it."""
        with self._state:
            if self._deadline is not None and time.monotonic() + seconds > self._deadline:
                return False
            self._state.wait_for(lambda: self._stopped, seconds)
            return not self._stopped
