"""Findings that one mistake explains are one entry; the worst comes first; nothing is lost."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payloadproof.clauses.clause import clauses
from payloadproof.protocol import codec
from payloadproof.recorder import script
from payloadproof.report.causes import causes, rests_on
from payloadproof.scenario import steps as do

ON = {"APP_TELEMETRY": "1"}


@pytest.fixture(scope="session")
def broken(reported):
    """A finding of a clause in a smallest scenario of these steps."""

    def make(clause, *steps, shrunk=True, **also):
        scenario = do.Scenario(steps=(*steps, do.Flush()), env=ON, now_ms=0)
        found = reported("x", clause=clause, shrunk=shrunk)
        return msgspec.structs.replace(found, scenario=scenario, **also)

    return make


GIVEN = do.Capture(event="feed_read", properties={"kind": "x"})
BARE = do.Capture(event="feed_read", properties={})
HOSTILE = do.Capture(event={codec.TAG: "circular"}, properties={})


def test_what_is_handed_over_and_goes_out_is_one_mistake_with_seven_names(broken):
    ids = ("A1", "A2", "A5", "A6", "A7", "S6", "W1")
    (cause,) = causes([broken(one, GIVEN) for one in ids])
    assert set(cause.clauses) == set(ids)
    assert "handed to capture" in cause.rests_on


def test_a_line_of_the_programs_own_code_is_what_its_findings_rest_on(broken):
    at = ("step 1: capture", "  from feedr.py:22 in capture")
    ids = ("S1", "S4")
    (cause,) = causes([broken(one, GIVEN, evidence=at) for one in ids])
    assert cause.rests_on == "line feedr.py:22 in capture"
    other = broken("S1", GIVEN, evidence=("  from feedr.py:30 in flush",))
    assert rests_on(other) != cause.rests_on


def test_two_mistakes_are_two_entries(broken):
    stamp = broken("A3", BARE, observed='"$os"', evidence=('request 1 POST /e/, key "$os"',))
    other = broken("A3", BARE, observed='"$ip"', evidence=('request 1 POST /e/, key "$ip"',))
    profile = broken("P1", BARE, observed="absent")
    assert len(causes([stamp, other, profile])) == 3


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (do.Network(behaviour=script.Hang()), "does not answer"),
        (do.Network(behaviour=script.Withhold()), "does not answer"),
        (do.Network(behaviour=script.Times(2, script.Reset())), "fails"),
        (do.Network(behaviour=script.Answer(status=500)), "fails"),
    ],
)
def test_what_the_network_does_is_what_they_rest_on(broken, step, said):
    (cause,) = causes([broken("S2", step, shrunk=False), broken("S3", step)])
    assert said in cause.rests_on
    assert said in rests_on(broken("W3", step))


def test_a_change_of_consent_and_a_variable_are_two(broken):
    change = do.SetEnv(env={"APP_TELEMETRY": "0"})
    changed = [broken(one, BARE, change) for one in ("C3", "C4", "C11")]
    variable = broken("C1", BARE, expected="nothing sent: consent is off by DO_NOT_TRACK")
    first, second = causes([variable, *changed])
    assert first.clauses == ("C3", "C4", "C11")
    assert second.rests_on == "consent by DO_NOT_TRACK"


def test_what_is_printed_is_one_mistake_wherever_it_is_printed(broken):
    said = '24 bytes on stderr (an adapter may redirect stdout to it), beginning "feedr: sending"'
    (cause,) = causes([broken(one, do.Shutdown(), observed=said) for one in ("S4", "S5")])
    assert "feedr: sending" in cause.rests_on


def test_the_worst_comes_first_what_leaks_what_ignores_an_opt_out_what_is_lost(broken):
    ids = ("P3", "S5", "W3", "C1", "A3", "A7")
    ordered = [one.findings[0].clause for one in causes([broken(one, BARE) for one in ids])]
    assert ordered == ["A7", "A3", "C1", "W3", "S5", "P3"]


STEPS = st.sampled_from(
    [
        GIVEN,
        BARE,
        HOSTILE,
        do.SetEnv(env={"A": None}),
        do.Network(behaviour=script.Hang()),
        do.Network(behaviour=script.Answer()),
        do.FillDisk(),
        do.Shutdown(),
    ]
)


@given(st.data())
def test_every_finding_is_in_exactly_one_entry(broken, data):
    found = [
        broken(
            data.draw(st.sampled_from(sorted(clauses()))),
            *data.draw(st.lists(STEPS, max_size=3)),
            shrunk=data.draw(st.booleans()),
            evidence=tuple(data.draw(st.lists(st.text(max_size=20), max_size=2))),
            observed=data.draw(st.text(max_size=20)),
        )
        for _ in range(data.draw(st.integers(0, 12)))
    ]
    entries = [one for cause in causes(found) for one in cause.findings]
    assert sorted(map(id, entries)) == sorted(map(id, found))
