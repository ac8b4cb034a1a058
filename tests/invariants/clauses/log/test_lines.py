from __future__ import annotations

import pytest

from payloadproof.evidence.history import LOG_KEPT
from payloadproof.protocol import messages as ops
from payloadproof.recorder.script import Reset
from payloadproof.scenario import steps as do

SEARCH = "search_performed"
OFF = do.SetEnv(env={"DO_NOT_TRACK": "1"})


def said(step, **described):
    """A call whose words no other call has."""
    asked = {"component": "DB", "level": "info", "message": f"begun{step} of it done{step}"}
    return do.Instrument(**asked | described)


def line(step, text=None):
    return f"12:00 [DB] {text or f'begun{step} of it done{step}'} more=1\n"


def asked_by(step):
    return ops.Instrument(
        **{field: getattr(step, field) for field in step.__struct_fields__}, overwrite=False
    )


@pytest.fixture
def told(history_of, call, arrived):
    """A History of these steps and of this log, in which an event arrived at first."""

    def make(*steps, log, requests=None, kinds=None, **also):
        calls = [
            call(index, asked_by(step), (kinds or {}).get(index, "ok"))
            for index, step in enumerate(steps)
            if isinstance(step, do.Instrument)
        ]
        first = (arrived(0),) if requests is None else requests
        return history_of(steps, first, calls=calls, log=log, **also)

    return make


def test_a_line_for_each_call_passes(told, found, fired):
    history = told(said(0, event=SEARCH), said(1), log=line(0) + line(1))
    assert not found("L1", history)
    assert fired("L1", history)


def test_without_an_event_the_lines_prove_nothing(told, fired):
    assert not fired("L1", told(said(0), log=line(0), requests=()))


def test_a_call_without_a_line_is_found(told, found):
    [finding] = found("L1", told(said(0), said(1), log=line(0)))
    assert "step 2" in finding.expected
    assert not finding.definite


def test_a_call_with_two_lines_is_found(told, found):
    [finding] = found("L1", told(said(0), log=line(0) * 2))
    assert finding.observed.startswith("2 lines")
    assert finding.definite


@pytest.mark.parametrize(
    ("after", "strange"), [((0, 1, 0), True), ((1, 1, 1), False), ((0, 0, 0), False)]
)
def test_a_line_of_nobodys_words_is_found_beside_calls_without_one(told, found, after, strange):
    # How many lines a record takes is the log's own matter.
    log = "".join(line(n) + "12:00 [TELEMETRY] told\n" * more for n, more in enumerate(after))
    steps = (said(0), said(1, event=SEARCH), said(2), do.Shutdown())
    findings = found("L1", told(*steps, log=log))
    assert bool(findings) == strange
    assert not any(one.definite for one in findings)


def test_a_call_that_raised_has_a_line_too(told, found):
    assert found("L1", told(said(0), log="", kinds={0: "raised"}))


def test_a_call_that_never_returned_is_not_judged(told, found):
    assert not found("L1", told(said(0), log="", kinds={0: "timeout"}))


def test_the_level_debug_may_be_left_out_and_not_be_doubled(told, found):
    quiet = said(0, level="debug")
    assert not found("L1", told(quiet, log=""))
    assert found("L1", told(quiet, log=line(0) * 2))


def test_a_call_without_a_word_of_its_own_is_not_judged(told, found):
    calls = [said(0, message="begun of"), said(0, message="of begun")]
    assert not found("L1", told(*calls, log=line(0)))


@pytest.mark.parametrize(("lines", "wrong"), [(2, False), (1, True), (3, True)])
def test_equal_calls_have_as_many_lines(told, found, lines, wrong):
    same = [said(0), said(0)]
    assert bool(found("L1", told(*same, log=line(0) * lines))) == wrong


def test_a_word_within_a_longer_word_is_another(told, found):
    assert found("L1", told(said(1), said(10), log=line(10)))


def test_a_log_of_which_the_beginning_is_gone_is_not_judged(told, found):
    assert not found("L1", told(said(0), log="x" * LOG_KEPT))


def test_one_capture_and_one_record_for_each_call_pass(told, found, fired, arrived):
    steps = (
        said(0, event=SEARCH),
        said(1, event="context_injected", rollup="window"),
        do.Capture(event=SEARCH, times=2),
        do.Shutdown(),
    )
    sent = [*(arrived(3) for _ in range(3)), arrived(3, "context_injected_rollup", count=1)]
    history = told(*steps, log="", requests=sent)
    assert not found("L2", history)
    assert fired("L2", history)


def test_a_second_capture_is_found(told, found, arrived):
    history = told(said(0, event=SEARCH), do.Flush(), log="", requests=[arrived(0), arrived(0)])
    [finding] = found("L2", history)
    assert finding.observed == "2"
    assert finding.definite


def test_a_record_for_what_was_captured_is_found(told, found, arrived):
    sent = [arrived(0), arrived(1, "context_injected_rollup", count=1)]
    [finding] = found("L2", told(said(0, event=SEARCH), do.Shutdown(), log="", requests=sent))
    assert "context_injected_rollup" in finding.expected


def test_a_capture_for_what_was_recorded_is_found(told, found, arrived):
    described = {"event": "session_compressed", "rollup": "session", "session": 1}
    sent = [arrived(0, "session_compressed"), arrived(1, "observer_turn_rollup", count=1)]
    [finding] = found("L2", told(said(0, **described), do.Shutdown(), log="", requests=sent))
    assert "session_compressed" in finding.expected


def test_what_is_not_handed_over_is_found(told, found):
    history = told(said(0, event=SEARCH), do.Shutdown(), log="", requests=())
    [finding] = found("L2", history)
    assert finding.observed == "0"
    assert not finding.definite


@pytest.mark.parametrize(
    "steps",
    [
        (OFF, said(1, event=SEARCH), do.Shutdown()),
        (do.Network(behaviour=Reset()), said(1, event=SEARCH), do.Shutdown()),
        (said(0, event=SEARCH), do.Flush()),
        (do.Shutdown(), said(1, event=SEARCH), do.Shutdown()),
        (said(0, event="undeclared_event"), do.Shutdown()),
        (said(0, event=SEARCH, properties={"$hostile": "nan"}), do.Shutdown()),
    ],
    ids=["off", "network", "no shutdown", "late", "undeclared", "hostile"],
)
def test_what_had_no_chance_is_not_missed(steps, told, found, fired):
    history = told(*steps, log="", requests=())
    assert not found("L2", history)
    assert not fired("L2", history)


TROUBLES = {
    "hostile": (said(0, properties={"x": {"$hostile": "nan"}}),),
    "shut down": (do.Shutdown(), said(1)),
    "network": (do.Network(behaviour=Reset()), said(1)),
    "off": (OFF, said(1)),
    "damaged": (do.WriteConsent(text="{"), said(1)),
    "undeclared": (said(0, event="undeclared_event"),),
    "debug": (do.SetEnv(env={"CLAUDE_MEM_TELEMETRY_DEBUG": "1"}), said(1)),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_in_trouble_a_line_passes_and_a_missing_one_is_found(trouble, told, found, fired):
    steps = TROUBLES[trouble]
    there = told(*steps, log=line(len(steps) - 1))
    assert not found("L3", there)
    assert fired("L3", there)
    [finding] = found("L3", told(*steps, log=""))
    assert not finding.definite


def test_in_trouble_a_line_that_was_cut_is_found(told, found):
    [finding] = found("L3", told(OFF, said(1), log=line(1, "begun1 of")))
    assert finding.definite


def test_a_line_without_its_component_is_not_whole(told, found):
    assert found("L3", told(OFF, said(1, component="WORKER"), log=line(1)))


def test_without_trouble_nothing_is_judged(told, found, fired):
    history = told(said(0, event=SEARCH), log="")
    assert not found("L3", history)
    assert not fired("L3", history)


def test_a_call_counts_as_what_it_hands_over(history_of):
    steps = (
        said(0, event=SEARCH, properties={"a": 1}, person=True),
        said(1, event="session_compressed", rollup="session", session=7),
        said(2, event="context_injected", rollup="window", session=7),
        said(3),
    )
    assert history_of(steps, (), calls=()).steps == (
        do.Capture(event=SEARCH, properties={"a": 1}, person=True),
        do.Record(event="session_compressed", session=7),
        do.Record(event="context_injected"),
        steps[3],
    )
