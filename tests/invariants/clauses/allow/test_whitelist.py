import pytest
from hypothesis import given
from hypothesis import strategies as st

from payloadproof.clauses.primitive import not_primitive
from payloadproof.scenario import steps as do

DIRTY = do.Capture(event="search_performed", properties={"project": "acme", "result_count": 1})
CLEAN = do.Capture(event="search_performed", properties={"result_count": 1})
ASTRAL = "\U0001f600"


@pytest.fixture
def judged(recorded, post, make_event, found):
    """Findings of a clause on one recorded event."""

    def judge(clause, name="search_performed", properties=None, **top_level):
        return found(clause, recorded(post(make_event(name, properties, **top_level))))

    return judge


# A1


def test_a1_passes_listed_keys(judged):
    good = {"result_count": 3, "outcome": "ok", "version": "1.0", "$geoip_disable": True}
    assert not judged("A1", properties=good)
    assert not judged("A1", type="capture", library="posthog-python", messageId="m")


def test_a1_finds_an_unlisted_property(judged):
    (finding,) = judged("A1", properties={"project": "acme-secret"})
    assert finding.observed == 'key "project", which the contract does not list'
    assert "acme-secret" not in repr(finding)


def test_a1_finds_a_key_beside_the_properties(judged):
    (finding,) = judged("A1", cwd="/home/alice")
    assert '"cwd"' in finding.observed


@pytest.mark.parametrize("key", ["$set", "$set_once"])
def test_a1_finds_a_person_property_in_the_properties_and_beside_them(judged, key):
    person = {"email": "alice@example.org", "os": "linux"}
    (finding,) = judged("A1", "worker_started", {key: person})
    assert '"email"' in finding.observed
    (finding,) = judged("A1", "worker_started", None, **{key: person})
    assert '"email"' in finding.observed


def test_a1_passes_listed_person_properties(judged):
    assert not judged("A1", "worker_started", {"$set": {"os": "linux"}})
    assert not judged("A1", "worker_started", None, **{"$set": {"os": "linux"}})


def test_a1_finds_a_key_of_the_batch(recorded, post, make_event, found):
    (finding,) = found("A1", recorded(post(make_event(), hostname="alices-laptop")))
    assert '"hostname" in the batch' in finding.observed
    assert "alices-laptop" not in repr(finding)


def test_a1_passes_the_keys_of_a_batch_that_posthog_reads(recorded, post, make_event, found):
    envelope = {"sent_at": "2026-10-01T10:00:00Z", "historical_migration": False}
    assert not found("A1", recorded(post(make_event(), **envelope)))


def test_a1_allows_an_events_own_properties_on_that_event_alone(judged):
    own = {"error_type": "TypeError"}
    assert not judged("A1", "$exception", own)
    assert judged("A1", "search_performed", own)


def test_a1_judges_events_that_nobody_declared(judged):
    assert judged("A1", "undeclared_event", {"project": "acme"})
    assert not judged("A1", "undeclared_event", {"outcome": "ok"})


def test_a1_has_its_control_when_unlisted_keys_were_planted(
    history, post, make_event, fired, recorded
):
    sent = [post(make_event())]
    assert fired("A1", history(DIRTY, requests=sent))
    assert not fired("A1", history(CLEAN, requests=sent))
    assert not fired("A1", history(DIRTY))
    assert fired("A1", recorded(*sent))


# A2


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (None, "null"),
        ({"inner": 1}, "an object"),
        ({}, "an object"),
        ([1], "a list"),
        ([], "a list"),
        ("x" * 201, "text of 201 characters"),
        (ASTRAL * 201, "text of 201 characters"),
    ],
)
def test_a2_finds_what_is_no_short_primitive(judged, value, what):
    (finding,) = judged("A2", properties={"outcome": value})
    assert finding.observed == f'{what} under "outcome"'


@pytest.mark.parametrize("value", ["", "x" * 200, ASTRAL * 200, 0, -1, 1.5, 10**300, True, False])
def test_a2_passes_short_primitives(judged, value):
    assert not judged("A2", properties={"outcome": value})


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (float("nan"), "not finite"),
        (float("inf"), "not finite"),
        ("half \ud83d", "half of a surrogate pair"),
        ("\ude00 half", "half of a surrogate pair"),
    ],
)
def test_what_json_can_hardly_hold_is_no_primitive_either(value, what):
    assert what in not_primitive(value, 200)


@given(st.text(max_size=250))
def test_text_is_measured_in_code_points(text):
    broken = any("\ud800" <= char <= "\udfff" for char in text)
    assert (not_primitive(text, 200) is None) == (len(text) <= 200 and not broken)


def test_a2_leaves_person_properties_and_the_exceptions_own_fields_to_others(judged):
    assert not judged("A2", "worker_started", {"$set": {"os": "linux"}})
    assert not judged("A2", "$exception", {"error_stack": "x" * 2_000})
    assert judged("A2", "$exception", {"error_category": "x" * 201})


def test_a2_has_its_control_when_an_event_arrived(recorded, post, make_event, fired):
    assert fired("A2", recorded(post(make_event())))
    assert not fired("A2", recorded())


# A3


def test_a3_passes_directives_and_stamps(judged):
    good = {"$set": {}, "$geoip_disable": True, "$lib": "posthog-python", "$lib_version": "7"}
    assert not judged("A3", properties=good)


@pytest.mark.parametrize("key", ["$ip", "$current_url", "$set_once", "$groups", "$session_id"])
def test_a3_finds_a_directive_that_the_contract_does_not_know(judged, key):
    (finding,) = judged("A3", properties={key: "1"})
    assert key in finding.evidence[0] or key[:4] in finding.evidence[0]


def test_a3_finds_a_directive_beside_the_properties(judged):
    assert judged("A3", None, **{"$set_once": {"os": "linux"}})
    assert not judged("A3", None, **{"$set": {"os": "linux"}})


def test_a3_has_its_control_when_an_event_arrived(recorded, post, make_event, fired):
    assert fired("A3", recorded(post(make_event())))
    assert not fired("A3", recorded())


# A4


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("undeclared_event", "which it does not list"),
        ("$pageview", "which it does not list"),
        ("session_compressed", "which the contract forbids"),
        ("test_event", "which the contract forbids"),
        (7, "which it does not list"),
        (None, "which it does not list"),
        (["search_performed"], "which it does not list"),
    ],
)
def test_a4_finds_an_event_of_no_contract(judged, name, what):
    (finding,) = judged("A4", name)
    assert finding.observed.endswith(what)


def test_a4_passes_every_event_of_the_contract(judged, contract):
    for name in contract.events:
        assert not judged("A4", name)


def test_a4_finds_a_body_that_is_no_event(recorded, post, found):
    assert found("A4", recorded(post(body=b'{"batch": ["not an event", 7]}')))


def test_a4_has_its_control_when_stray_events_were_captured(
    history, post, make_event, fired, recorded
):
    sent = [post(make_event())]
    stray = do.Capture(event="undeclared_event")
    assert fired("A4", history(CLEAN, stray, requests=sent))
    assert not fired("A4", history(CLEAN, requests=sent))
    assert fired("A4", recorded(*sent))


# what a report may show


def test_no_evidence_shows_the_name_of_an_event_or_a_query(recorded, post, make_event, found):
    secret = "Alice Liddell, 7 Wonderland Road"
    event = make_event(secret, {"project": "x", "$ip": "y", "outcome": None})
    sent = recorded(post(event, path="/batch/?who=wonderland-alice-liddell"))
    for clause in ("A1", "A2", "A3", "A4", "P1", "W1"):
        for finding in found(clause, sent):
            assert "Wonderland" not in repr(finding.evidence)
            assert "liddell" not in repr(finding.evidence)
