"""The scenario of a finding as a picture: what is drawn, and what is marked."""

import msgspec
import pytest

from payloadproof.evidence.course import Arrival, Course
from payloadproof.recorder.script import Answer, Reset, Times
from payloadproof.report.page.picture import STEPS, picture, spell
from payloadproof.scenario import steps as do


def arrival(step, number, **also):
    settled = {"events": {'"a"': 1}, "status": 200, "answered": 200, "stored": True}
    return Arrival(step=step, place=f"request {number} POST /batch/", **{**settled, **also})


@pytest.fixture
def drawn(reported):
    """The picture of a finding on these steps, of what came of them, by this evidence."""

    def make(*steps, consent=(), arrivals=(), evidence=(), **also):
        scenario = do.Scenario(steps=steps, now_ms=0, **also)
        course = Course(consent=consent, arrivals=tuple(arrivals))
        found = msgspec.structs.replace(
            reported("f"), scenario=scenario, course=course, evidence=evidence
        )
        return picture(found)

    return make


def test_time_stands_where_it_has_passed(drawn):
    seen = drawn(do.Flush(), do.Advance(ms=90_000), do.Flush(), do.SetClock(offset_ms=-3_600_000))
    assert [one.passed for one in seen.columns] == ["0", "", "+1.5 min", "", "-1 h"]


@pytest.mark.parametrize(
    ("ms", "said"),
    [(0, "+0 ms"), (999, "+999 ms"), (1_000, "+1 s"), (-60_000, "-1 min"), (86_400_000, "+1 d")],
)
def test_a_time_is_in_its_largest_unit(ms, said):
    assert spell(ms) == said


def test_consent_is_that_of_each_step(drawn):
    seen = drawn(do.SetEnv(env={"X": "0"}), do.Flush(), consent=("on", "off", "off"))
    assert [one.consent for one in seen.columns] == ["on", "off", "off"]


def test_a_network_that_fails_is_drawn_until_it_is_healthy(drawn):
    seen = drawn(
        do.Network(behaviour=Reset()), do.Flush(), do.Network(behaviour=Answer()), do.Flush()
    )
    assert [bool(one.network) for one in seen.columns] == [False, True, True, False, False]
    assert seen.columns[1].network == "the connection is reset, nothing is stored"


def test_a_fault_of_one_request_is_over_with_it(drawn):
    seen = drawn(
        do.Network(behaviour=Times(1, Reset())),
        do.Flush(),
        do.Flush(),
        arrivals=[arrival(1, 1, answered=None, stored=False), arrival(2, 2)],
    )
    assert [bool(one.network) for one in seen.columns] == [False, True, True, False]


@pytest.mark.parametrize(
    ("also", "fate"),
    [
        ({}, "taken"),
        ({"status": 400, "answered": 400}, "refused"),
        ({"answered": 503}, "refused"),
        ({"answered": None, "stored": False}, "lost"),
    ],
)
def test_a_request_stands_below_its_step_as_what_became_of_it(drawn, also, fate):
    seen = drawn(do.Flush(), do.Flush(), arrivals=[arrival(1, 5, **also)])
    assert [[sent.fate for sent in one.sent] for one in seen.columns] == [[], [], [fate]]


def test_what_comes_after_the_last_step_has_a_place_of_its_own(drawn):
    seen = drawn(do.Flush(), arrivals=[arrival(1, 5)])
    assert [one.kind for one in seen.columns] == ["start", "other", "after"]


def test_the_request_that_the_evidence_names_is_marked_with_its_key(drawn):
    seen = drawn(
        do.Flush(),
        arrivals=[arrival(0, 1), arrival(0, 12), arrival(0, 123)],
        evidence=('request 12 POST /batch/, event "a", key "b, key \\"c"', '"x"'),
    )
    assert [sent.fate for sent in seen.columns[1].sent] == ["taken", "offending", "taken"]
    marked = seen.columns[1].sent[1]
    assert (marked.event, marked.key) == ('"a"', '"b, key \\"c"')


def test_a_step_that_the_evidence_names_is_marked(drawn):
    seen = drawn(do.Flush(), do.Flush(), evidence=("planted in step 2",))
    assert [one.named for one in seen.columns] == [False, False, True]


def test_a_long_scenario_has_a_picture_of_a_bounded_size_and_says_what_is_left_out(drawn):
    seen = drawn(*[do.Flush()] * 900)
    assert len(seen.columns) == STEPS + 2
    assert seen.columns[-1].label == "900"
    assert seen.left_out == 901 - (STEPS + 2)
    assert seen.width < 2_000


def test_a_finding_without_a_scenario_has_no_picture(reported):
    assert picture(msgspec.structs.replace(reported("f"), scenario=None)) is None
