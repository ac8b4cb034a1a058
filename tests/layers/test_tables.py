"""The reference has tables of its own, so that a typo in one place cannot hide in both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payloadproof import contract as contracts
from payloadproof.contract.values import misfit
from payloadproof.generate.payloads import fitting
from payloadproof_reference import consent, rollup
from payloadproof_reference.whitelist import WHITELIST

CONTRACT = contracts.load("claude_mem")
ANYTHING = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.text(alphabet="abz019._:+-/ @", max_size=120),
)


def test_the_keys_are_the_contract_s():
    assert set(WHITELIST.shapes) == set(CONTRACT.properties)


def test_the_events_are_the_contract_s():
    assert set(WHITELIST.events) == set(CONTRACT.events)


@pytest.mark.parametrize("name", CONTRACT.events)
def test_an_event_is_the_contract_s(name):
    ours, promised = WHITELIST.events[name], CONTRACT.events[name]
    assert ours.kind == promised.kind
    assert ours.ceiling == promised.ceiling_per_day
    declared = {*promised.properties, *(CONTRACT.base if promised.base else ())}
    assert set(ours.properties) == declared


def test_person_properties_are_the_contract_s():
    assert set(WHITELIST.people) == set(CONTRACT.person)


@pytest.mark.parametrize("name", CONTRACT.occurrences)
def test_an_occurrence_is_the_contract_s(name):
    assert set(WHITELIST.occurrences[name]) == set(CONTRACT.occurrences[name].properties)


@pytest.mark.parametrize(
    ("event", "ours"),
    [("observer_turn_rollup", rollup.TURN), ("context_injected_rollup", rollup.CONTEXT)],
)
def test_a_rollup_is_folded_as_the_contract_says(event, ours):
    promised = CONTRACT.events[event].fold.properties
    by_op = {
        op: {key: tally.of for key, tally in promised.items() if tally.op == op}
        for op in ("sum", "mean")
    }
    outcomes = {
        key: tally.equals for key, tally in promised.items() if tally.op == "count" and tally.of
    }
    assert dict(ours.sums) == by_op["sum"]
    assert dict(ours.means) == by_op["mean"]
    assert {f"outcomes_{outcome}": outcome for outcome in ours.outcomes} == outcomes


def test_the_consent_chain_is_the_contract_s():
    layers = [getattr(layer, "variable", None) or layer.path for layer in CONTRACT.consent.layers]
    assert [name for name, _ in consent.LAYERS] == [*layers, "default"]


@given(
    st.sampled_from(sorted(CONTRACT.properties)).flatmap(
        lambda key: st.tuples(st.just(key), fitting(CONTRACT.properties[key]))
    )
)
def test_what_the_contract_admits_passes_the_reference(entry):
    key, value = entry
    assert WHITELIST.fits(key, value)


@given(st.sampled_from(sorted(CONTRACT.properties)), ANYTHING)
def test_what_passes_the_reference_fits_the_contract(key, value):
    if WHITELIST.fits(key, value):
        longest = CONTRACT.limits.string_max_chars
        assert misfit(CONTRACT.properties[key], value, string_max_chars=longest) is None
