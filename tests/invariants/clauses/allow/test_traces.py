import hashlib

import msgspec
import pytest

from payloadproof.scenario import steps as do

OURS, THEIRS = "k3wq0zj5m8xv1c6b2n7d", "p9d4r6t1y8u3i5o2a7s0"
CAPTURED = (
    do.Capture(event="search_performed", properties={"project": "{canary:0}"}),
    do.Flush(),
)
SESSIONS = 123_456_789_012_347, 123_456_789_321_348


def recorded(session):
    return (do.Record(event="session_compressed", session=session), do.EndSession(session=session))


def short(value):
    return hashlib.sha256(str(value).encode()).hexdigest()[:12]


def whole(runs, compared):
    """A history of several runs as it is when they were compared."""
    *before, last = (
        msgspec.structs.replace(
            run, scenario=msgspec.structs.replace(run.scenario, compared=compared)
        )
        for run in runs
    )
    return msgspec.structs.replace(last, repeats=tuple(before))


@pytest.fixture
def with_secrets(history, post, make_event):
    """Compared runs, of which each sends what ``said`` makes of its secret and its number."""

    def make(said, **also):
        sides = [
            [
                history(
                    *CAPTURED,
                    requests=[post(*said(secret, 2 * n + side), **also)],
                    canaries=(secret,),
                )
                for n in range(3)
            ]
            for side, secret in enumerate((OURS, THEIRS))
        ]
        ours, theirs = (whole(runs, "planted") for runs in sides)
        return msgspec.structs.replace(ours, twin=theirs)

    def with_properties(said):
        return make(lambda secret, n: [make_event(properties=said(secret, n))])

    with_properties.events = make
    return with_properties


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(short, id="a digest"),
        pytest.param(lambda secret: len(secret.rstrip("0123456789")), id="a length"),
        pytest.param(lambda secret: secret < "m", id="a word of two"),
        pytest.param(lambda secret: hash(secret) / 3, id="a number"),
    ],
)
def test_a7_finds_what_no_search_undoes(with_secrets, found, made):
    (finding,) = found("A7", with_secrets(lambda secret, _: {"endpoint": made(secret)}))
    assert "properties.endpoint depends on what was planted" in finding.observed
    assert not finding.definite  # a coin can fall so, too
    assert OURS not in repr(finding)
    assert str(made(OURS)) not in finding.message or made(OURS) in (True, False)


def test_a7_finds_that_more_is_sent_for_one_secret(with_secrets, make_event, found):
    runs = with_secrets.events(lambda secret, _: [make_event()] * (1 + (secret == OURS)))
    assert not found("A7", runs)  # a copy of an event is a retry
    runs = with_secrets.events(lambda s, _: [make_event() for _ in range(1 + (s == OURS))])
    assert "how many of them" in found("A7", runs)[0].observed


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda secret, n: n, id="a time"),
        pytest.param(lambda secret, n: (short(secret), "other")[n == 4], id="in two runs of three"),
        pytest.param(lambda secret, n: "always", id="the same"),
    ],
)
def test_a7_passes_what_is_random_or_time_or_the_same(with_secrets, found, fired, made):
    runs = with_secrets(lambda secret, n: {"endpoint": made(secret, n)})
    assert not found("A7", runs)
    assert fired("A7", runs)


def test_a7_says_once_what_the_search_finds(with_secrets, found):
    (finding,) = found("A7", with_secrets(lambda secret, _: {"endpoint": secret}))
    assert finding.definite


def test_a7_compares_nothing_of_a_scenario_that_ran_once_on_each_side(with_secrets, found):
    runs = with_secrets(lambda secret, _: {"endpoint": short(secret)})
    alone = msgspec.structs.replace(runs.twin, repeats=())
    assert not found("A7", msgspec.structs.replace(runs, repeats=(), twin=alone))


@pytest.fixture
def with_sessions(history, post, make_event):
    def make(said):
        sides = [
            [
                history(
                    *recorded(session),
                    requests=[post(make_event("observer_turn_rollup", said(session, n)))],
                )
                for n in range(3)
            ]
            for session in SESSIONS
        ]
        ours, theirs = (whole(runs, "sessions") for runs in sides)
        return msgspec.structs.replace(ours, twin=theirs)

    return make


@pytest.mark.parametrize("made", [short, lambda session: session % 1000, lambda one: one % 2])
def test_a8_finds_what_is_made_of_a_session_id(with_sessions, found, made):
    (finding,) = found("A8", with_sessions(lambda session, _: {"window_seq": made(session)}))
    assert "properties.window_seq depends on the session's id" in finding.observed
    assert not finding.definite


def test_a8_passes_what_does_not_depend_on_it(with_sessions, found, fired):
    runs = with_sessions(lambda _, n: {"window_seq": 0, "count": n})
    assert not found("A8", runs)
    assert fired("A8", runs)


def test_a8_says_once_what_the_search_finds(with_sessions, found):
    (finding,) = found("A8", with_sessions(lambda session, _: {"window_seq": session}))
    assert finding.definite


def test_a_comparison_of_secrets_says_nothing_of_sessions(with_secrets, found):
    assert not found("A8", with_secrets(lambda secret, _: {"endpoint": short(secret)}))
