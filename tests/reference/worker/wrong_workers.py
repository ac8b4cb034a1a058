"""Wrong workers, each named for its defect: ``python wrong_workers.py NAME`` runs one.

Rule 1: one part of the worker is replaced, and one behaviour is changed in it.
Rule 2: each names the test of `test_worker.py` that has to fail with it: one that sees a process
from outside, by what it sent, what it left in its directory, and what it answered.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

from payloadproof_reference.past.backfill import Backfill
from payloadproof_reference.past.marker import Marker
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.worker import api, worker
from payloadproof_reference.worker.api import Api
from payloadproof_reference.worker.sessions import SessionManager
from payloadproof_reference.worker.worker import Worker


class Wrong(NamedTuple):
    """What is put in the place of the class that it is derived from, and the test that tells."""

    part: type
    told_by: str


WRONG: dict[str, Wrong] = {}


def told_by(test: str) -> Callable[[type], type]:
    """Enter the decorated part into the table."""

    def enter(part: type) -> type:
        WRONG[part.__name__] = Wrong(part, test)
        return part

    return enter


SIGTERM = "test_sigterm_with_fifty_live_sessions_sends_fifty_rollups_before_the_exit"
CRASH = "test_killed_it_sends_nothing_twice_and_the_next_one_tells_of_a_crash"
CLEAN = "test_it_is_stopped_through_its_api_and_the_next_one_tells_of_a_clean_end"
ENDS = "test_an_end_and_a_deletion_send_their_session_at_once"
RESPAWN = "test_a_respawn_sends_nothing_and_the_session_goes_on"
REQUESTS = "test_each_request_is_one_line_and_a_wrong_one_is_told_why"
NOTICE = "test_the_default_is_announced_once"


@told_by(SIGTERM)
class EndsWithoutDraining(Worker):
    """What is open when a signal comes is lost."""

    def _shut_down(self, reason):
        self._api.close()
        self._pipeline.abandon()
        self._keep_note(ended=True)


@told_by(SIGTERM)
class ClosesTheClientBeforeTheSessions(SessionManager):
    """The sessions are flushed into a client that is closed."""

    def shut_down_all(self):
        self._pipeline._transport.close(0.0)
        super().shut_down_all()


@told_by(SIGTERM)
class SaysThatItStoppedBeforeTheRollups(SessionManager):
    """The sessions are left to the pipeline's own shutdown, which comes after the last word."""

    def shut_down_all(self):
        pass


@told_by(SIGTERM)
class EndsEachSessionAsIfItWereDone(SessionManager):
    """The end of the worker is no reason of its own."""

    def shut_down_all(self):
        for number in list(self._live):
            self.delete(number)


@told_by(ENDS)
class EndsWithoutFlushing(SessionManager):
    """The hook at the normal end is missing: a session waits for the worker's end."""

    def remove(self, number):
        with self._lock:
            return self._live.pop(number, None) is not None


@told_by(ENDS)
class DeletesWithoutFlushing(SessionManager):
    """The hook at a deletion is missing."""

    delete = EndsWithoutFlushing.remove


@told_by(RESPAWN)
class FlushesOnRespawn(SessionManager):
    """A new generator begins a new rollup."""

    def respawn(self, number):
        self._pipeline.end_session(number)
        return super().respawn(number)


@told_by(RESPAWN)
class EndsTheSessionOnRespawn(SessionManager):
    """A poisoned session is removed, and whoever ends it later is told that there is none."""

    def respawn(self, number):
        return self.delete(number)


@told_by("test_the_past_is_sent_once")
class BackfillsAtEachStart(Pipeline):
    """Nobody looks whether the past was sent."""

    class backfill_type(Backfill):  # noqa: N801 - the name is the pipeline's
        class marker_type(Marker):  # noqa: N801 - likewise
            def complete(self, install_id):
                return None


@told_by("test_what_it_sends_passes_the_audit")
class HeartbeatsWithoutALimit(Worker):
    """It says that it is up for as long as it is."""

    def _start(self, before):
        self._pipeline._ceilings.admits = lambda *_: True
        for _ in range(100):
            self._tell("heartbeat", {})
        super()._start(before)


@told_by(CRASH)
class TellsOfNoCrash(Worker):
    """Every end that is known is a clean one."""

    def _start(self, before):
        crashed = before["previous_shutdown"] == "crash"
        super()._start({**before, **({"previous_shutdown": "clean"} if crashed else {})})


@told_by(CLEAN)
class TellsOfACrashAtEachStart(Worker):
    """Every end that is known is a crash."""

    def _start(self, before):
        ended = before["previous_shutdown"] == "clean"
        super()._start({**before, **({"previous_shutdown": "crash"} if ended else {})})


@told_by(CLEAN)
class LeavesNoNoteOfItsEnd(Worker):
    """``worker.json`` never says that the worker has ended."""

    def _keep_note(self, *, ended=False):
        super()._keep_note()


@told_by("test_it_listens_on_the_one_address")
class ListensOnAllInterfaces(Api):
    """Whoever can reach the machine can use the worker."""

    def server_bind(self):
        self.server_address = ("", self.server_address[1])
        super().server_bind()


@told_by(REQUESTS)
class AnswersBrowsers(Api):
    """A page can use the worker, and so can a name that resolves to loopback."""

    def handled(self, method, path, body):
        if isinstance(body, api.RefusedError) and body.status == 403:
            body = {}
        return super().handled(method, path, body)


@told_by(REQUESTS)
class LogsNoRequest(Api):
    """What was answered stands nowhere."""

    def _instrumented(self, method, path, outcome):
        return outcome


@told_by(CLEAN)
class PrintsInTheBackground(Worker):
    """The thread of the start has a word for the terminal."""

    def _start(self, before):
        print("the worker is up", flush=True)  # noqa: T201 - the defect
        super()._start(before)


@told_by(NOTICE)
class KeepsTheDefaultToItself(Worker):
    """Nobody learns that telemetry is on."""

    def _announce(self):
        pass


@told_by(NOTICE)
class AnnouncesTheDefaultAtEachStart(Worker):
    """What is said every time is not read."""

    def _announce(self):
        self._pipeline.log.write("info", "WORKER", worker.TEXT)


@told_by("test_without_consent_it_serves_and_nothing_is_contacted")
class ContactsWithoutConsent(Pipeline):
    """Nobody asks for consent."""

    def _consented(self):
        return True


def run(name: str) -> None:
    """Run the worker with the wrong part in it."""
    part = WRONG[name].part
    setattr(worker, part.__base__.__name__, part)
    worker.main()


if __name__ == "__main__":
    wrong = sys.argv.pop(1)
    run(wrong)
