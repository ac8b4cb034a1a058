"""Scenarios: what is made can be stored and run again, and what fails is made small."""

import time

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payloadproof.contract import load
from payloadproof.generate.ground import Ground
from payloadproof.protocol import codec, messages
from payloadproof.run.first_light import first_light, lights_out
from payloadproof.run.properties import SUITE
from payloadproof.scenario import steps as do
from payloadproof.scenario.reduce import reduce

EVERYTHING = messages.Capabilities(
    ops=tuple(messages.OPS), clock="virtual", hostile=tuple(codec.HOSTILE)
)
NOTHING = messages.Capabilities(ops=("initialize", "scenario/start", "scenario/end", "exit"))


@pytest.fixture(params=["claude_mem", "door_counter"])
def ground(request, door_contract):
    contract = door_contract if request.param == "door_counter" else load(request.param)
    return Ground(contract, EVERYTHING, 1_760_000_000_000)


def stored(scenario):
    return msgspec.json.decode(scenario.encoded(), type=do.Scenario)


@pytest.mark.parametrize("prop", SUITE, ids=lambda prop: prop.name)
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_every_scenario_survives_its_file(ground, prop, data):
    if prop.possible(ground):
        scenario = data.draw(prop.scenarios(ground))
        assert stored(scenario) == scenario
        assert scenario.steps


def test_every_fixed_scenario_survives_its_file(ground):
    fixed = [first_light(ground), lights_out(ground)]
    fixed += [case for prop in SUITE if prop.possible(ground) for case in prop.cases(ground)]
    for scenario in fixed:
        assert stored(scenario) == scenario


def test_an_adapter_that_can_do_nothing_is_asked_for_nothing(ground):
    helpless = ground._replace(capabilities=NOTHING)
    assert [prop.name for prop in SUITE if prop.possible(helpless)] == []


def test_every_clause_is_aimed_at():
    from payloadproof.clauses.clause import clauses

    assert {aim for prop in SUITE for aim in prop.aims} == clauses().keys()


def test_canaries_are_planted_everywhere_and_counted():
    scenario = do.Scenario(
        now_ms=0,
        env={"A": "{canary:0}"},
        steps=(do.Capture(event="{canary:3}", properties={"{canary:1}": ["x{canary:2}"]}),),
    )
    assert scenario.canaries == 4
    (step,) = scenario.steps
    assert do.planted(step.properties, ("a", "b", "c", "d")) == {"b": ["xc"]}
    assert do.planted(7, ("a",)) == 7


# reduce


BULKY = do.Scenario(
    now_ms=0,
    env={"A": "1", "B": "2"},
    steps=(
        do.Capture(event="e", properties={"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}),
        do.Record(event="r", session=1, times=5),
        do.Flush(),
        do.Capture(event="e", properties={"a": 1}),
        do.Shutdown(),
    ),
)


def test_what_does_not_matter_is_left_out():
    def leaks(scenario):
        return any(isinstance(s, do.Capture) and "d" in s.properties for s in scenario.steps)

    small = reduce(BULKY, leaks, time.monotonic() + 60)
    steps = (do.Capture(event="e", properties={"d": 4}), do.Shutdown())
    assert small == do.Scenario(now_ms=0, steps=steps)


def test_what_matters_together_stays_together():
    def fails(scenario):
        kinds = [type(step) for step in scenario.steps]
        return do.Record in kinds and do.Shutdown in kinds and "B" in scenario.env

    small = reduce(BULKY, fails, time.monotonic() + 60)
    assert small.env == {"B": "2"}
    assert small.steps == (do.Record(event="r", session=1, times=1), do.Shutdown())


def test_what_cannot_be_made_smaller_stays():
    assert reduce(BULKY, lambda scenario: False, time.monotonic() + 60) == BULKY


def test_nothing_is_run_when_the_time_is_up():
    ran = []
    assert reduce(BULKY, ran.append, time.monotonic() - 1) == BULKY
    assert ran == []
