import pytest

PROFILE = "$process_person_profile"


@pytest.fixture
def judged(recorded, post, make_event, found):
    def judge(clause, name, properties):
        event = make_event(name)
        event["properties"] = properties
        return found(clause, recorded(post(event)))

    return judge


def test_p1_passes_false_and_that_is_its_control(judged, recorded, post, make_event, fired):
    assert not judged("P1", "search_performed", {PROFILE: False})
    assert fired("P1", recorded(post(make_event("search_performed"))))
    assert not fired("P1", recorded(post(make_event("worker_started", {PROFILE: True}))))


@pytest.mark.parametrize("flag", [0, 0.0, "false", "", None, True, {}, [], "absent"])
def test_p1_finds_anything_but_false(judged, flag):
    (finding,) = judged("P1", "search_performed", {PROFILE: flag})
    assert finding.expected == f"{PROFILE} exactly false on search_performed"


def test_p1_finds_a_flag_that_is_absent(judged):
    (finding,) = judged("P1", "search_performed", {})
    assert finding.observed == "absent"


def test_p1_lets_events_of_the_contract_build_a_profile(judged):
    assert not judged("P1", "worker_started", {})
    assert not judged("P1", "worker_started", {PROFILE: True})


@pytest.mark.parametrize("flag", [False, 1, "true", None, "absent"])
def test_p1_finds_a_profile_that_is_not_true(judged, flag):
    assert judged("P1", "worker_started", {PROFILE: flag})


def test_p1_leaves_unknown_events_to_a4(judged):
    assert not judged("P1", "undeclared_event", {})


@pytest.mark.parametrize("directive", ["$set", "$set_once"])
@pytest.mark.parametrize(
    ("person", "what"),
    [
        ({"trigger": "start"}, "trigger"),
        ({"os": {"name": "linux"}}, "an object under"),
        ({"os": "x" * 201}, "201 characters"),
        ({"is_wsl": None}, "null under"),
        ("linux", "lin"),
    ],
)
def test_p2_finds_what_is_no_person_property(
    *, post, make_event, history, found, directive, person, what
):
    inside = post(make_event("worker_started", {directive: person}))
    assert what in found("P2", history(requests=[inside]))[0].observed


def test_p2_judges_what_stands_beside_the_properties(post, make_event, history, found):
    beside = post(make_event("worker_started", **{"$set": {"trigger": "start"}}))
    assert found("P2", history(requests=[beside]))


def test_p2_passes_person_properties(post, make_event, history, found, fired):
    sent = post(make_event("worker_started", {"$set": {"os": "linux", "is_wsl": False}}))
    seen = history(requests=[sent])
    assert not found("P2", seen)
    assert fired("P2", seen)
    assert not fired("P2", history(requests=[post(make_event("worker_started"))]))
