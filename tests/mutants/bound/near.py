"""Wrong pipelines that are right until two ids, a sum or a day come close to a limit.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import datetime as dt
import shutil
import struct

from mutants.mutant import breaks

from payloadproof_reference.ceilings import FOLDER, Ceilings
from payloadproof_reference.rollup import SAFETY_RECORDS, Sessions


class _KeyedBy(Sessions):
    """Sessions that are told apart by something that is made of their id."""

    def key(self, session):
        raise NotImplementedError

    def record(self, session, record):
        return super().record(self.key(session) if type(session) is int else session, record)

    def end(self, session):
        return super().end(self.key(session) if type(session) is int else session)


@breaks("B1")
class KeysSessionsByTheirBeginning(_KeyedBy):
    """The first twelve digits of an id have to do."""

    def key(self, session):
        return int(str(session)[:12])


@breaks("B1")
class KeysSessionsIn32Bits(_KeyedBy):
    """An id is kept in 32 bits, as in a language whose integers end there."""

    def key(self, session):
        return session & 0xFFFFFFFF


@breaks("B1")
class KeysSessionsBySingles(_KeyedBy):
    """An id is a number of single precision."""

    def key(self, session):
        return int(struct.unpack("f", struct.pack("f", session))[0])


@breaks("B1")
class KeysSessionsByAFewBuckets(_KeyedBy):
    """Sessions lie in ten thousand buckets, and a bucket is taken for a session."""

    def key(self, session):
        return session % 10_000


class _Summed(Sessions):
    """Sums that are not kept as they are."""

    def kept(self, value):
        raise NotImplementedError

    def record(self, session, record):
        evicted = super().record(session, record)
        live = self._live.get(session)
        if live is not None:
            sums = live.totals._sums
            sums.update({key: self.kept(value) for key, value in sums.items()})
        return evicted


@breaks("B2")
class SumsIn32Bits(_Summed):
    """A sum begins anew at 4 294 967 296."""

    def kept(self, value):
        return value % 2**32


@breaks("B2")
class StopsAtTheLargest32Bits(_Summed):
    """A sum stays at 2 147 483 647 once it is there."""

    def kept(self, value):
        return min(value, 2**31 - 1)


@breaks("B2")
class SumsInSingles(_Summed):
    """A sum is a number of single precision."""

    def kept(self, value):
        single = struct.unpack("f", struct.pack("f", value))[0]
        return int(single) if type(value) is int else single


@breaks("B2")
class RoundsEachCost(_Summed):
    """A cost is kept to a hundredth of a cent, and less than that is lost each time."""

    def kept(self, value):
        return value if type(value) is int else round(value, 4)


class _Days(Ceilings):
    """A day that begins some hours from midnight UTC."""

    hours = 0

    def admits(self, event, ceiling):
        clock, hours = self._clock, self.hours

        class Shifted:
            def now_ms(self):
                return clock.now_ms() + hours * 3_600_000

        self._clock = Shifted()
        try:
            return super().admits(event, ceiling)
        finally:
            self._clock = clock


@breaks("B8")
class CountsByALocalDay(_Days):
    """The day of a ceiling is that of the machine's clock, two hours east of UTC."""

    hours = 2


@breaks("B8")
class CountsByTheMachinesDay(_Days):
    """The day of a ceiling is the machine's own, which is UTC's on most machines that judge."""

    @property
    def hours(self):
        return dt.datetime.now().astimezone().utcoffset().total_seconds() / 3_600


@breaks("B8")
class HasNoHighCeiling(Ceilings):
    """A ceiling of a thousand is never reached, and is left out."""

    def admits(self, event, ceiling):
        return super().admits(event, ceiling) or ceiling >= 1_000


@breaks("B8")
class CountsForOneDayOnly(Ceilings):
    """What was sent is forgotten as soon as the date differs, also where it differs backwards."""

    def admits(self, event, ceiling):
        today = self._clock.now_ms() // 86_400_000
        if today not in self._sent:
            self._sent.clear()
            shutil.rmtree(self._directory() / FOLDER, ignore_errors=True)
        return super().admits(event, ceiling)


@breaks("B2")
class TakesZeroForNoSession(Sessions):
    """Whether there is a session is asked of its truth, and the id 0 is false."""

    def record(self, session, record):
        return super().record(session or None, record)


class _RanksAsTexts:
    """Models, of which the most frequent is found among texts, where nine comes behind ten."""

    def __init__(self, counts):
        self._counts = counts

    def most_common(self, _):
        return sorted(self._counts.items(), key=lambda item: str(item[1]))[-1:]

    def __getattr__(self, name):
        return getattr(self._counts, name)

    def __len__(self):
        return len(self._counts)

    def __contains__(self, model):
        return model in self._counts

    def __getitem__(self, model):
        return self._counts[model]

    def __setitem__(self, model, count):
        self._counts[model] = count


@breaks("B2")
class RanksModelsAsTexts(Sessions):
    """Counts of models are compared as texts: nine is more than ten."""

    def record(self, session, record):
        evicted = super().record(session, record)
        live = self._live.get(session)
        if live is not None and not isinstance(live.totals._models, _RanksAsTexts):
            live.totals._models = _RanksAsTexts(live.totals._models)
        return evicted


@breaks("B2")
class KnowsNoMakersModels(Sessions):
    """A model with its maker's name before it is none, and the rollup names no model."""

    def record(self, session, record):
        plain = {
            key: value
            for key, value in record.items()
            if key != "model" or not isinstance(value, str) or "/" not in value
        }
        return super().record(session, plain)


@breaks("B1")
class FlushesWhenFull(Sessions):
    """A session of as many records as a sweep waits for is flushed at once, and goes on."""

    def record(self, session, record):
        evicted = super().record(session, record)
        live = self._live.get(session)
        if live is not None and live.totals.count >= SAFETY_RECORDS:
            return self._flush(session, "safety_flush")
        return evicted
