import pytest

from payloadproof.evidence.history import Call
from payloadproof.protocol import messages as ops
from payloadproof.scenario import steps as do


def test_equal_errors_sent_one_by_one_break_b5(history, raising, said, found, on):
    step = raising(times=3)
    each = history(step, do.Shutdown(), requests=[said(), said(), said()], **on)
    assert "again after 0 s" in found("B5", each)[0].observed
    folded = history(step, do.Shutdown(), requests=[said(), said(occurrence_count=2)], **on)
    assert not found("B5", folded)


def test_counts_that_say_more_than_happened_break_b5(history, raising, said, found, on):
    assert found("B5", history(raising(), requests=[said(occurrence_count=2)], **on))


WINDOW = do.Advance(ms=60_000)


def test_errors_that_go_on_and_are_put_off_break_b5(history, raising, said, found, on):
    once = raising()
    steps = (once, WINDOW, once, WINDOW, once, WINDOW, once, do.Flush(), do.Shutdown())
    put_off = said(occurrence_count=3, step=8, at="1970-01-01T00:03:00+00:00")
    (finding,) = found("B5", history(*steps, requests=[said(), put_off], **on))
    assert finding.observed.startswith("1 of 2 equal errors")
    assert not finding.definite
    again = said(step=2, at="1970-01-01T00:01:00+00:00")
    assert not found("B5", history(*steps, requests=[said(), again], **on))


BACK = do.SetClock(offset_ms=-3_600_000)


def test_errors_that_a_clock_silenced_break_b11(*, history, raising, said, found, fired, on):
    once = raising()
    steps = (once, BACK, once, WINDOW, WINDOW, once, do.Flush(), do.Shutdown())
    silent = history(*steps, requests=[said()], **on)
    assert "1 of 2" in found("B11", silent)[0].observed
    assert fired("B11", silent)
    spoken = history(*steps, requests=[said(), said(step=5, occurrence_count=2)], **on)
    assert not found("B11", spoken)


def test_errors_that_a_clock_set_loose_break_b11(*, history, raising, said, found, fired, on):
    steps = (raising(times=6), BACK, raising(), do.Flush(), do.Shutdown())
    assert not found("B11", history(*steps, requests=[said()] * 3, **on))
    assert found("B11", history(*steps, requests=[said() for _ in range(4)], **on))
    assert found("B11", history(*steps, requests=[said(occurrence_count=8)], **on))
    steady = history(*steps[::2], do.Shutdown(), requests=[said()], **on)
    assert not fired("B11", steady)


@pytest.mark.parametrize(("counted_s", "broken"), [(0.001, False), (0.011, True)])
def test_a_storm_that_costs_as_much_as_reports_breaks_b12(
    counted_s, broken, *, history, raising, said, found, fired, on
):
    calls, requests, steps = [], [], []

    def took(step, seconds):
        params = ops.RaiseError(error=step.error)
        calls.append(Call(step=0, params=params, kind="ok", began_at=0.0, ended_at=seconds))
        steps.append(step)

    for text, sent_s, again_s in (("short", 0.001, 0.0), ("long " * 1_000, 0.021, counted_s)):
        for number in range(10):
            took(raising(text, name=f"Kettle{len(text)}{number}Error"), sent_s)
            requests.append(said(error_type=steps[-1].error.type))
        for _ in range(100):
            took(steps[-1], again_s)
    judged = history(*steps, requests=requests, calls=calls, **on)
    assert bool(found("B12", judged)) == broken
    assert fired("B12", judged)


def test_a_tail_that_is_lost_breaks_b10(history, raising, said, found, on):
    step = raising(times=3)
    assert found("B10", history(step, do.Shutdown(), requests=[said()], **on))
    whole = [said(), said(occurrence_count=2)]
    assert not found("B10", history(step, do.Shutdown(), requests=whole, **on))
