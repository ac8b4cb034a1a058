"""Holds the page on telemetry to the contract: switches, order, figures and queries."""

import re

import pytest

from payloadproof.contract import ConsentFile, load
from payloadproof_reference.redaction.rules import FRAMES, RULES

PAGE = "docs/telemetry.md"
#: PostHog's own columns need no contract.
PERSON_MODES = {"full", "force_upgrade"}


@pytest.fixture(scope="module")
def contract():
    return load("claude_mem")


@pytest.fixture(scope="module")
def queries(page):
    return [block.text for block in page(PAGE).blocks if block.language == "sql"]


def events_in(query):
    named = re.findall(r"\bevent (=|IN|NOT IN) (\([^)]*\)|'[^']*')", query)
    return {name for _, names in named for name in re.findall(r"'([^']*)'", names)}


def keys_in(query):
    return {*re.findall(r"\bproperties\.([$\w]+)", query)}


def carried(contract, name):
    event = contract.events[name]
    return {*event.properties, *event.own_properties, *(contract.base if event.base else ())}


def unknown(contract, query):
    """What a query names and the contract does not: events, and keys that none of them carries."""
    named = events_in(query)
    events = named & {*contract.events} or {*contract.events}
    keys = set().union(*(carried(contract, name) for name in events))
    return (named - {*contract.events} - {*contract.forbidden_events}) | (keys_in(query) - keys)


def test_the_queries_name_what_the_contract_has(contract, queries):
    assert len(queries) > 4
    assert [unknown(contract, query) for query in queries] == [set()] * len(queries)
    assert set().union(*map(keys_in, queries))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count() FROM events WHERE event = 'observer_turn_rolup'",
        "SELECT properties.outcome FROM events WHERE event = 'context_injected_rollup'",
        "SELECT 1 FROM events WHERE event IN ('worker_started', 'turn_rollup')",
    ],
)
def test_a_query_with_a_stale_name_would_be_noticed(contract, query):
    assert unknown(contract, query)


def test_every_text_in_a_query_is_an_event_or_a_person_mode(queries):
    for query in queries:
        assert {*re.findall(r"'([^']*)'", query)} - events_in(query) <= PERSON_MODES


def test_the_query_for_what_no_contract_lists_leaves_out_exactly_the_contract(contract, queries):
    (query,) = (one for one in queries if "event NOT IN" in one)
    assert events_in(query) == {*contract.events}


def test_the_query_for_raw_occurrences_names_all_of_them(contract, queries):
    assert {*contract.occurrences} in [events_in(query) for query in queries]


def test_the_page_has_the_layers_of_consent_in_their_order(contract, page):
    table = page(PAGE).text.partition("## Turn it off")[2].partition("\n\n| ")[2]
    names = [
        layer.path if isinstance(layer, ConsentFile) else layer.variable
        for layer in contract.consent.layers
    ]
    places = [table.index(f"| `{name}`") for name in names]
    assert places == sorted(places)
    rows = table.partition("\n\n")[0].splitlines()
    assert rows[-1] == f"| none of these | {contract.consent.default} |"


def test_the_page_names_every_switch(contract, page):
    text = page(PAGE).text
    assert f"{contract.variables.debug}=1" in text
    assert f"{contract.variables.errors}=0" in text


def test_the_page_has_the_bounds_of_the_contract(contract, page):
    text = " ".join(page(PAGE).text.split())
    errors = contract.events["$exception"].ceiling_per_day
    assert f"at most {errors:,} in a day (B5 repeated errors, B8 daily event ceilings)" in text
    assert f"above {errors:,} in a day" in text
    assert f"at most {contract.events['context_injected_rollup'].ceiling_per_day} in a day" in text
    assert f"{contract.limits.safety_max_records:,} records" in text


def test_every_rule_of_redaction_is_in_the_docs_in_its_order(page):
    rows = re.findall(r"^\| `(\w+)` \| ", page("docs/reference/redaction.md").text, re.MULTILINE)
    assert rows == [rule.name for rule in RULES if rule not in FRAMES]
    text = page("docs/reference/redaction.md").text
    places = [text.index(f"| {frame.software} | ") for frame in FRAMES]
    assert all(places)
    assert text.count("`<value>` |") == sum(frame.marker == "<value>" for frame in FRAMES)
