"""The past of an install, sent once.

Rule 1: one event for each active UTC day at its noon, and one for the install (F1). Their ids are
made from install id, event and day, so that whoever sends them again sends the same ones (F2, F7).
Rule 2: nothing of today is stamped on a past day: no version, no os, no mark of an SDK (F5).
Rule 3: the marker comes last, when everything has arrived (F8). A crash anywhere, a refusal or an
opt-out leaves none, and the next run sends the same set again.
Rule 4: where the marker or the install id cannot be recorded nothing is sent: it would be sent
again at every start, or under another id.
Rule 5: consent is asked first, before each batch, and before the marker; debug mode prints and
does neither (F9).
Rule 6: it runs beside the worker. It raises nothing, and the log says why it ended.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TextIO

from payloadproof_reference.clock import Clock
from payloadproof_reference.consent import Consent
from payloadproof_reference.log import Level, Log
from payloadproof_reference.machine import base
from payloadproof_reference.past.daily import Activity, Counters, Past
from payloadproof_reference.past.delivery import BATCH, Delivery
from payloadproof_reference.past.history import DAY_MS, History, UnreadableError
from payloadproof_reference.past.marker import Completion, Marker
from payloadproof_reference.transport import Message
from payloadproof_reference.whitelist import Whitelist

NAMESPACE = uuid.UUID("8a9c2f4e-31b7-5d68-9c4a-f02e6d5b8a17")
#: 48 h that a historical migration has to lie back, and the 12 h from noon to the day's end.
LAG_MS = 216_000_000
#: For reading and sending together.
BUDGET_S = 50.0
#: What a caller of ``run`` waits at most; a trickling answer can outlast the budget.
WAIT_S = 55.0

LOCK = "backfill.lock"
COMPONENT = "BACKFILL"


class StoppedError(Exception):
    """The run ended early; the message says why."""


class Backfill:
    """One run over one database.

    Args:
        history_db: The product's SQLite database.
        env: Host and key are read from it.
        data_dir: Where the marker is.
        clock: What the last full day is reckoned from.
        consent: Asked before anything is read, sent or written.
        whitelist: What may leave.
        log: Where the reason of each end goes.
        stderr: Where debug mode prints; ``None`` is the process's own at that time.
    """

    activity_type: type[Activity] = Activity
    marker_type: type[Marker] = Marker
    delivery_type: type[Delivery] = Delivery

    def __init__(
        self,
        history_db: Path,
        env: Mapping[str, str],
        data_dir: Path,
        clock: Clock,
        *,
        consent: Consent,
        whitelist: Whitelist,
        log: Log,
        stderr: TextIO | None = None,
    ) -> None:
        self._history_db = history_db
        self._data_dir = data_dir
        self._clock = clock
        self._consent = consent
        self._whitelist = whitelist
        self._log = log
        self._stderr = stderr
        self._base = base(env)
        self._marker = self.marker_type(data_dir)
        self._delivery = self.delivery_type(env, consent.allowed, whitelist, log, budget_s=BUDGET_S)
        #: Frees the room that was held for the marker.
        self._give_back: Callable[[], None] = lambda: None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backfill", daemon=True)

    def start(self) -> None:
        """Begin in a thread of its own; once."""
        self._thread.start()

    def run(self) -> None:
        """Do all of it, and wait for the end, less than a minute."""
        self.start()
        self._thread.join(WAIT_S)
        if self._thread.is_alive():
            self.stop()

    def stop(self) -> None:
        """Let nothing be sent or written after this has returned."""
        self._stopping.set()
        self._delivery.halt()

    def _run(self) -> None:
        level: Level = "warn"
        try:
            said = self.attempt()
            level = "info"
        except (StoppedError, UnreadableError) as reason:
            said = str(reason)
        except Exception as error:  # Rule 6; its text may quote what was read
            said = type(error).__name__
        finally:
            self._delivery.release()
        self._log.write(level, COMPONENT, said)

    def attempt(self) -> str:
        """Send what is left to send; what came of it, for the log.

        Raises:
            StoppedError: something kept it from the end.
            UnreadableError: so is the database.
            OSError: the data directory cannot be written.
        """
        # F9: consent off or debug: nothing sent, no marker.
        if not self._consent.allowed():
            return "nothing sent: consent is off"
        if self._consent.debug:
            return self._dry_run()
        self._data_dir.mkdir(parents=True, exist_ok=True)
        with self._alone(), ExitStack() as stack:
            install_id = self.install_id()
            complete = self._marker.complete(install_id)
            if complete is not None:
                return f"nothing to send: {complete}"
            last_day = self.last_day(self._clock.now_ms())
            events = [*self.events(self._read(last_day), install_id)]
            # F8: what cannot be noted would be sent again at each start.
            try:
                room = stack.enter_context(self._marker.room())
            except OSError as error:
                raise StoppedError(
                    f"nothing sent: no room for the marker ({error.strerror})"
                ) from None
            self._give_back = room
            self.deliver(events, install_id, last_day)
            return f"{len(events)} events sent, up to {_iso(last_day)}"

    def install_id(self) -> str:
        """The id of this install, and of the next run's.

        Raises:
            StoppedError: it is this process's alone.
        """
        install_id = self._consent.install_id()
        if self._consent.recorded_id() != install_id:
            raise StoppedError("nothing sent: the install id cannot be recorded")
        return install_id

    def deliver(self, events: list[Message], install_id: str, last_day: int) -> None:
        """Send everything, then write the marker.

        Raises:
            StoppedError: a batch did not arrive, or consent is gone.
            OSError: the marker could not be written.
        """
        for start in range(0, len(events), BATCH):
            problem = self._delivery.deliver(events[start : start + BATCH])
            if problem is not None:
                raise StoppedError(f"{start} of {len(events)} events sent: {problem}")
        self.record(len(events), install_id, last_day)

    def record(self, events: int, install_id: str, last_day: int) -> None:
        """Write the marker.

        Raises:
            StoppedError: it may not be written any more.
            OSError: it could not be written.
        """
        if self._stopping.is_set() or not self._consent.allowed():
            raise StoppedError(
                "all events sent, but no marker: a shutdown or an opt-out came first"
            )
        self._give_back()
        now = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        self._marker.write(
            Completion(
                completedAt=now.isoformat(timespec="milliseconds"),
                throughDay=_iso(last_day),
                eventCount=events,
                installId=install_id,
                version=self._marker.version,
            )
        )

    def last_day(self, now_ms: int) -> int:
        """The last day that is whole and old enough."""
        # F3: days newer than the lag never ship.
        return (now_ms - LAG_MS) // DAY_MS

    def events(self, past: Past | None, install_id: str) -> Iterator[Message]:
        """Everything there is to send; nothing where there is no past."""
        if past is None:
            return
        for day, counters in past.days.items():
            yield self.message(
                "historical_activity", _iso(day), _iso(day), self.activity(counters), install_id
            )
        yield self.message(
            "install_inferred", "install", _iso(past.first_day), self.install(past), install_id
        )

    def activity(self, counters: Counters) -> dict[str, Any]:
        """The properties of one past day."""
        # F5: no base property on historical days.
        kept = self._whitelist.scrub("historical_activity", {**counters, "backfilled": True})
        return {**kept, "$process_person_profile": False}

    def install(self, past: Past) -> dict[str, Any]:
        """The properties of the install, which is there today."""
        known = {**self._base, "first_active_date": _iso(past.first_day), "backfilled": True}
        kept = self._whitelist.scrub("install_inferred", known)
        return {**kept, "$set": self._whitelist.person(kept)}

    def message(
        self, event: str, name: str, day: str, properties: dict[str, Any], install_id: str
    ) -> Message:
        """One event on ``day``; ``name`` is the day, or what stands for it in the id."""
        return {
            "event": event,
            "distinct_id": install_id,
            "properties": properties,
            "timestamp": self.timestamp(day),
            "uuid": self.event_id(install_id, event, name),
        }

    def timestamp(self, day: str) -> str:
        """F1: noon UTC, which is on the same date nearly everywhere."""
        return f"{day}T12:00:00.000+00:00"

    def event_id(self, install_id: str, event: str, name: str) -> str:
        """F2: UUIDv5 of install id, event and day."""
        return str(uuid.uuid5(NAMESPACE, f"{install_id}|{event}|{name}"))

    def _read(self, last_day: int) -> Past | None:
        try:
            with History(
                self._history_db, stopped=self._stopping.is_set, seconds=BUDGET_S
            ) as history:
                activity = self.activity_type()
                past = activity.past(history, last_day)
                left_out = activity.undated(history) if past is None else past.undated.items()
                for table, rows in left_out:
                    text = f"{rows} rows of {table} left out: their time is no number"
                    self._log.write("warn", COMPONENT, text)
                return past
        except UnreadableError as reason:
            raise UnreadableError(f"nothing sent: the database cannot be read: {reason}") from None

    def _dry_run(self) -> str:
        """Print what would be sent. The ids are left out: making one would record it."""
        complete = self._marker.complete(self._consent.recorded_id())
        if complete is not None:
            self._print(f"backfill: nothing to send: {complete}")
            return f"dry run: {complete}"
        last_day = self.last_day(self._clock.now_ms())
        past = self._read(last_day)
        events = [*self.events(past, "")]
        days = [_iso(day) for day in past.days] if past else []
        covered = f"{days[0]} to {days[-1]}" if days else "none"
        self._print(f"backfill: {len(events)} events, days {covered}, up to {_iso(last_day)}")
        for event in events:
            shown = {key: event[key] for key in ("event", "timestamp", "properties")}
            self._print(json.dumps(shown))
        return f"dry run: {len(events)} events printed"

    def _print(self, text: str) -> None:
        print(f"[telemetry] {text}", file=self._stderr or sys.stderr)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock of this data directory; a crash frees it. Its file stays.

        Raises:
            StoppedError: another worker holds it.
            OSError: there is no place for it.
        """
        # F7: two workers at once send one set. The directory itself is not locked: consent is, for
        # a moment at a time, and must not wait for the network.
        descriptor = os.open(self._data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise StoppedError("nothing sent: another worker is at it") from None
        finally:
            os.close(descriptor)


def _iso(day: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + day).isoformat()
