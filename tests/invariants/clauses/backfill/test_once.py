import uuid

import msgspec
import pytest
from two_days import FIGURES, FIRST, TWICE, changed

from payloadproof.protocol import messages as ops
from payloadproof.scenario import steps as do
from payloadproof.scenario.databases import Database


def test_the_same_events_sent_again_are_one(found, fired, ran, request_of, sound):
    twice = ran(request_of(sound), request_of(sound, step=1), steps=TWICE, markers={})
    assert found("F7", twice) == ()
    assert fired("F7", twice)
    assert not fired("F7", ran(request_of(sound)))


@pytest.mark.parametrize(
    "other",
    [
        {"uuid": "0b6c0c8e-5d4e-4f5e-9a3b-111111111111"},
        {"distinct_id": "another"},
        {"timestamp": f"{FIRST}T12:00:01Z"},
        {"properties": FIGURES[FIRST] | {"session_count": 9}},
    ],
)
def test_another_copy_of_a_day_breaks_f7(found, ran, request_of, sound, other):
    again = request_of(changed(sound, 0, **other), step=1)
    assert found("F7", ran(request_of(sound), again, steps=TWICE, markers={}))


def test_what_never_comes_breaks_f7(found, ran, request_of, sound):
    history = ran(request_of(sound[1:]), steps=TWICE, markers={})
    assert [finding.definite for finding in found("F7", history)] == [False]


@pytest.mark.parametrize(
    "answer",
    [
        {"answered": 402},
        {"answered": 500},
        {"answered": None},
        {"stored": False},
        {"said": '{"status":"Ok","quota_limited":["events"]}'},
        {"said": "<html>"},
        {"said": "{}"},
    ],
)
def test_a_marker_without_a_good_answer_breaks_f8(found, fired, ran, sent, answer):
    history = ran(sent(**answer))
    assert found("F8", history)
    assert fired("F8", history)


def test_a_marker_before_the_last_batch_breaks_f8(found, ran, request_of, sound):
    history = ran(request_of(sound[:1]), request_of(sound[1:], answered=402))
    assert found("F8", history)


@pytest.fixture
def ran_as(ran, call):
    """A history of backfills that ended as ``kinds`` says, step by step."""

    def make(*requests, kinds, **also):
        done = tuple(call(step, ops.RunBackfill(), kind=kind) for step, kind in kinds)
        return msgspec.structs.replace(ran(*requests, **also), calls=done)

    return make


KILLED_THEN_LEFT_ALONE = {"kinds": [(0, "killed"), (1, "ok")], "steps": TWICE}


def test_a_killed_backfill_owes_nothing_and_the_next_one_all(found, ran_as, sent, marked):
    cut = sent(answered=None)
    mended = ran_as(cut, sent(step=1), markers={0: None, 1: marked()}, **KILLED_THEN_LEFT_ALONE)
    assert [found(clause, mended) for clause in ("F1", "F7", "F8")] == [(), (), ()]
    forgotten = ran_as(markers={0: None, 1: marked()}, **KILLED_THEN_LEFT_ALONE)
    assert all(found(clause, forgotten) for clause in ("F1", "F7", "F8"))


def test_a_marker_that_a_killed_backfill_leaves_breaks_f8(found, ran_as, sent, marked):
    history = ran_as(sent(answered=None), markers={0: marked()}, kinds=[(0, "killed")])
    assert [finding.definite for finding in found("F8", history)] == [True]


def test_other_ids_after_a_kill_break_f7(found, ran_as, sent, request_of, sound):
    other = request_of([{**one, "uuid": str(uuid.uuid4())} for one in sound], step=1)
    history = ran_as(sent(answered=None), other, markers={}, **KILLED_THEN_LEFT_ALONE)
    assert any(finding.definite for finding in found("F7", history))


def test_two_processes_at_once_are_one_backfill(found, ran_as, sent, request_of, sound):
    both = {"kinds": [(0, "ok"), (0, "ok")], "steps": (do.Backfill(rival=True),)}
    for requests in ([sent()], [sent(), sent()]):
        done = ran_as(*requests, **both)
        assert [found(clause, done) for clause in ("F1", "F7", "F8")] == [(), (), ()]
    other = request_of([{**one, "uuid": str(uuid.uuid4())} for one in sound])
    assert found("F7", ran_as(sent(), other, **both))


def test_of_two_at_once_one_that_fails_frees_neither(found, ran_as):
    both = {"kinds": [(0, "ok"), (0, "timeout")], "steps": (do.Backfill(rival=True),)}
    assert found("F1", ran_as(markers={0: None}, **both)) == ()
    both["kinds"] = [(0, "ok"), (0, "ok")]
    assert found("F1", ran_as(markers={0: None}, **both))


def test_a_marker_after_a_second_attempt_is_right(found, ran, request_of, sound):
    first, second = request_of(sound, answered=503), request_of(sound, said='{"status":1}')
    assert found("F8", ran(first, second)) == ()


@pytest.mark.parametrize(
    "state", ["missing", "locked", "encrypted", "corrupt", "torn", "directory"]
)
def test_a_marker_of_an_unreadable_database_breaks_f8(found, ran, database, state):
    assert found("F8", ran(of=msgspec.structs.replace(database, state=state)))


def test_no_marker_after_all_was_delivered_breaks_f8(found, ran, request_of, sound):
    (finding,) = found("F8", ran(request_of(sound), markers={0: None}))
    assert not finding.definite


@pytest.mark.parametrize("other", [{"version": 1}, {"throughDay": "2026-10-09"}, {"eventCount": 2}])
def test_a_marker_that_says_something_else_breaks_f8(found, ran, sent, marked, other):
    assert found("F8", ran(sent(), markers={0: marked(**other)}))


def test_a_database_without_rows_is_marked_with_a_count_of_0(found, ran, marked):
    bare = Database()
    assert found("F8", ran(of=bare, markers={0: marked(eventCount=0)})) == ()
    assert found("F8", ran(of=bare, markers={0: None}))


COMPLETE = ['{"version":2}', '{"version":3}', '{"version":"1"}', "[]", "7", "{"]


@pytest.mark.parametrize("text", COMPLETE)
def test_sending_over_a_marker_breaks_f8(found, fired, ran, sent, text):
    quiet = ran(marker_text=text, markers={0: text})
    assert found("F8", quiet) == ()
    assert fired("F8", quiet)
    assert found("F8", ran(sent(), marker_text=text, markers={0: text}))


@pytest.mark.parametrize("text", ['{"version":1}', "{}"])
def test_an_older_marker_is_sent_over(found, ran, sent, marked, text):
    assert found("F8", ran(sent(), marker_text=text, markers={0: marked()})) == ()
    assert found("F8", ran(marker_text=text, markers={0: text}))
    assert found("F1", ran(marker_text=text, markers={0: text}))


@pytest.mark.parametrize("variable", ["DO_NOT_TRACK", "CLAUDE_MEM_TELEMETRY_DEBUG"])
def test_events_and_a_marker_unasked_for_break_f9(found, ran, sent, marked, variable):
    off = {"env": {variable: "1"}}
    assert found("F9", ran(markers={0: None}, **off)) == ()
    assert found("F9", ran(sent(), markers={0: None}, **off))
    assert found("F9", ran(markers={0: marked()}, **off))


def test_a_backfill_that_would_have_had_something_to_send_exercises_f9(fired, ran):
    off = {"env": {"DO_NOT_TRACK": "1"}}
    assert fired("F9", ran(markers={0: None}, **off))
    assert not fired("F9", ran(markers={0: None}, of=Database(), **off))


def test_a_change_that_may_go_unnoticed_is_not_judged(found, ran, request_of, sound):
    off = do.SetEnv(env={"DO_NOT_TRACK": "1"})
    soon = ran(request_of(sound, step=1), steps=(off, do.Backfill()), markers={})
    assert found("F9", soon) == ()
    settled = (off, do.Advance(ms=31_000), do.Backfill())
    assert found("F9", ran(request_of(sound, step=2), steps=settled, markers={}))
