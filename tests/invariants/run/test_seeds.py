"""One number decides every scenario of a run."""

import os
import subprocess
import sys

import pytest

from payloadproof.run import seeds

SCENARIOS = """
import sys
from hashlib import sha256
from hypothesis import HealthCheck, given, seed, settings
from payloadproof.contract import load
from payloadproof.generate.ground import Ground
from payloadproof.protocol import codec, messages
from payloadproof.run.properties import SUITE

everything = messages.Capabilities(
    ops=tuple(messages.OPS), clock="virtual", hostile=tuple(codec.HOSTILE)
)
ground = Ground(load("claude_mem"), everything, 1_760_000_000_000)
for prop in SUITE:
    if not prop.possible(ground):
        continue
    made = sha256(b"".join(case.encoded() for case in prop.cases(ground)))

    @seed(int(sys.argv[1]))
    @settings(
        max_examples=10, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(prop.scenarios(ground))
    def one(scenario):
        made.update(scenario.encoded())

    one()
    print(prop.name, made.hexdigest())
"""


def scenarios(seed, hashed):
    """A digest of what each property of the suite makes, in a process of its own."""
    command = [sys.executable, "-c", SCENARIOS, str(seed)]
    path = os.pathsep.join(filter(None, sys.path))
    env = os.environ | {"PYTHONHASHSEED": hashed, "PYTHONPATH": path}
    ran = subprocess.run(command, env=env, check=True, capture_output=True, text=True, timeout=300)
    return ran.stdout.splitlines()


@pytest.fixture
def of_one(once):
    """What the number 1 makes."""
    return once("scenarios-of-1", lambda _: scenarios(1, "1"))[1]


def test_a_seed_makes_the_same_scenarios_however_names_are_hashed(of_one):
    assert len(of_one) > 30
    assert scenarios(1, "2") == of_one


def test_another_seed_makes_others(of_one):
    pairs = zip(of_one, scenarios(2, "1"), strict=True)
    assert sum(one != other for one, other in pairs) > 30


def test_a_run_that_is_given_none_draws_one(plan):
    assert seeds.seed_of(plan("door_counter:DoorCounterAdapter", seed=0)) == 0
    fresh = plan("door_counter:DoorCounterAdapter", seed=None)
    assert seeds.seed_of(fresh) != seeds.seed_of(fresh)


def test_what_is_drawn_is_not_the_same_twice(monkeypatch):
    monkeypatch.undo()  # in these tests it is, but for the nightly ones
    assert len({seeds.drawn() for _ in range(20)}) > 15
