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
    ids = ("P3", "S5", "W3", "W1", "C1", "A3", "A7")
    ordered = [one.findings[0].clause for one in causes([broken(one, BARE) for one in ids])]
    assert ordered == ["A7", "A3", "C1", "W1", "W3", "S5", "P3"]


def test_what_was_not_made_small_rests_on_what_is_known_if_what_it_names_was_handed_over(broken):
    known = broken("A1", GIVEN, observed='key "kind", which the contract does not list')
    given = 'key "colour", which the contract does not list'
    colour = do.Capture(event="feed_read", properties={"colour": "red"})
    hostile = do.Capture(event="feed_read", properties={codec.TAG: "proto_key"})
    undeclared = do.Capture(event="feed_raed", properties={})
    same = [
        broken("A1", colour, observed=given, shrunk=False),
        broken("A2", hostile, observed='null under "feeds"', shrunk=False),
        broken(
            "A4", undeclared, observed='event "feed_raed", which it does not list', shrunk=False
        ),
        broken("W1", hostile, observed="one that it answers 400", shrunk=False),
    ]
    (cause,) = causes([known, *same])
    assert len(cause.findings) == 5
    own = broken("A1", GIVEN, observed='key "hostname", which', shrunk=False)  # the program's own
    planted = broken("A7", GIVEN, expected="no piece of {canary:1} in any byte", shrunk=False)
    assert len(causes([known, own, planted])) == 3
    assert len(causes(same)) == 4  # nothing is known that they could rest on


def test_an_undeclared_name_that_is_handed_over_is_what_is_handed_to_capture(broken):
    undeclared = do.Capture(event="feed_raed", properties={})
    found = broken("A4", undeclared, observed='event "feed_raed", which it does not list')
    assert "handed to capture" in rests_on(found)
    own = broken("A4", BARE, observed='event "$identify", which it does not list')
    assert rests_on(own) == "A4"


def test_the_spellings_of_one_variable_are_one_mistake_those_that_mean_nothing_too(broken):
    off = broken("C1", BARE, expected='nothing sent: consent is off by APP_TELEMETRY="FALSE"')
    unknown = broken("C1", BARE, expected="nothing sent: consent is off by default")
    blank = broken("C8", BARE, expected='nothing sent: APP_TELEMETRY is " 0"')
    (cause,) = causes([off, unknown, blank])
    assert cause.breaks == "consent by APP_TELEMETRY: breaks 2 clauses"
    assert causes([unknown])[0].rests_on == "consent by default"


def test_what_is_known_of_findings_but_their_clause_is_said_in_words(broken):
    two = [broken("W1", BARE, shrunk=False, observed=f"answers {n}") for n in (400, 413)]
    (cause,) = causes(two)
    assert cause.heading == cause.breaks == "W1 requests PostHog accepts, in 2 ways"
    kept = [broken("C1", BARE, expected="consent is off by X") for _ in range(2)]
    (cause,) = causes(kept)
    assert cause.breaks == "consent by X: breaks C1 consent precedence"


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
