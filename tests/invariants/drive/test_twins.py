import pytest

from payloadproof.drive.twins import TURNS, compared, twice
from payloadproof.evidence.history import History
from payloadproof.scenario import steps as do

SESSION = 123_456_789_012_347


@pytest.fixture
def runs(contract):
    """What was run, in its order: each as scenario, secrets and name of its folder."""

    class Runs(list):
        def __call__(self, scenario, planted, name=""):
            self.append((scenario, planted, name))
            return History(contract=contract, scenario=scenario, canaries=planted)

    return Runs()


def scenario(*steps, **also):
    return do.Scenario(steps=steps, now_ms=0, **also)


PLANTED = do.Capture(event="a", properties={"x": "{canary:0}", "y": "{canary:1:name}"})


def test_a_scenario_without_secrets_runs_once(runs):
    history = twice(scenario(do.Flush()), runs)
    assert [planted for _, planted, _ in runs] == [()]
    assert history.twin is None


def test_one_with_secrets_has_a_twin_with_others(runs):
    history = twice(scenario(PLANTED), runs)
    assert len(runs) == 2
    assert history.twin.canaries != history.canaries
    assert not history.repeats


def test_each_side_keeps_its_secrets_and_some_of_the_other_are_longer(runs):
    history = compared(scenario(PLANTED, compared="planted"), runs)
    sides = history, history.twin
    for side in sides:
        assert len(side.repeats) == 2
        assert {one.canaries for one in side.repeats} == {side.canaries}
    (one, two), (other, another) = (side.canaries for side in sides)
    assert len(one) < len(other)  # a length is a trace
    assert len(two) == len(another)  # of what is counted it is none


def test_all_runs_have_one_name_for_their_folder_and_no_other_scenario_has_it(runs):
    compared(scenario(PLANTED, compared="planted"), runs)
    compared(scenario(PLANTED, compared="planted"), runs)
    names = [name for _, _, name in runs]
    assert all(names)
    assert len({*names[:6]}) == len({*names[6:]}) == 1
    assert len({*names}) == 2


@pytest.mark.parametrize("period", [1, 2, 3, 4, 6])
def test_what_goes_to_and_fro_is_not_the_same_on_one_side(period):
    # Whatever is done at each second, third, ... start.
    for shift in range(period):
        on = [
            [(n + shift) % period == 0 for n, s in enumerate(TURNS) if s == side] for side in (0, 1)
        ]
        assert not (len({*on[0]}) == len({*on[1]}) == 1 and on[0] != on[1])


def test_what_moves_with_time_is_not_the_same_on_one_side():
    for step in range(1, len(TURNS)):
        late = [[n >= step for n, s in enumerate(TURNS) if s == side] for side in (0, 1)]
        assert len({*late[0]}) == 2 or len({*late[1]}) == 2


def test_sessions_get_other_ids_and_nothing_else_changes(runs):
    steps = (
        do.Record(event="a", session=SESSION, properties={"n": 1}),
        do.Instrument(component="A", level="info", message="b", session=SESSION),
        do.Record(event="a", session=SESSION + 1),
        do.Record(event="window"),
        do.EndSession(session=SESSION),
        do.Flush(),
    )
    history = compared(scenario(*steps, compared="sessions"), runs)
    other = history.twin.scenario.steps
    assert history.scenario.steps == steps
    assert [type(step) for step in other] == [type(step) for step in steps]
    first, logged, second, window, end, flush = other
    assert first.session == logged.session == end.session != SESSION
    assert first.properties == {"n": 1}
    assert second.session not in {SESSION + 1, first.session}
    assert (window.session, flush) == (None, do.Flush())
    assert all(one.scenario == history.twin.scenario for one in history.twin.repeats)


def test_another_id_leaves_another_rest_by_each_small_divisor(runs):
    step = do.EndSession(session=SESSION)
    history = compared(scenario(step, compared="sessions"), runs)
    (other,) = history.twin.scenario.steps
    for divisor in (2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 100, 256, 1000):
        assert other.session % divisor != SESSION % divisor
