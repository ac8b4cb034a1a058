"""D4 on evidence made by hand: what was captured, and what arrived of it."""

import msgspec
import pytest

from payloadproof.scenario import steps as do

PLAIN = do.Capture(event="search_performed", properties={})


def marked(index, **more):
    properties = {"result_count": 1_000 + index, **more}
    return do.Capture(event="search_performed", properties=properties)


def test_what_arrives_whole_is_right(history, arrived, found, fired, on):
    steps = (marked(0, outcome="ok"), PLAIN, do.Shutdown())
    requests = [arrived(2, result_count=1_000, outcome="ok"), arrived(2)]
    judged = history(*steps, requests=requests, **on)
    assert not found("D4", judged)
    assert fired("D4", judged)


def test_the_last_of_a_queue_that_is_lost_is_found(history, arrived, found, on):
    steps = (PLAIN, PLAIN, PLAIN, do.Shutdown())
    (finding,) = found("D4", history(*steps, requests=[arrived(3), arrived(3)], **on))
    assert finding.expected.startswith('3 of "search_performed"')
    assert finding.observed == "2 arrived"
    assert not finding.definite


def test_each_time_of_a_step_is_due(history, arrived, found, on):
    often = do.Capture(event="search_performed", properties={}, times=3)
    assert found("D4", history(often, do.Flush(), requests=[arrived(1)] * 2, **on))


@pytest.fixture
def judged(history, arrived, found, on):
    """The findings on these steps, of which one event arrived in the second."""
    return lambda steps, **sent: found("D4", history(*steps, requests=[arrived(1, **sent)], **on))


@pytest.mark.parametrize(
    ("sent", "named"),
    [({"outcome": "error"}, "changed"), ({}, "left out")],
)
def test_a_property_that_does_not_arrive_as_it_was_is_found(judged, sent, named):
    steps = (marked(0, outcome="ok"), do.Flush())
    (finding,) = judged(steps, result_count=1_000, **sent)
    assert finding.kind == f"a property {named}"
    assert finding.definite


@pytest.mark.parametrize(
    "steps",
    [
        (do.Shutdown(), PLAIN, do.Flush()),
        (PLAIN, do.Crash(), do.Flush()),
        (do.SetEnv(env={"DO_NOT_TRACK": "1"}), PLAIN, do.Flush()),
        (do.Capture(event="search_performed", properties={"cwd": 1}), do.Flush()),
        (do.Capture(event="search_performed", properties={"result_count": "many"}), do.Flush()),
        (do.Capture(event="search_performed", properties=None), do.Flush()),
        (do.Capture(event="nobody_knows", properties={}), do.Flush()),
        (do.Capture(event="search_performed", properties={}, times=1_001), do.Flush()),
        (PLAIN,),
    ],
    ids=["shut", "killed", "off", "unlisted", "misfit", "none", "unknown", "ceiling", "waiting"],
)
def test_what_a_pipeline_may_drop_is_not_due(history, found, on, steps):
    assert not found("D4", history(*steps, **on))


def test_what_the_service_refuses_has_not_arrived(history, arrived, found, on):
    refused = msgspec.structs.replace(arrived(1), status=400, reason="no")
    (finding,) = found("D4", history(PLAIN, do.Flush(), requests=[refused], **on))
    assert finding.observed == "0 arrived"


CEILING = 1_000  # of search_performed
HOUR_MS = 3_600_000
MANY = do.Capture(event="search_performed", properties={}, times=CEILING)
EVENING, MORNING = do.Advance(ms=23 * HOUR_MS), do.Advance(ms=2 * HOUR_MS)


@pytest.fixture
def of_day(post, make_event, during):
    """A request with so many events of a day, counted from that of the scenario."""

    def make(number, day):
        at = f"1970-01-{1 + day:02}T12:00:00Z"
        return post(*(make_event(timestamp=at) for _ in range(number)), at=during(1))

    return make


def test_a_ceiling_is_a_days_and_the_next_day_may_have_as_many(history, of_day, found, on):
    steps = (EVENING, MANY, MORNING, MANY, do.Flush())
    sound = history(*steps, requests=[of_day(CEILING, 0), of_day(CEILING, 1)], **on)
    assert not found("D4", sound)
    (finding,) = found("D4", history(*steps, requests=[of_day(CEILING, 0)], **on))
    assert finding.expected.startswith(f'{2 * CEILING} of "search_performed"')


def test_a_day_that_had_too_many_says_nothing_of_the_next(history, of_day, found, on):
    steps = (EVENING, MANY, PLAIN, MORNING, PLAIN, do.Flush())
    # Of the first day any may have been dropped, and none makes up for the second's.
    (finding,) = found("D4", history(*steps, requests=[of_day(CEILING, 0)], **on))
    assert finding.expected.startswith('1 of "search_performed"')
    assert finding.observed == "0 arrived"
    assert not found("D4", history(*steps, requests=[of_day(3, 0), of_day(1, 1)], **on))


def test_where_the_clock_is_set_it_is_left_open_which_day_it_was(history, found, on):
    steps = (EVENING, MANY, do.SetClock(offset_ms=0), MORNING, PLAIN, do.Flush())
    assert not found("D4", history(*steps, **on))


@pytest.mark.parametrize(
    ("also", "owed"),
    [
        (do.Race(event="search_performed"), False),
        (do.Fork(event="search_performed"), False),
        (do.Race(event="worker_started"), True),
    ],
)
def test_what_another_process_captured_counts_toward_the_ceiling(judged, also, owed):
    # One of them arrived.
    assert bool(judged((also, MANY, do.Flush()))) is owed
