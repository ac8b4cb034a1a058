"""Wrong pipelines whose rollups are not what was recorded: in number, or in their sums.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import replace

from mutants.mutant import breaks

from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.rollup import Sessions
from payloadproof_reference.transport import Transport
from payloadproof_reference.whitelist import Whitelist

#: So many sessions may live at once.
CROWDED = 1_000


@breaks("B1")
class RollupPerRecord(Pipeline):
    """Each record is a rollup of its own."""

    def record(self, occurrence, properties, *, session=None):
        super().record(occurrence, properties, session=session)
        self.end_session(session)


@breaks("B1")
class DoubleFlush(Sessions):
    """Ending a session again sends its rollup again."""

    def __init__(self, clock):
        super().__init__(clock)
        self._ended = {}

    def end(self, session):
        self._ended[session] = super().end(session) or self._ended.get(session)
        return self._ended[session]


@breaks("B1")
class MixesSessions(Sessions):
    """What any session records goes to the one that is live the longest."""

    def record(self, session, record):
        super().record(next(iter(self._live), session), record)


@breaks("B2")
class AveragesOverAllRecords(Sessions):
    """A record without a duration counts as one of 0 ms."""

    def record(self, session, record):
        super().record(session, {"duration_ms": 0, "compression_ms": 0, **record})


@breaks("B2")
class SumsWhatIsNoCount(Whitelist):
    """Negative and fractional counts are added up like any other."""

    def occurrence(self, name, properties):
        kept = super().occurrence(name, properties)
        listed = self.occurrences[name] if type(properties) is dict else ()
        numbers = {key: properties.get(key) for key in listed}
        return kept | {k: v for k, v in numbers.items() if type(v) in {int, float}}


@breaks("B2")
class LosesTheLastRecord(Sessions):
    """A record is folded when the next one comes."""

    def __init__(self, clock):
        super().__init__(clock)
        self._pending = {}

    def record(self, session, record):
        if session in self._pending:
            super().record(session, self._pending[session])
        self._pending[session] = record

    def end(self, session):
        self._pending.pop(session, None)
        return super().end(session)


@breaks("B2")
class LatchesBeforeDraining(Pipeline):
    """Shutdown drops what comes too late, its own rollups among it."""

    def shutdown(self):
        self._latched = True
        super().shutdown()


@breaks("B2", apart=True)
class ReplaysItsJournal(Pipeline):
    """Records are kept on disk against a crash, and nothing strikes out those that were sent."""

    def __init__(self, env, data_dir, clock, **parts):
        super().__init__(env, data_dir, clock, **parts)
        self._journal = data_dir / "journal"
        self._left = self._journal.read_text(encoding="utf-8") if self._journal.exists() else ""

    def record(self, occurrence, properties, *, session=None):
        left, self._left = self._left, ""
        for line in left.splitlines():
            before, kept, its = json.loads(line)
            super().record(before, kept, session=its)
        super().record(occurrence, properties, session=session)
        with self._journal.open("a", encoding="utf-8") as out:
            out.write(json.dumps([occurrence, properties, session]) + "\n")

    def shutdown(self):
        super().shutdown()
        self._journal.unlink(missing_ok=True)


class _Copies(Transport):
    """What a request was to carry is sent again as something new when the network failed it."""

    rollup = ""

    def _attempt(self, path, timeout_s, **body):
        answer = super()._attempt(path, timeout_s, **body)
        if answer.retryable:
            for event in body.get("batch", ()):
                if event["event"] == self.rollup:
                    self.send({**event, "uuid": str(uuid.uuid4())}, "worker")
        return answer


@breaks("B2")
class CountsASessionAgainAfterAFault(_Copies):
    """The sums of a session go back where they came from, and their request is tried again, too."""

    rollup = "observer_turn_rollup"


@breaks("B2")
class MakingRoomLosesASession(Sessions):
    """The oldest of a thousand sessions is forgotten to make room."""

    def record(self, session, record):
        if len(self._live) >= CROWDED and session not in self._live:
            del self._live[next(iter(self._live))]
        return super().record(session, record)


@breaks("B2")
class SweepLosesARecord(Sessions):
    """The record that comes with a sweep falls between the old sums and the new."""

    def __init__(self, clock):
        super().__init__(clock)
        self._sweeping = False

    def sweep(self):
        swept = super().sweep()
        self._sweeping = self._sweeping or bool(swept)
        return swept

    def record(self, session, record):
        sweeping, self._sweeping = self._sweeping, False
        return None if sweeping else super().record(session, record)


@breaks("B2")
class SweepKeepsTheSums(Sessions):
    """What a sweep sent is in the next rollup again."""

    def sweep(self):
        before = dict(self._live)
        swept = super().sweep()
        for session, number in list(self._flushed.items()):
            if session in before:
                self._live[session] = replace(before[session], window_seq=number)
        return swept


@breaks("B4")
class CountsAWindowAgainAfterAFault(_Copies):
    """The sums of a window go back where they came from, and their request is tried again, too."""

    rollup = "context_injected_rollup"


@breaks("B1")
class EndsAtAThousandRecords(Pipeline):
    """A session that is full is sent as if it had ended, and begins anew."""

    def record(self, occurrence, properties, *, session=None):
        super().record(occurrence, properties, session=session)
        self._full = {**getattr(self, "_full", {})}
        self._full[session] = self._full.get(session, 0) + 1
        if self._full[session] % CROWDED == 0:
            self.end_session(session)


class _Retold(Sessions):
    """The model of a session is one of those that its records name, and not the most frequent."""

    def told(self, models):
        raise NotImplementedError

    def record(self, session, record):
        self._said = getattr(self, "_said", {})
        self._said.setdefault(session, []).append(record.get("model"))
        model = self.told([one for one in self._said[session] if one])
        super().record(session, {**record, **({"model": model} if model else {})})


@breaks("B2")
class TopModelIsTheFirst(_Retold):
    """The model of the first record stays, whatever comes after it."""

    def told(self, models):
        return models[0] if models else None


@breaks("B2")
class NoModelIsAModelToo(Sessions):
    """A record that names no model counts as one of the model that is none."""

    def record(self, session, record):
        evicted = super().record(session, record)
        if "model" not in record and session in self._live:
            self._live[session].totals._models[None] += 1
        return evicted
