"""A sampled event: nothing of it is due, and always, never and half of an install are found."""

import hashlib
import random
from pathlib import Path

import pytest

from payloadproof.adapters.direct import DirectConnector
from payloadproof.clauses.consent import cases
from payloadproof.clauses.delivery import scenarios
from payloadproof.clauses.registry import judge
from payloadproof.contract import load
from payloadproof.drive.runner import Runner
from payloadproof.generate.ground import Ground
from payloadproof.recorder.server import Recorder
from payloadproof.scenario import steps as do

CONTRACTS = Path(__file__).parents[3] / "contracts"
NOW_MS = 1_790_000_000_000
SHARE = 0.2
JUDGED = ("C1", "C2", "C4", "C11", "S6", "D4", "D5", "L1", "W1", "W3", "B1")
LAYER = '[[consent.layers]]\nkind = "kill_switch"\nvariable = "KETTLE_QUIET"\nunset = []\n'


@pytest.fixture
def judged(tmp_path, monkeypatch):
    """The clauses that a kettle breaks which sends what ``drawn`` says of its id."""
    monkeypatch.syspath_prepend(CONTRACTS)
    from kettle import adapter

    def of(by, drawn):
        text = (CONTRACTS / "kettle.toml").read_text()
        table = f'[events.boiled.sample]\nshare = {SHARE}\nby = "{by}"\n\n[properties]'
        path = tmp_path / "kettle.toml"
        head = f'format = 1\n[consent]\ndefault = "on"\n{LAYER}'
        path.write_text(head + text.replace("[properties]", table))
        kettle = adapter({"KETTLE_QUIET": lambda env, *_: _quiet(env)}, default=True)
        capture = type(kettle).capture

        def sampled(self, event, properties, **how):
            if drawn(str(self.home)):
                capture(self, event, properties, **how)

        type(kettle).capture = sampled
        broken, fired = {}, set()
        connector = DirectConnector("direct:kettle", lambda: kettle)
        with Recorder() as recorder, Runner(load(path), connector, recorder) as runner:
            ground = Ground(runner.contract, runner.initialized.capabilities, NOW_MS)
            assert scenarios.samples(ground)
            plain = do.Capture(event="boiled", properties={})
            few = ground.scenario([plain, plain, do.Flush(), do.Shutdown()])
            for scenario in (*scenarios.shares(ground), *cases.consent_table(ground), few):
                judgement = judge(runner.run(scenario), JUDGED)
                fired |= judgement.exercised
                broken |= {one.clause: one.kind for one in judgement.findings}
        return broken, fired

    return of


def _quiet(env):
    return False if env.get("KETTLE_QUIET") else None


def each_by_itself():
    drawn = random.Random(11)
    return lambda _: drawn.random() < SHARE


def by_install(home):
    return hashlib.sha256(home.encode()).digest()[0] < SHARE * 256


def test_a_share_of_the_events_is_right(judged):
    broken, fired = judged("event", each_by_itself())
    assert broken == {}
    assert "D5" in fired


@pytest.mark.parametrize(
    ("drawn", "clause", "kind"),
    [
        (lambda _: True, "D5", "more of a sampled event than its share"),
        (lambda _: False, "D4", "fewer of a sampled event than its share"),
    ],
)
def test_always_and_never_are_found(judged, drawn, clause, kind):
    broken, _ = judged("event", drawn)
    assert broken == {clause: kind}


def test_a_share_of_the_installs_is_right(judged):
    broken, _ = judged("install", by_install)
    assert broken == {}


def test_an_install_that_sends_some_and_not_others_is_found(judged):
    first = iter([False] + [True] * 1_000)
    broken, _ = judged("install", lambda _: next(first))
    assert broken == {"D4": "a part of what one install sends or does not"}
