"""Wrong pipelines that keep what they no longer need. They run as children (``child.py``).

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

from mutants.mutant import breaks

from payloadproof_reference.rollup import Sessions


@breaks("B7", apart=True)
class KeepsEndedSessions(Sessions):
    """A session that ended may come back, so its sums are kept."""

    def __init__(self, clock):
        super().__init__(clock)
        self._ended = {}

    def end(self, session):
        self._ended[session] = self._live.get(session)
        return super().end(session)


@breaks("B7", apart=True)
class KeepsEveryRecord(Sessions):
    """What was folded is kept beside its sums."""

    def __init__(self, clock):
        super().__init__(clock)
        self._records = []

    def record(self, session, record):
        self._records.append(dict(record))
        return super().record(session, record)
