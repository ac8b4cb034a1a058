import pytest

from payloadproof.protocol.messages import Fault
from payloadproof.scenario import steps as do


def test_an_error_past_its_switch_breaks_c5(history, raising, said, found, on):
    off = {"env": {"CLAUDE_MEM_TELEMETRY_ERRORS": "0"}, **on}
    assert found("C5", history(raising(), requests=[said()], **off))


def test_an_event_without_an_error_passes_the_switch(history, raising, arrived, found, fired):
    off = {"env": {"CLAUDE_MEM_TELEMETRY_ERRORS": "0"}, "consent_text": '{"enabled": true}'}
    passed = history(raising(), requests=[arrived(0)], **off)
    assert not found("C5", passed)
    assert fired("C5", passed)


def test_a_switch_that_stops_everything_breaks_c5(history, raising, found, on):
    off = {"env": {"CLAUDE_MEM_TELEMETRY_ERRORS": "0"}, **on}
    step = do.Capture(event="search_performed", properties={})
    assert found("C5", history(raising(), step, do.Flush(), requests=[], **off))


VARIABLE = "CLAUDE_MEM_TELEMETRY_ERRORS"
OFF, ON = do.SetEnv(env={VARIABLE: " OFF"}), do.SetEnv(env={VARIABLE: None})
SETTLE = do.Advance(ms=31_000)
LID, WATER = (
    do.RaiseError(error=Fault(type=name, message="the lid is open"))
    for name in ("LidError", "WaterError")
)


@pytest.fixture
def turned(history, said, on):
    """A history of these steps, in which an error of a class arrived during each step named.

    Beside the step it may be said at what second it was made.
    """

    def make(*steps, sent=(), **asked):
        requests = [
            said(step=step, error_type=name, at=f"1970-01-01T00:{s // 60:02}:{s % 60:02}+00:00")
            for name, step, s in (((*one, 0) if len(one) < 3 else one) for one in sent)
        ]
        return history(*steps, requests=requests, **(asked or on))

    return make


def test_c5_finds_an_error_raised_after_the_switch_was_turned_off(turned, found, fired):
    steps = (LID, OFF, SETTLE, WATER, do.Flush())
    sound = turned(*steps, sent=[("LidError", 0)])
    assert not found("C5", sound)
    assert fired("C5", sound)
    (finding,) = found("C5", turned(*steps, sent=[("LidError", 0), ("WaterError", 4)]))
    assert finding.expected.startswith("nothing sent of the error of step 4")
    assert finding.definite


def test_c5_leaves_open_what_is_raised_before_a_change_has_to_be_noticed(turned, found):
    steps = (LID, OFF, WATER, do.Flush())
    assert not found("C5", turned(*steps, sent=[("LidError", 0), ("WaterError", 3)]))


COUNTED = (LID, OFF, SETTLE, do.Advance(ms=120_000), do.Flush())


@pytest.mark.parametrize(
    ("seconds", "late"), [(0, False), (30, False), (32, True), (150, True), (152, False)]
)
def test_c5_finds_what_is_made_of_a_count_while_the_switch_is_off(turned, found, seconds, late):
    # What was captured before may leave at the flush: it is of another time.
    findings = found("C5", turned(*COUNTED, sent=[("LidError", 0), ("LidError", 4, seconds)]))
    assert bool(findings) == late
    assert all(one.definite for one in findings)


@pytest.mark.parametrize(
    ("start", "steps"),
    [({}, (OFF, SETTLE, ON, SETTLE)), ({VARIABLE: "0"}, (ON, SETTLE))],
    ids=["turned twice", "off at the start"],
)
def test_c5_finds_that_errors_are_not_sent_again(turned, found, start, steps):
    steps = (*steps, LID, do.Flush())
    asked = {"env": start, "consent_text": '{"enabled": true}'}
    (finding,) = found("C5", turned(*steps, **asked))
    assert finding.kind == "errors lost though their switch is on"
    assert not found("C5", turned(*steps, sent=[("LidError", len(steps) - 1)], **asked))


def test_c5_says_nothing_of_what_a_crash_or_a_shutdown_took(turned, found):
    for last in ((LID, do.Crash(), do.Flush()), (do.Shutdown(), LID, do.Flush())):
        assert not found("C5", turned(OFF, SETTLE, ON, SETTLE, *last))


def test_c5_says_nothing_where_consent_changes_too(turned, found):
    steps = (OFF, SETTLE, do.SetEnv(env={"DO_NOT_TRACK": "1"}), LID, do.Flush())
    assert not found("C5", turned(*steps, sent=[("LidError", 4)]))


def test_c5_leaves_open_what_waits_when_the_switch_is_turned_off(turned, found):
    assert not found("C5", turned(LID, OFF, do.Flush()))
    assert found("C5", turned(LID, do.Flush(), OFF, do.Flush()))
