import fcntl
import threading

import pytest

from payloadproof_reference.consent import Consent
from payloadproof_reference.past.backfill import LAG_MS, LOCK, Backfill
from payloadproof_reference.past.history import DAY_MS
from payloadproof_reference.past.marker import FILE
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.whitelist import WHITELIST

NOW_MS = 1_760_000_000_000
LAST = (NOW_MS - LAG_MS) // DAY_MS


def unmarked(data_dir):
    return not (data_dir / FILE).exists()


def test_a_second_worker_leaves_it_to_the_first(run, lived, healthy, data_dir, logged):
    data_dir.mkdir()
    with (data_dir / LOCK).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        run(lived)
    assert not healthy.requests
    assert "another worker" in logged()[-1]
    run(lived)
    assert healthy.requests


def test_two_workers_at_once_send_one_set(env, lived, wire, data_dir, clock):
    wire.answer(json={"status": "Ok"})
    pair = [Pipeline(env, data_dir, clock) for _ in range(2)]
    threads = [threading.Thread(target=one.backfill, args=(lived.path,)) for one in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for one in pair:
        one.abandon()
    assert len({event["uuid"] for event in wire.events}) == len(wire.events) == 4


class Crash(BaseException):
    pass


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("step", ["_read", "deliver", "record"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_after_a_crash_at_any_step_the_same_set_is_sent(
    *, run, lived, healthy, monkeypatch, step, when, marker
):
    class Doomed(Backfill):
        pass

    whole = getattr(Backfill, step)

    def crash(self, *args):
        if when == "after":
            whole(self, *args)
        raise Crash

    monkeypatch.setattr(Doomed, step, crash)
    run(lived, Doomed)
    run(lived)
    assert len({(event["uuid"], event["timestamp"]) for event in healthy.events}) == 4
    assert marker()["eventCount"] == 4


def test_a_shutdown_ends_it(*, env, database, wire, data_dir, clock, logged):
    made = database()
    made.begin(*({"started_at_epoch": (LAST - n) * DAY_MS} for n in range(150)))
    pipeline = Pipeline(env, data_dir, clock)

    def shut(_):
        pipeline.shutdown()
        return 200, {}, '{"status":"Ok"}'

    wire.answer_by(shut)
    pipeline.backfill(made.path)
    assert len(wire.requests) == 1
    assert unmarked(data_dir)
    assert "stopped" in logged()[-1]


def test_after_a_shutdown_it_does_not_begin(env, lived, healthy, data_dir, clock):
    pipeline = Pipeline(env, data_dir, clock)
    pipeline.shutdown()
    pipeline.backfill(lived.path)
    assert not healthy.requests


def test_a_start_does_not_wait(*, env, lived, wire, data_dir, clock, log):
    asked, release = threading.Event(), threading.Event()

    def slow(_):
        asked.set()
        release.wait(10)
        return 200, {}, '{"status":"Ok"}'

    wire.answer_by(slow)
    backfill = Backfill(
        lived.path,
        env,
        data_dir,
        clock,
        consent=Consent(env, data_dir),
        whitelist=WHITELIST,
        log=log,
    )
    backfill.start()
    assert asked.wait(10)
    assert unmarked(data_dir)
    release.set()
    backfill._thread.join(10)
    assert not unmarked(data_dir)
