import pytest

from payloadproof.scenario import steps as do

NAME = "search_performed"


def capture(**properties):
    return do.Capture(event=NAME, properties=properties)


def test_a5_passes_declared_base_and_directive_keys(history, arrived, found, fired):
    sent = arrived(0, endpoint="search", version="1.2.3", **{"$lib": "x", "$geoip_disable": False})
    seen = history(capture(hook_type="context"), requests=[sent])
    assert not found("A5", seen)
    assert fired("A5", seen)


def test_a5_finds_a_key_of_another_event(history, arrived, found):
    (finding,) = found("A5", history(requests=[arrived(0, hook_type="context")]))
    assert "hook_type" in finding.observed


def test_a5_leaves_unlisted_keys_and_events_to_others(history, arrived, found):
    requests = [arrived(0, prompt="x"), arrived(0, "undeclared", hook_type="context")]
    assert not found("A5", history(requests=requests))


def test_a5_lets_a_past_day_have_no_base(history, arrived, found):
    assert found("A5", history(requests=[arrived(0, "historical_activity", version="1.2.3")]))


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("endpoint", "please summarise this", "shape of a slug"),
        ("endpoint", "/home/acme/work", "shape of a slug"),
        ("version", "192.0.2.17", "network address"),
        ("outcome", "fine", "not one of"),
        ("result_count", -1, "negative"),
        ("result_count", True, "whole number"),
        ("chroma_available", "true", "true or false"),
    ],
)
def test_a6_finds_a_value_that_does_not_fit(*, history, arrived, found, key, value, what):
    (finding,) = found("A6", history(requests=[arrived(0, **{key: value})]))
    assert what in finding.observed
    assert key in finding.expected


def test_a6_passes_what_fits_and_fires_for_what_was_dropped(history, arrived, found, fired):
    requests = [arrived(0, endpoint="search", result_count=3.0)]
    seen = history(capture(endpoint="two words"), requests=requests)
    assert not found("A6", seen)
    assert fired("A6", seen)
    assert not fired("A6", history(capture(endpoint="search"), requests=requests))


def test_a6_leaves_what_is_no_primitive_to_a2(history, arrived, found):
    values = [{"endpoint": {"a": 1}}, {"result_count": None}, {"endpoint": "x" * 201}]
    assert not found("A6", history(requests=[arrived(0, **one) for one in values]))


def test_a6_judges_person_properties_and_names(history, arrived, found):
    (person,) = found(
        "A6", history(requests=[arrived(0, "worker_started", **{"$set": {"ide": "my own ide"}})])
    )
    assert "ide" in person.expected
    (name,) = found("A6", history(requests=[arrived(0, "user opened /home/acme")]))
    assert "name" in name.expected
    assert not found("A6", history(requests=[arrived(0, "undeclared"), arrived(0, "$exception")]))
