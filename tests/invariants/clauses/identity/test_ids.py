import base64
import hashlib
import secrets
import uuid

import pytest

from payloadproof.blackbox.casting import drawn
from payloadproof.evidence.runs import HOME_READ_ONLY, OTHER, Host
from payloadproof.recorder.capture_v1 import ILLEGAL_IDS


def random_id():
    return str(uuid.uuid4())


@pytest.fixture
def run(sent, event, run_with):
    """A run whose events carry these ids."""

    def make(*ids, **about):
        return run_with(sent(*(event(distinct_id=one) for one in ids)), **about)

    return make


@pytest.fixture
def saying(sent, run_with):
    """A run with these events."""
    return lambda *events: run_with(sent(*events))


@pytest.fixture
def stages():
    seed = secrets.token_hex(8)
    return drawn(seed), drawn(seed, OTHER)


# I1, one id


def test_i1_finds_two_ids_in_one_run(run, judged):
    (finding,) = judged("I1", run("install-1", "install-1", "install-2"))
    assert finding.observed.startswith("2 that no event joins")


def test_i1_finds_another_id_on_another_host(run, sent, event, judged):
    other = Host(name="b.example", kind="posthog", requests=(sent(event(distinct_id=random_id())),))
    assert judged("I1", run(random_id(), others=(other,)))


def test_i1_passes_one_id_on_every_event(run, judged, exercised):
    id_ = random_id()
    assert not judged("I1", run(id_, id_, id_))
    assert exercised("I1", run(id_, id_))
    # A program that sends one event keeps the promise with it; one that sends none says nothing.
    assert exercised("I1", run(id_))
    assert not exercised("I1", run())


@pytest.mark.parametrize(
    ("name", "key"),
    [("$identify", "$anon_distinct_id"), ("$create_alias", "alias")],
)
def test_i1_takes_two_ids_that_an_event_joins_for_one(name, key, event, saying, judged):
    one, other = random_id(), random_id()
    first = event(distinct_id=one)
    assert not judged("I1", saying(first, event(name, other, **{key: one})))
    assert judged("I1", saying(first, event(name, other)))


def test_i1_leaves_the_ids_of_groups_and_of_other_telemetry_out(run, sent, event, judged):
    groups = event("$groupidentify", "$company_acme")
    other = Host(name="b.example", kind="telemetry", requests=(sent(event(distinct_id="x")),))
    good = run("install-1", others=(other,))
    more = Host(name="c.example", kind="posthog", requests=(sent(groups),))
    assert not judged("I1", good, run("install-1", others=(more,)))


# I2, the same after a restart


def test_i2_finds_a_new_id_at_the_second_start(run, judged):
    runs = run(random_id(), home="h"), run(random_id(), home="h", start=2)
    (finding,) = judged("I2", *runs)
    assert finding.kind == "a new distinct id at the next start"


def test_i2_passes_the_old_id_at_the_second_start(run, judged, exercised):
    id_ = random_id()
    runs = run(id_, home="h"), run(id_, home="h", start=2)
    assert not judged("I2", *runs)
    assert exercised("I2", *runs)


def test_i2_does_not_compare_homes_of_their_own(run, judged, exercised):
    runs = run(random_id()), run(random_id(), start=2), run(random_id(), home="h")
    assert not judged("I2", *runs)
    assert not exercised("I2", *runs)


# I3, random


def test_i3_finds_one_id_in_two_fresh_homes(run, judged):
    assert judged("I3", run("a-machine"), run("a-machine"))


def test_i3_passes_an_id_drawn_for_each_home(run, judged, exercised):
    runs = run(random_id()), run(random_id())
    assert not judged("I3", *runs)
    assert exercised("I3", *runs)
    assert not exercised("I3", runs[0])


def test_i3_leaves_an_id_that_everybody_has_to_i5(run, judged):
    runs = run("cli"), run("cli"), run("cli", person=OTHER)
    assert not judged("I3", *runs)
    assert judged("I5", *runs)


def test_i3_does_not_look_at_a_second_start(run, judged):
    assert not judged("I3", run("a", home="h"), run("a", home="h", start=2))


def test_i3_finds_an_id_that_is_worked_out_where_the_home_cannot_be_written(run, judged):
    sound = run(random_id()), run(random_id())
    fallen_back = run("a-machine", fault=HOME_READ_ONLY), run("a-machine", fault=HOME_READ_ONLY)
    (finding,) = judged("I3", *sound, *fallen_back)
    assert "cannot be written" in finding.kind


def test_i3_passes_an_id_drawn_anew_where_the_home_cannot_be_written(run, judged, exercised):
    runs = run(random_id(), fault=HOME_READ_ONLY), run(random_id(), fault=HOME_READ_ONLY)
    assert not judged("I3", *runs)
    assert exercised("I3", *runs)


def test_i3_leaves_a_kept_id_in_a_home_that_cannot_be_written_any_more(run, judged):
    later = run("kept", home="h", start=3, fault=HOME_READ_ONLY)
    assert not judged("I3", later, run("kept", fault=HOME_READ_ONLY, home="h", start=4))


# I4, nobody's


@pytest.mark.parametrize(
    "id_",
    [
        lambda stage: stage.person.user,
        lambda stage: stage.person.email,
        lambda stage: stage.machine.host.upper(),
        lambda stage: f"id-{stage.machine.machine_id[4:20]}",
        lambda stage: stage.machine.mac.replace(":", ""),
        lambda stage: str(int(stage.machine.mac.replace(":", ""), 16)),
        lambda stage: base64.b64encode(stage.machine.host.encode()).decode(),
        lambda stage: f"/tmp/{stage.home}/x",
    ],
)
def test_i4_finds_a_name_or_an_address_in_an_id(run, judged, stages, id_):
    assert judged("I4", run(id_(stages[0]), planted=stages[0].planted))


def test_i4_finds_an_id_that_is_worked_out_from_the_card(run, judged, stages):
    def of(stage, **about):
        id_ = hashlib.sha256(stage.machine.mac.encode()).hexdigest()
        return run(id_, planted=stage.planted, **about)

    one, other = stages
    ones = of(one), of(one)
    changed = [
        of(one.changed(aspect, other), changed=aspect, name=f"with another {aspect}")
        for aspect in ("host", "card")
    ]
    (finding,) = judged("I4", *ones, of(other, person=OTHER), *changed)
    assert finding.observed.endswith(": card")
    assert judged("I4", *ones, of(other, person=OTHER))


def test_i4_passes_a_random_id(run, judged, exercised, stages):
    runs = [run(random_id(), planted=stages[0].planted) for _ in range(2)]
    runs.append(run(random_id(), planted=stages[1].planted, person=OTHER))
    assert not judged("I4", *runs)
    assert exercised("I4", *runs)


# I5, its own


@pytest.mark.parametrize(
    "id_", ["", *sorted(ILLEGAL_IDS), "Undefined", " null ", "'anonymous'", None]
)
def test_i5_finds_what_stands_for_no_id(run, judged, id_):
    assert judged("I5", run(id_))


def test_i5_finds_one_id_for_two_people(run, judged):
    (finding,) = judged("I5", run("cli-telemetry"), run("cli-telemetry", person=OTHER))
    assert finding.kind == "one distinct id for everybody"


def test_i5_passes_an_id_for_each(run, judged, exercised):
    runs = run(random_id()), run(random_id(), person=OTHER)
    assert not judged("I5", *runs)
    assert exercised("I5", *runs)


# I6, no new one beside the old


def test_i6_finds_a_new_id_where_the_old_one_can_be_read(run, judged):
    runs = run("a", home="h"), run("b", home="h", start=2, fault=HOME_READ_ONLY)
    (finding,) = judged("I6", *runs)
    assert HOME_READ_ONLY in finding.kind


def test_i6_passes_the_old_id_and_silence(run, judged, exercised, run_with):
    first = run("a", home="h")
    kept = run("a", home="h", start=2, fault=HOME_READ_ONLY)
    silent = run_with(home="h", start=3, fault=HOME_READ_ONLY)
    assert not judged("I6", first, kept, silent)
    assert exercised("I6", first, kept)
    assert not exercised("I6", first, silent)


def test_i6_says_nothing_of_an_untroubled_start(run, judged):
    assert not judged("I6", run("a", home="h"), run("b", home="h", start=2))


def test_i2_says_nothing_of_a_start_with_something_wrong(run, judged, exercised):
    runs = run("a", home="h"), run("b", home="h", start=2, fault="refused")
    assert not judged("I2", *runs)
    assert not exercised("I2", *runs)
