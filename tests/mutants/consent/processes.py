"""Wrong pipelines whose defect shows beside other processes, or from outside of their own.

The rules are those of ``pipelines.py``. Most of them run as children (``child.py``).
"""

from __future__ import annotations

import json
import os
import socket
import uuid

from mutant import breaks

from payloadproof_reference.consent import Consent, _id_in, _read
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.rollup import Sessions
from payloadproof_reference.transport import Transport

# silence


@breaks("S4")
class FailsOnAFullDisk(Pipeline):
    """Each capture is noted in the log, and a note that cannot be written is the caller's."""

    def capture(self, event, properties=None, **route):
        super().capture(event, properties, **route)
        for path in (self._data_dir / "logs").glob("*.log"):
            with path.open("a", encoding="utf-8") as out:
                out.write("captured\n")


# consent


@breaks("C3", apart=True)
class ForgetsAnOptOutWithItsProcess(Consent):
    """Who consented once is marked, and the next process asks nobody."""

    def __init__(self, env, data_dir):
        super().__init__(env, data_dir)
        self._mark = data_dir / "consented"
        self._marked = self._mark.exists()

    def allowed(self):
        if self._marked:
            return True
        if super().allowed():
            if self._mark.parent.is_dir():
                self._mark.touch()
            return True
        return False


@breaks("C6", apart=True)
class ReadsThenWritesTheId(Consent):
    """The install id is looked for, and written where there is none: nobody else is thought of."""

    def _record(self, new_id):
        file = _read(self._path)
        found = _id_in(file)
        if found is None:
            content = {**file.content, "installId": new_id}
            self._path.write_text(json.dumps(content), encoding="utf-8")
        return found or new_id


@breaks("C6", apart=True)
class NewIdForEachProcess(Consent):
    """The id that another process of its own recorded is replaced."""

    def _recorded_id(self):
        recorded = super()._recorded_id()
        if recorded is None:
            return None
        content = json.loads(self._path.read_text(encoding="utf-8"))
        if content.setdefault("pid", os.getpid()) != os.getpid():
            content |= {"pid": os.getpid(), "installId": str(uuid.uuid4())}
        self._path.write_text(json.dumps(content), encoding="utf-8")
        return content["installId"]


# bound


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


# wire


@breaks("W6", apart=True)
class SendsACopyElsewhere(Transport):
    """A second port of the machine is told of each event, should anybody listen there."""

    def send(self, message, route):
        super().send(message, route)
        with socket.socket() as copy:
            copy.settimeout(0.2)
            copy.connect_ex(("127.0.0.1", 9))


@breaks("W6", apart=True)
class LooksUpAName(Transport):
    """Before an event is sent, a name is looked up to see whether the machine is online."""

    def send(self, message, route):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            asked.connect_ex(("192.0.2.1", 53))  # an address of nobody's, RFC 5737
        super().send(message, route)
