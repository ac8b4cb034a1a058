"""T1 and T2 on evidence made by hand: the moment of a capture, and what is marked as the past."""

import pytest

from payloadproof.scenario import steps as do

DAY_MS = 86_400_000


def marked(index):
    return do.Capture(event="search_performed", properties={"result_count": 1_000 + index})


@pytest.fixture
def dated(post, make_event, during):
    """A request during a step, with the marked event of another one, dated as told."""

    def make(step, of, at, **envelope):
        event = make_event("search_performed", {"result_count": 1_000 + of}, timestamp=at)
        return post(event, at=during(step), **envelope)

    return make


@pytest.fixture
def rolled_up(post, make_event, during):
    """A rollup in a request during a step, of this hour of 1970."""
    return lambda step, at: post(
        make_event("observer_turn_rollup", timestamp=f"1970-{at}:00:00Z"), at=during(step)
    )


@pytest.fixture
def long_ago(post, make_event, during):
    event = make_event("historical_activity", timestamp="2025-01-01T12:00:00Z")
    return post(event, at=during(0), historical_migration=True)


WAITED = (do.Advance(ms=DAY_MS), marked(1), do.Advance(ms=60_000), do.Flush())


@pytest.mark.parametrize(
    "at",
    [
        "1970-01-02T00:00:00Z",
        "1970-01-02T00:00:00.400000+00:00",
        "1970-01-01T17:00:00-07:00",
        "1970-01-02 00:00:00",
    ],
)
def test_the_moment_of_the_capture_is_right_in_any_of_its_forms(history, dated, found, fired, at):
    judged = history(*WAITED, requests=[dated(3, 1, at)])
    assert not found("T1", judged)
    assert fired("T1", judged)


@pytest.mark.parametrize(
    ("at", "named"),
    [
        ("1970-01-01T17:00:00Z", "7 hours before"),
        ("1970-01-02T00:01:00Z", "1 minutes later"),
        ("1970-01-01T00:00:00Z", "1 days before"),
        ("02/01/1970 00:00:00", "cannot read"),
        (86_400, "cannot read"),
        ("9999-12-31T23:59:59Z", "days later"),
    ],
)
def test_another_moment_is_found(history, dated, found, at, named):
    (finding,) = found("T1", history(*WAITED, requests=[dated(3, 1, at)]))
    assert named in finding.observed
    assert finding.definite


def test_what_waited_without_a_timestamp_is_found(history, dated, found):
    (finding,) = found("T1", history(*WAITED, requests=[dated(3, 1, None)]))
    assert "time of its arrival" in finding.observed
    # One that was under way when the next step began is not sent late each time.
    assert not finding.definite


def test_what_is_sent_at_once_needs_no_timestamp(history, dated, found):
    assert not found("T1", history(marked(0), do.Flush(), requests=[dated(1, 0, None)]))


@pytest.mark.parametrize(("at", "wrong"), [("01-01T12", 0), ("01-03T00", 1)])
def test_a_rollup_may_be_of_any_moment_of_the_scenario(history, rolled_up, found, at, wrong):
    judged = history(do.Advance(ms=DAY_MS), do.Flush(), requests=[rolled_up(1, at)])
    assert len(found("T1", judged)) == wrong


def test_a_clock_that_is_set_is_followed(history, dated, found):
    steps = (do.Advance(ms=DAY_MS), do.SetClock(offset_ms=5_000), marked(2), do.Flush())
    assert not found("T1", history(*steps, requests=[dated(3, 2, "1970-01-01T00:00:05Z")]))


@pytest.mark.parametrize("clause", ["T1", "T2"])
def test_a_day_of_the_past_is_another_clauses(history, long_ago, found, fired, clause):
    judged = history(do.Flush(), requests=[long_ago])
    assert not found(clause, judged)
    assert not fired(clause, judged)


def test_the_present_marked_as_the_past_is_found(history, dated, found, fired):
    steps, at = (marked(0), do.Flush()), "1970-01-01T00:00:00Z"
    right = history(*steps, requests=[dated(1, 0, at, historical_migration=False)])
    assert not found("T2", right)
    assert fired("T2", right)
    wrong = history(*steps, requests=[dated(1, 0, at, historical_migration=True)])
    assert len(found("T2", wrong)) == 1


def test_a_recording_has_no_clock(recorded, dated, found):
    assert not found("T1", recorded(dated(0, 0, "1970-01-01T00:00:00Z")))


SESSION = 123_456_789_012_347
RECORD = do.Record(event="session_compressed", session=SESSION, properties={"model": "observer-a"})
RECORDED = (do.Advance(ms=DAY_MS), RECORD, do.EndSession(session=SESSION), do.Flush())


@pytest.fixture
def begun(arrived):
    """A request with a rollup that says when it began."""
    return lambda at: arrived(3, "observer_turn_rollup", count=1, window_start_ts=at)


def test_the_beginning_of_a_rollup_is_that_of_its_first_record(history, begun, found, fired, on):
    judged = history(*RECORDED, requests=[begun(DAY_MS)], **on)
    assert not found("T3", judged)
    assert fired("T3", judged)


@pytest.mark.parametrize("at", [None, 0, DAY_MS // 1_000, DAY_MS + 5_000, "now", True, 1e308])
def test_another_beginning_is_found(history, begun, found, on, at):
    assert len(found("T3", history(*RECORDED, requests=[begun(at)], **on))) == 1


def test_a_record_that_consent_took_away_is_not_the_first(history, begun, found, on):
    off, back = (do.SetEnv(env={"DO_NOT_TRACK": value}) for value in ("1", None))
    judged = history(off, RECORD, back, *RECORDED, requests=[begun(DAY_MS)], **on)
    assert not found("T3", judged)


@pytest.mark.parametrize("second", [2 * DAY_MS, DAY_MS, 3 * DAY_MS])
def test_no_record_begins_two_rollups(history, arrived, found, on, second):
    end = do.EndSession(session=SESSION)
    steps = (*RECORDED, do.Advance(ms=DAY_MS), RECORD, do.Advance(ms=DAY_MS), end, do.Flush())
    rollups = [
        arrived(3, "observer_turn_rollup", count=1, window_start_ts=DAY_MS),
        arrived(8, "observer_turn_rollup", count=1, window_start_ts=second),
    ]
    assert len(found("T3", history(*steps, requests=rollups, **on))) == (second != 2 * DAY_MS)
