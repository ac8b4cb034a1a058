import msgspec
import pytest

from payloadproof.adapters.connect import connector
from payloadproof.drive.runner import Runner
from payloadproof.errors import HarnessError
from payloadproof.evidence.history import Ending
from payloadproof.protocol.messages import Fork, RunBackfill, StartScenario
from payloadproof.recorder.script import Slow
from payloadproof.recorder.server import Recorder
from payloadproof.scenario import steps as do

SLOW = do.Network(behaviour=Slow(head_s=0.5))


@pytest.fixture
def recorder():
    with Recorder(listeners=2) as recorder:
        yield recorder


@pytest.fixture
def run(contract, faux, recorder):
    """The history of steps, by a child that sends its past in three requests."""
    spec = faux("backfills_in_three_requests")
    with Runner(contract, connector(spec, without=()), recorder) as runner:
        yield lambda *steps: runner.run(do.Scenario(steps=steps, now_ms=1_760_000_000_000))


def backfills(history):
    return [call.kind for call in history.calls if isinstance(call.params, RunBackfill)]


def resumed(history):
    started = [call.params for call in history.calls if isinstance(call.params, StartScenario)]
    return [start.resume for start in started]


def markers(history):
    return {shot.step: shot.marker for shot in history.snapshots}


@pytest.mark.parametrize("killed_at", [1, 3])
def test_a_backfill_is_killed_before_the_answer_to_the_request_it_names(run, killed_at):
    history = run(SLOW, do.Backfill(killed_at=killed_at))
    assert backfills(history) == ["killed"]
    assert [r.answered for r in history.requests] == [200] * (killed_at - 1) + [None]
    assert markers(history)[1] is None


def test_the_next_process_goes_on_where_the_killed_one_stopped(run):
    network = do.Network(behaviour=Slow())
    history = run(SLOW, do.Backfill(killed_at=1), network, do.Backfill(), do.Backfill())
    assert backfills(history) == ["killed", "ok", "ok"]
    assert resumed(history) == [False, True]
    assert [sent.event.name for sent in history.sent] == ["0", "0", "1", "2"]
    assert markers(history)[3] == "done"
    assert history.process(history.calls[-1].began_at) == 1


def test_a_backfill_that_ends_before_is_not_killed(run):
    history = run(do.Backfill(killed_at=4), do.Backfill())
    assert backfills(history) == ["ok", "ok"]
    assert resumed(history) == [False]
    assert len(history.requests) == 3


def test_a_backfill_that_is_told_to_end_is_cut_off_and_it_is_noted_how_soon(run):
    history = run(SLOW, do.Backfill(killed_at=1, told=True), do.Network(behaviour=Slow()))
    assert backfills(history) == ["killed"]
    assert resumed(history) == [False, True]
    (ending,) = history.endings
    assert ending.step == 1
    assert ending.took_s is not None


def test_a_process_that_goes_on_when_it_is_told_to_end_is_killed(contract, faux, recorder):
    spec = faux("goes_on_when_it_is_told_to_end")
    brief = msgspec.structs.replace(contract.limits, shutdown_ms=1)
    contract = msgspec.structs.replace(contract, limits=brief)
    with Runner(contract, connector(spec, without=()), recorder) as runner:
        steps = do.Crash(told=True), do.Crash(), do.Flush()
        history = runner.run(do.Scenario(steps=steps, now_ms=1_760_000_000_000))
    assert history.endings == (Ending(0, None),)
    assert resumed(history) == [False, True, True]


@pytest.mark.parametrize(("asked", "printed"), [(True, b"goodbye\n"), (False, b"")])
def test_a_process_that_is_asked_comes_to_its_own_end_and_what_it_prints_is_kept(
    asked, printed, contract, faux, recorder
):
    spec = faux("says_goodbye_at_its_own_end")
    with Runner(contract, connector(spec, without=()), recorder) as runner:
        steps = do.Flush(), do.Crash(asked=asked), do.Flush()
        history = runner.run(do.Scenario(steps=steps, now_ms=1_760_000_000_000))
    assert (history.stdout, history.stderr) == (b"", printed)
    assert resumed(history) == [False, True]
    assert not history.endings


def test_two_processes_are_asked_at_once(run):
    history = run(SLOW, do.Backfill(rival=True))
    assert backfills(history) == ["ok", "ok"]
    assert resumed(history) == [False, True]
    # The slow answers kept both from the marker of the other.
    assert len(history.requests) == 6
    first, second = (call for call in history.calls if isinstance(call.params, RunBackfill))
    assert max(first.began_at, second.began_at) < min(first.ended_at, second.ended_at)


def test_what_runs_in_this_process_cannot_be_killed(contract, recorder):
    reached = connector("direct:payloadproof.adapters.serve:Adapter", without=())
    with Runner(contract, reached, recorder) as runner, pytest.raises(HarnessError) as told:
        runner.run(do.Scenario(steps=(do.Backfill(killed_at=1),), now_ms=1_760_000_000_000))
    assert told.value.code == "adapter-in-process"


def test_what_runs_in_this_process_does_not_fork(contract, recorder):
    reached = connector("direct:payloadproof.adapters.serve:Adapter", without=())
    with Runner(contract, reached, recorder) as runner, pytest.raises(HarnessError) as told:
        runner.run(do.Scenario(steps=(do.Fork(event="any"),), now_ms=1_760_000_000_000))
    assert told.value.code == "adapter-in-process"


def test_a_fork_is_asked_of_the_process_with_what_its_child_captures(contract, faux, recorder):
    with Runner(contract, connector(faux("forks"), without=()), recorder) as runner:
        fork = do.Fork(event="ends", properties={"n": 1}, person=True, transport="cli")
        history = runner.run(do.Scenario(steps=(fork,), now_ms=1_760_000_000_000))
    (call,) = (one for one in history.calls if isinstance(one.params, Fork))
    assert call.kind == "ok"
    assert call.params == Fork(event="ends", properties={"n": 1}, person=True, transport="cli")
    assert history.stderr == b"exit hook of the child\n"


def test_the_processor_time_of_a_backfill_is_noted_of_a_process_of_its_own(run):
    history = run(do.Flush(), do.Backfill(), do.Backfill(killed_at=1))
    assert [effort.step for effort in history.efforts] == [1]
    assert history.efforts[0].seconds >= 0
