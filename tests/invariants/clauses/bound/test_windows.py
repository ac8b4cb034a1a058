import pytest

from payloadproof.clauses.bound.arithmetic import predicted
from payloadproof.recorder.script import Reset, Times
from payloadproof.scenario import steps as do

A, B = 123_456_789_012_347, 223_456_789_012_347
MINUTE = 60_000


def turn(session=A, times=1, /, **properties):
    label = {"model": "observer-a" if session == A else "observer-b"}
    return do.Record(
        event="session_compressed", session=session, properties=label | properties, times=times
    )


def context(times=1, /, **properties):
    return do.Record(event="context_injected", properties=properties, times=times)


def wait(minutes):
    return do.Advance(ms=minutes * MINUTE)


def end(session=A):
    return do.EndSession(session=session)


def back(minutes=60):
    return do.SetClock(offset_ms=-minutes * MINUTE)


@pytest.fixture
def rollup(contract, post, make_event, during):
    """The rollup that these records should give, sent during a step."""

    def make(step, *records, name="observer_turn_rollup", **properties):
        fold = contract.events[name].fold
        right = predicted(contract, fold, [r.properties for r in records for _ in range(r.times)])
        return post(make_event(name, {**right, **properties}), at=during(step))

    return make


@pytest.fixture
def swept(rollup):
    """The rollup of a session."""

    def make(step, *records, reason="safety_flush", seq=0, model="observer-a", **mistakes):
        told = {"top_model": model, "rollup_reason": reason, "window_seq": seq}
        return rollup(step, *records, **{**told, **mistakes})

    return make


@pytest.fixture
def window(rollup):
    """The rollup of a window."""

    def make(step, *records, **mistakes):
        tokens = [r.properties.get("tokens_injected", 0) for r in records for _ in range(r.times)]
        mean = {"avg_tokens": sum(tokens) / len(tokens)} if tokens else {}
        return rollup(step, *records, name="context_injected_rollup", **{**mean, **mistakes})

    return make


@pytest.fixture
def told(found):
    """What was observed by each finding of a clause."""
    return lambda clause, history: [one.observed for one in found(clause, history)]


# B3

ONE, TWO = turn(tokens_input=1), turn(tokens_input=2)
LONG = (ONE, wait(70), TWO, end(), do.Flush(), do.Shutdown())


def test_b3_passes_a_session_that_was_swept_and_that_is_its_control(history, swept, found, fired):
    sent = [swept(1, ONE), swept(3, TWO, reason="session_end", seq=1)]
    judged = history(*LONG, requests=sent)
    assert not found("B3", judged)
    assert fired("B3", judged)
    plain = history(ONE, end(), do.Shutdown(), requests=[swept(1, ONE, reason="session_end")])
    assert not fired("B3", plain)


@pytest.mark.parametrize("numbers", [(1, 2), (0, 0), (0, 2), (0, None)])
def test_b3_finds_numbers_that_do_not_count_from_0(numbers, history, swept, told):
    first, second = numbers
    sent = [swept(1, ONE, seq=first), swept(3, TWO, reason="session_end", seq=second)]
    assert told("B3", history(*LONG, requests=sent)) == [f"{first}, {second}"]


def test_b3_lets_an_ended_id_begin_again(history, swept, found):
    steps = (ONE, wait(70), end(), TWO, end(), do.Shutdown())
    sent = [swept(1, ONE), swept(4, TWO, reason="session_end")]
    assert not found("B3", history(*steps, requests=sent))


def test_b3_finds_a_sweep_that_ends_the_session(history, swept, told):
    sent = [swept(1, ONE, reason="session_end"), swept(3, TWO, reason="session_end", seq=1)]
    assert told("B3", history(*LONG, requests=sent)) == ['"session_end"']


def test_b3_finds_a_respawn_that_flushes(history, swept, told):
    steps = (ONE, do.Respawn(session=A), TWO, end(), do.Shutdown())
    sent = [swept(1, ONE), swept(3, TWO, reason="session_end", seq=1)]
    (observed,) = told("B3", history(*steps, requests=sent))
    assert "1 record(s)" in observed


@pytest.mark.parametrize(("minutes", "findings"), [(59, 1), (60, 0), (61, 0)])
def test_b3_finds_a_sweep_of_what_is_not_due(minutes, findings, history, swept, found):
    steps = (ONE, wait(minutes), TWO, end(), do.Shutdown())
    sent = [swept(1, ONE), swept(3, TWO, reason="session_end", seq=1)]
    assert len(found("B3", history(*steps, requests=sent))) == findings


@pytest.mark.parametrize(("minutes", "findings"), [(60, 0), (70, 0), (71, 1)])
def test_b3_finds_a_session_that_should_have_been_swept(minutes, findings, history, swept, found):
    steps = (ONE, wait(minutes), end(), do.Shutdown())
    sent = [swept(2, ONE, reason="session_end")]
    assert len(found("B3", history(*steps, requests=sent))) == findings


def test_b3_finds_a_sweep_by_the_last_record(history, swept, found):
    steps = (ONE, wait(40), TWO, wait(40), TWO, wait(40), end(), do.Shutdown())
    sent = [swept(5, ONE, TWO, TWO)]
    assert found("B3", history(*steps, requests=sent))


@pytest.mark.parametrize(("minutes", "findings"), [(39, 1), (40, 0)])
def test_b3_lets_age_count_from_the_sweep_before(minutes, findings, history, swept, found):
    steps = (ONE, wait(80), TWO, wait(minutes), ONE, end(), do.Shutdown())
    sent = [swept(1, ONE), swept(3, TWO, seq=1), swept(5, ONE, reason="session_end", seq=2)]
    assert len(found("B3", history(*steps, requests=sent))) == findings


@pytest.mark.parametrize(
    ("case", "findings"),
    [((1_000, "session_end"), 0), ((1_001, "session_end"), 1), ((999, "safety_flush"), 1)],
)
def test_b3_judges_by_the_number_of_records_too(case, findings, history, swept, found):
    times, reason = case
    many = turn(A, times)
    steps = (many, wait(11), end(), do.Shutdown())
    sent = [swept(1, many, reason=reason)]
    assert len(found("B3", history(*steps, requests=sent))) == findings


def test_b3_finds_an_empty_rollup(history, swept, told):
    sent = [swept(1, ONE), swept(2, reason="session_end", seq=1)]
    steps = (ONE, wait(70), end(), do.Shutdown())
    assert told("B3", history(*steps, requests=sent)) == ["observer_turn_rollup of 0 records"]


def test_b3_leaves_what_was_lost_to_b2_and_what_was_due_to_a_steady_clock(history, swept, found):
    assert not found("B3", history(*LONG, requests=[swept(1, ONE)]))
    steps = (ONE, wait(80), back(), end(), do.Shutdown())
    sent = [swept(3, ONE, reason="session_end")]
    assert not found("B3", history(*steps, requests=sent))


# B2, where sessions are swept


def test_b2_counts_over_the_rollups_of_a_sweep(history, swept, found):
    sent = [swept(1, ONE), swept(3, TWO, reason="session_end", seq=1)]
    assert not found("B2", history(*LONG, requests=sent))
    assert found("B2", history(*LONG, requests=sent[:1]))
    assert found("B2", history(*LONG, requests=[*sent, sent[0], swept(3, ONE)]))
    assert not found("B1", history(*LONG, requests=sent))


# B4

FIVE = context(tokens_injected=5)


def test_b4_passes_one_rollup_for_each_window_and_that_is_its_control(
    history, window, found, fired
):
    steps = (FIVE, FIVE, wait(5), FIVE, do.Shutdown())
    judged = history(*steps, requests=[window(2, FIVE, FIVE), window(4, FIVE)])
    assert not found("B4", judged)
    assert fired("B4", judged)
    assert not fired("B4", history(ONE, do.Shutdown()))


def test_b4_finds_records_that_are_lost_or_sent_twice(history, window, told):
    steps = (FIVE, wait(5), FIVE, do.Shutdown())
    sent = [window(1, FIVE), window(3, FIVE)]
    assert told("B4", history(*steps, requests=sent[:1])) == ["1 over 1"]
    assert told("B4", history(*steps, requests=[*sent, window(3, FIVE)])) == ["3 over 3"]


def test_b4_finds_what_trouble_makes_a_program_send_twice(history, window, told, fired):
    steps = (FIVE, do.Network(behaviour=Times(1, Reset())), wait(5), do.Shutdown())
    assert not told("B4", history(*steps))
    judged = history(*steps, requests=[window(2, FIVE)])
    assert not told("B4", judged)
    assert fired("B4", judged)
    judged = history(*steps, requests=[window(2, FIVE), window(3, FIVE)])
    assert told("B4", judged) == ["2 over 2"]


def test_b4_finds_what_is_mixed_with_a_session(history, window, found):
    steps = (FIVE, turn(tokens_input=2), do.Shutdown())
    assert found("B4", history(*steps, requests=[window(2, FIVE, FIVE)]))


def test_b4_finds_a_wrong_average(history, window, found):
    assert found("B4", history(FIVE, do.Shutdown(), requests=[window(1, FIVE, avg_tokens=4)]))


def test_b4_finds_an_empty_rollup(history, window, told):
    sent = [window(1, FIVE), window(2)]
    judged = history(FIVE, wait(5), wait(5), do.Shutdown(), requests=sent)
    assert told("B4", judged) == ["context_injected_rollup of 0 records"]


@pytest.mark.parametrize("closing", [end(), do.Flush(), do.Respawn(session=A), ONE])
def test_b4_finds_a_window_that_something_else_closes(closing, history, window, told):
    judged = history(FIVE, closing, wait(5), do.Shutdown(), requests=[window(1, FIVE)])
    assert told("B4", judged) == ["one while the window was open"]


def test_b4_finds_more_rollups_than_windows(history, window, found):
    steps = (FIVE, FIVE, FIVE, do.Shutdown())
    sent = [window(3, FIVE), window(3, FIVE), window(3, FIVE)]
    assert found("B4", history(*steps, requests=sent))


@pytest.mark.parametrize(("minutes", "findings"), [(9, 0), (10, 1)])
def test_b4_finds_a_window_that_stays_open(minutes, findings, history, window, found):
    steps = (FIVE, wait(minutes), do.Flush(), do.Shutdown())
    assert len(found("B4", history(*steps, requests=[window(3, FIVE)]))) == findings
    assert not found("B4", history(*steps, requests=[window(1, FIVE)]))


# B6


def test_b6_passes_live_sessions_and_the_window_and_that_is_its_control(
    history, swept, window, found, fired
):
    other = turn(B)
    steps = (ONE, other, FIVE, end(B), do.Shutdown())
    sent = [
        swept(3, other, reason="session_end", model="observer-b"),
        swept(4, ONE, reason="worker_shutdown"),
        window(4, FIVE),
    ]
    judged = history(*steps, requests=sent)
    assert not found("B6", judged)
    assert fired("B6", judged)
    assert not fired("B6", history(*steps, requests=sent[:1]))
    assert len(found("B6", history(*steps, requests=sent[:2]))) == 1
    assert len(found("B6", history(*steps, requests=[sent[0], sent[2]]))) == 1


def test_b6_finds_a_session_sent_twice(history, swept, told):
    sent = [swept(1, ONE, reason="worker_shutdown"), swept(1, ONE, reason="worker_shutdown")]
    assert told("B6", history(ONE, do.Shutdown(), requests=sent)) == ["2"]


def test_b6_finds_another_reason(history, swept, told):
    sent = [swept(1, ONE, reason="session_end")]
    assert told("B6", history(ONE, do.Shutdown(), requests=sent)) == ['"session_end"']


def test_b6_asks_nothing_of_a_session_that_was_swept_empty(history, swept, found):
    judged = history(ONE, wait(70), do.Shutdown(), requests=[swept(1, ONE)])
    assert not found("B6", judged)


def test_b6_asks_for_no_window_that_was_over(history, window, found):
    assert not found("B6", history(FIVE, wait(6), do.Shutdown(), requests=[window(1, FIVE)]))


def test_b6_finds_a_rollup_after_the_shutdown(history, swept, told):
    late = swept(3, TWO, reason="session_end", model="observer-b")
    steps = (ONE, do.Shutdown(), turn(B), end(B), do.Shutdown())
    sent = [swept(1, ONE, reason="worker_shutdown"), late]
    (observed,) = told("B6", history(*steps, requests=sent))
    assert "after it" in observed


# B8


def stops(times):
    return do.Capture(event="worker_stopped", times=times)


@pytest.fixture
def stopped(post, make_event):
    """A request with so many events of one name."""
    return lambda times: post(*[make_event("worker_stopped") for _ in range(times)])


@pytest.mark.parametrize(("arrived", "findings"), [(48, 0), (49, 1)])
def test_b8_finds_what_is_over_the_ceiling(arrived, findings, history, stopped, found):
    judged = history(stops(50), do.Shutdown(), requests=[stopped(arrived)])
    assert len(found("B8", judged)) == findings


def test_b8_is_exercised_by_more_captures_than_the_ceiling(history, stopped, fired):
    assert fired("B8", history(stops(49), do.Shutdown(), requests=[stopped(48)]))
    assert not fired("B8", history(stops(48), do.Shutdown(), requests=[stopped(48)]))


def test_b8_counts_by_installation_and_by_day_in_utc(history, post, make_event, found):
    def batch(**top_level):
        return post(*[make_event("worker_stopped", **top_level) for _ in range(30)])

    first = batch(timestamp="2026-10-01T23:30:00-01:00")  # the second of October in UTC
    for other in ({"timestamp": "2026-10-01T23:30:00Z"}, {"distinct_id": "install-2"}):
        sent = [first, batch(**{"timestamp": "2026-10-02T01:00:00Z", **other})]
        assert not found("B8", history(stops(60), do.Shutdown(), requests=sent))
    sent = [first, batch(timestamp="2026-10-02T01:00:00Z")]
    assert found("B8", history(stops(60), do.Shutdown(), requests=sent))


def test_b8_counts_events_that_name_no_day(history, post, make_event, found):
    sent = [post(*[make_event("worker_stopped", timestamp="soon") for _ in range(49)])]
    assert found("B8", history(stops(60), do.Shutdown(), requests=sent))


# B9

SET_BACK = (FIVE, back(), wait(10), do.Flush(), do.Shutdown())


def test_b9_passes_a_window_sent_in_the_new_time_and_that_is_its_control(
    history, window, found, fired
):
    judged = history(*SET_BACK, requests=[window(2, FIVE)])
    assert not found("B9", judged)
    assert fired("B9", judged)
    assert not fired("B9", history(FIVE, wait(10), do.Shutdown(), requests=[window(1, FIVE)]))
    ahead = do.SetClock(offset_ms=60 * MINUTE)
    assert not fired("B9", history(FIVE, ahead, do.Shutdown(), requests=[window(2, FIVE)]))


def test_b9_finds_a_window_that_is_frozen(history, window, found):
    (finding,) = found("B9", history(*SET_BACK, requests=[window(4, FIVE)]))
    assert not finding.definite
    soon = (FIVE, back(), wait(9), do.Flush(), do.Shutdown())
    assert not found("B9", history(*soon, requests=[window(4, FIVE)]))


def test_b9_counts_the_time_from_the_step_back(history, window, found):
    steps = (FIVE, wait(4), back(), wait(7), do.Flush(), do.Shutdown())
    assert not found("B9", history(*steps, requests=[window(5, FIVE)]))


def test_b9_finds_what_is_sent_twice(history, window, told):
    sent = [window(2, FIVE), window(4, FIVE)]
    (observed,) = told("B9", history(*SET_BACK, requests=sent))
    assert observed.startswith("2 over 2")
