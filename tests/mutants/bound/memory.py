"""Wrong pipelines that keep what they no longer need. They run as children (``child.py``).

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

from mutants.mutant import breaks

from payloadproof_reference.exceptions import Exceptions
from payloadproof_reference.rollup import Sessions
from payloadproof_reference.transport import Transport


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


@breaks("B7", apart=True)
class KeepsEveryEvent(Transport):
    """What was handed over is kept, should anybody ask for it later."""

    def __init__(self, *parts):
        super().__init__(*parts)
        self._sent = []

    def send(self, message, route):
        self._sent.append({**message, "properties": dict(message["properties"])})
        super().send(message, route)


@breaks("B7", apart=True)
class KeepsEveryReport(Exceptions):
    """A report is kept for each kind of error that ever was, long after its window."""

    def __init__(self, *parts):
        super().__init__(*parts)
        self._every = []

    def occurred(self, error, context, *, handled):
        report = super().occurred(error, context, handled=handled)
        self._every.append(report or self._builder.report(error, handled=handled))
        return report
