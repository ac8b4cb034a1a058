"""D7 on evidence made by hand: what waited when SIGTERM came, and what arrived of it."""

import msgspec
import pytest

from payloadproof.evidence.history import Ending
from payloadproof.recorder.script import Refuse
from payloadproof.scenario import steps as do

NAME = "search_performed"
PLAIN = do.Capture(event=NAME, properties={})
TURN = do.Record(event="session_compressed", session=10**14, properties={})
TOLD = do.Crash(told=True)
STEPS = (PLAIN, TURN, TOLD, PLAIN, do.Flush(), do.Shutdown())


@pytest.fixture
def told(history, on, contract):
    """A History of these steps, in which the process ended so long after SIGTERM."""

    def make(*requests, steps=STEPS, took_s=0.1, sigterm="delivers"):
        process = msgspec.structs.replace(contract.process, sigterm=sigterm)
        endings = (Ending(2, took_s),)
        judged = history(*steps, requests=requests, calls=[], endings=endings, **on)
        promised = msgspec.structs.replace(contract, process=process)
        return msgspec.structs.replace(judged, contract=promised)

    return make


@pytest.fixture
def whole(arrived):
    """Everything that is due, once."""
    return arrived(2), arrived(2, "observer_turn_rollup"), arrived(3)


@pytest.fixture
def twice(whole, arrived):
    """The same, with one event of a name more."""
    return lambda name: (*whole, arrived(2, name))


def test_what_waited_and_arrives_once_is_right(told, whole, found, fired):
    assert not found("D7", told(*whole))
    assert fired("D7", told(*whole))


def test_a_record_that_names_no_session_owes_no_rollup(told, whole, found):
    stray = do.Record(event="session_compressed", properties={})
    assert not found("D7", told(*whole, steps=(*STEPS[:3], stray, *STEPS[3:])))


def test_an_event_that_is_lost_is_found(told, whole, found):
    (finding,) = found("D7", told(*whole[1:]))
    assert (finding.observed, finding.kind) == ("1 arrived", "an event lost at SIGTERM")
    assert not finding.definite


def test_a_rollup_that_is_lost_is_found(told, whole, found):
    (finding,) = found("D7", told(whole[0], whole[2]))
    assert finding.kind == "a rollup lost at SIGTERM"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (NAME, "an event sent twice at SIGTERM"),
        ("observer_turn_rollup", "a rollup sent twice at SIGTERM"),
    ],
)
def test_what_comes_twice_is_found(told, twice, found, name, kind):
    (finding,) = found("D7", told(*twice(name)))
    assert finding.kind == kind
    assert finding.definite


@pytest.mark.parametrize("sigterm", [None, "loses"])
def test_what_nobody_promised_is_not_judged(told, found, fired, sigterm):
    assert not found("D7", told(sigterm=sigterm))
    assert not fired("D7", told(sigterm=sigterm))


@pytest.mark.parametrize(
    ("steps", "took_s"),
    [
        (STEPS, None),
        ((do.Crash(), *STEPS), 0.1),
        ((do.Network(behaviour=Refuse()), *STEPS), 0.1),
        ((do.SetEnv(env={"DO_NOT_TRACK": "1"}), *STEPS), 0.1),
        (STEPS[:4], 0.1),
    ],
    ids=["goes on", "killed", "no network", "off", "waiting"],
)
def test_what_has_another_reason_is_not_found(told, found, steps, took_s):
    assert not found("D7", told(steps=steps, took_s=took_s))
