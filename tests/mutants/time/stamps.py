"""Wrong pipelines whose defect is in when they say that something happened.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import datetime as dt

from mutants.mutant import breaks

from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.rollup import Sessions
from payloadproof_reference.transport import Transport


@breaks("T1")
class StampsLocalTime(Pipeline):
    """The clock on the wall of somebody west of Greenwich, marked as UTC."""

    def _timestamp(self):
        local = dt.datetime.fromtimestamp(self._clock.now_ms() / 1000, dt.UTC)
        return (local - dt.timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M:%SZ")


@breaks("T1")
class StampsTheMachinesTime(Pipeline):
    """A naive time, which is right wherever the machine's own zone is UTC."""

    def _timestamp(self):
        local = dt.datetime.fromtimestamp(self._clock.now_ms() / 1000)  # noqa: DTZ006 - the mistake
        return local.strftime("%Y-%m-%dT%H:%M:%SZ")


@breaks("T1")
class StampsWhatComesFirst(Pipeline):
    """One timestamp is made when the program starts, and serves every event."""

    def _timestamp(self):
        self._first = getattr(self, "_first", None) or super()._timestamp()
        return self._first


@breaks("T1")
class StampsWhatWaitedWhenItIsSent(Pipeline):
    """An event is made, and dated, when the queue is sent and not when it happened."""

    def capture(self, event, properties=None, **route):
        self._held = [*getattr(self, "_held", ()), (event, properties, route)]

    def flush(self):
        self._make()
        super().flush()

    def shutdown(self, *within_s):
        self._make()
        super().shutdown(*within_s)

    def _make(self):
        held, self._held = getattr(self, "_held", ()), []
        for event, properties, route in held:
            super().capture(event, properties, **route)


@breaks("T1")
class StampsTheHour(Pipeline):
    """Minutes are left out, so that nobody's habits can be read off them."""

    def _timestamp(self):
        hour = self._clock.now_ms() // 3_600_000 * 3_600
        return dt.datetime.fromtimestamp(hour, dt.UTC).isoformat()


@breaks("T1")
class WritesTheDayBeforeTheMonth(Pipeline):
    """The format is one that people read, and PostHog does not."""

    def _timestamp(self):
        when = dt.datetime.fromtimestamp(self._clock.now_ms() / 1000, dt.UTC)
        return when.strftime("%d/%m/%Y %H:%M:%S")


@breaks("T1")
class LeavesTheTimeToTheServer(Transport):
    """No timestamp is sent, and what waits gets the time of its arrival."""

    def _attempt(self, path, timeout_s, **body):
        if "batch" in body:
            body["batch"] = [{**event, "timestamp": None} for event in body["batch"]]
        return super()._attempt(path, timeout_s, **body)


@breaks("T2")
class MarksThePresentAsHistorical(Transport):
    """Whatever is sent goes the way of a migration."""

    def _attempt(self, path, timeout_s, **body):
        if "batch" in body:
            body["historical_migration"] = True
        return super()._attempt(path, timeout_s, **body)


class _Begins(Sessions):
    """A rollup that says of its beginning what it should not."""

    def _say(self, properties):
        raise NotImplementedError

    def end(self, session):
        return self._say(super().end(session))

    def drain(self, reason):
        return [self._say(one) for one in super().drain(reason)]


@breaks("T3")
class LeavesOutTheBeginning(_Begins):
    """A rollup does not say when it began."""

    def _say(self, properties):
        return properties and {k: v for k, v in properties.items() if k != "window_start_ts"}


@breaks("T3")
class BeginsTenMinutesEarly(_Begins):
    """The beginning lies before the first record, by a clock of its own."""

    def _say(self, properties):
        began = (properties or {}).get("window_start_ts", 0)
        return properties and {**properties, "window_start_ts": began - 600_000}


@breaks("T3")
class BeginsWhenItIsSent(_Begins):
    """The beginning is the moment at which the rollup is made."""

    def _say(self, properties):
        return properties and {**properties, "window_start_ts": self._clock.now_ms()}


@breaks("T3")
class KeepsTheBeginningOfTheFirst(_Begins):
    """The beginning of the first rollup is not cleared, and stands in those that follow."""

    def _say(self, properties):
        if not properties:
            return properties
        self._first = getattr(self, "_first", properties["window_start_ts"])
        return {**properties, "window_start_ts": self._first}
