"""Accepted findings: which are the same, what a file may say, and what a run makes of them."""

import datetime as dt
import importlib
import tomllib

import msgspec
import pytest

from payloadproof.clauses.registry import Finding
from payloadproof.errors import HarnessError
from payloadproof.evidence.quoting import UNMASKED, masked, named
from payloadproof.outcome import accepted
from payloadproof.outcome.accepted import Entry, kinds, today
from payloadproof.run.baseline import read, renewed, write
from payloadproof.run.check import check
from payloadproof.scenario import steps as do

SOUND = "door_counter:DoorCounterAdapter"
THROWS = "throws_at_everything:ThrowsAtEverything"
LATER = today() + dt.timedelta(days=1)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "baseline.toml"


def finding(observed, expected="nothing", clause="A1"):
    return Finding(clause=clause, expected=expected, observed=observed)


def planting(**properties):
    step = do.Capture(event="door_opened", properties=properties)
    return do.Scenario(steps=(step,), now_ms=0)


def fingerprint(observed, scenario=None, **also):
    return kinds(finding(observed, **also), scenario)[0][1]


def entry(clause="S1", print_="expected capture returns normally; observed it raised LookupError"):
    return Entry(clause=clause, fingerprint=print_, reason="known since May", expires=LATER)


def verdicts(report):
    return {one.clause: one.verdict for one in report.verdicts if one.verdict != "not_run"}


@pytest.fixture
def throws(plan, monkeypatch):
    """A plan for a door counter that sends, and then raises one kind of error."""

    def make(**also):
        made = plan(THROWS, **also)
        adapter = importlib.import_module("throws_at_everything").ThrowsAtEverything
        sends = adapter.__base__.capture

        def capture(self, event, properties, **more):
            sends(self, event, properties, **more)
            raise LookupError("no listener")

        monkeypatch.setattr(adapter, "capture", capture)
        return made

    return make


# which findings are the same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3 events", "-17 events"),
        ("1e+05 over 3", "0.25 over 11"),
        ("inf over 1", "2.5 over 1"),
        ("at 0x7f31ab", "at 0x10ee4"),
        (masked("a secret of one run"), masked("quite another, much longer one")),
        (masked({"door": "front of house"}), masked({"door": 3, "more": [1, {"in": "side"}]})),
        (masked([1, 2]), masked(["abcdefgh", [3]])),
    ],
)
def test_what_differs_from_run_to_run_is_left_out(one, other):
    assert fingerprint(one) == fingerprint(other)
    assert kinds(finding(one), None) == kinds(finding(other), None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("it raised KeyError", "it raised TypeError"),
        (f"key {named('debug_path')}", f"key {named('user_name')}"),
        ("null", "3"),
        ("base64", "base32"),
    ],
)
def test_what_makes_another_defect_stays(one, other):
    assert fingerprint(one) != fingerprint(other)


def test_the_clause_and_what_was_expected_are_part_of_the_kind():
    assert kinds(finding("it"), None) != kinds(finding("it", clause="A2"), None)
    assert kinds(finding("it"), None) != kinds(finding("it", expected="two"), None)


def test_a_name_that_the_scenario_planted_is_left_out():
    one = fingerprint(f"key {named('project')}", planting(project=1))
    other = fingerprint(f"key {named('room_name')}", planting(room_name=1))
    assert one == other == "expected nothing; observed key *"


def test_a_planted_name_in_prose_is_left_out():
    observed = "door_opened was sent with user_path"
    assert (
        fingerprint(observed, planting()) == "expected nothing; observed * was sent with user_path"
    )


def test_a_name_of_the_implementations_own_is_kept_and_recognised_where_it_is_planted():
    general, _ = kinds(finding('key "project"'), planting(door="front"))
    assert general[1] == 'expected nothing; observed key "project"'
    assert general in kinds(finding('key "project"'), planting(project=1))


def test_a_kind_that_a_check_names_goes_before_the_message():
    one = Finding(clause="A1", expected="a", observed="b 3", kind='"project" at door_opened 3')
    assert kinds(one, planting(door="front"))[0][1] == '"project" at door_opened 3'
    assert kinds(one, planting(project=1))[0][1] == "* at door_opened 3"
    assert kinds(one, planting(door="front"))[0] in kinds(one, planting(project=1))


def test_a_fingerprint_holds_no_text_of_a_value_though_it_is_unmasked():
    before = UNMASKED.set(True)
    try:
        said = fingerprint(masked("jane doe, 1 Main Street"))
    finally:
        UNMASKED.reset(before)
    assert "jane" not in said


# the file


def test_what_is_written_is_read_again(file):
    nasty = Entry(clause="A1", fingerprint='"a" \\ é', reason="line\nbreak\x7f", expires=LATER)
    write(file, [nasty, entry()])
    assert read(file).accepted == (entry(), nasty), "in the order of the clauses"
    tomllib.loads(file.read_text(encoding="utf-8"))


SOUND_ENTRY = {
    "clause": '"A1"',
    "fingerprint": '"expected a; observed b"',
    "reason": '"why"',
    "expires": "2030-12-31",
}


def written(file, **changes):
    lines = [f"{key} = {text}" for key, text in (SOUND_ENTRY | changes).items() if text]
    file.write_text("\n".join(["format = 1", "[[accepted]]", *lines]))


def test_an_entry_as_the_docs_show_it_is_read(file):
    written(file)
    assert read(file).accepted[0].expires == dt.date(2030, 12, 31)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"clause": '"Z9"'}, "there is no clause 'Z9'"),
        ({"clause": None}, "`clause`"),
        ({"fingerprint": None}, "`fingerprint`"),
        ({"fingerprint": '""'}, "$.accepted[0].fingerprint"),
        ({"reason": None}, "`reason`"),
        ({"reason": '"  "'}, "$.accepted[0].reason"),
        ({"expires": None}, "`expires`"),
        ({"expires": '"next year"'}, "$.accepted[0].expires"),
        ({"expires": "2030-02-31"}, "not a baseline"),
        ({"expires": "2030-12-31T12:00:00Z"}, "$.accepted[0].expires"),
        ({"author": '"me"'}, "`author`"),
    ],
)
def test_a_wrong_entry_is_refused_by_its_place(file, changes, said):
    written(file, **changes)
    with pytest.raises(HarnessError) as caught:
        read(file)
    assert caught.value.code == "baseline-malformed"
    assert said in str(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"format = 2", b"accepted = 3", b"[[", b"\xff\xfe"])
def test_what_is_no_baseline_is_refused(file, content):
    file.write_bytes(content)
    with pytest.raises(HarnessError, match="is not a baseline"):
        read(file)


def test_the_same_entry_twice_is_refused(file):
    write(file, [entry(), entry()])
    with pytest.raises(HarnessError, match="twice"):
        read(file)


def test_a_file_that_is_not_there_is_refused(file):
    with pytest.raises(HarnessError, match="cannot be read"):
        read(file)


def test_a_file_that_cannot_be_written_is_refused(file):
    with pytest.raises(HarnessError, match="cannot be written"):
        write(file / "below", [])


def test_renewing_keeps_reasons_and_drops_what_is_stale_or_found_anew(monkeypatch):
    monkeypatch.setattr("payloadproof.run.baseline.today", lambda: LATER)
    kept, stale, again = entry(), entry("A1", "gone"), entry("A2", "expired")
    entries = renewed([kept, stale, again], [again.kind, ("A7", "new")], stale=[stale])
    assert entries[0] == kept
    assert [one.kind for one in entries[1:]] == [again.kind, ("A7", "new")]
    assert {one.reason for one in entries[1:]} == {"TODO"}
    assert {one.expires for one in entries[1:]} == {LATER + dt.timedelta(days=90)}
    seldom = renewed([kept], [again.kind, ("A7", "new")], stale=(), seldom={"A7", "S1"})
    assert [one.seldom for one in seldom] == [False, False, True], "what was there stays as it was"


# a run


@pytest.mark.usefixtures("few")
def test_an_accepted_finding_is_shown_and_not_counted(throws):
    report = check(throws(only=("S1", "W1"), accepted=(entry(),)))
    assert verdicts(report) == {"S1": "accepted", "W1": "passed"}
    assert report.findings == ()
    assert report.accepted == (entry(),)
    assert next(one.reason for one in report.verdicts if one.clause == "S1") == "known since May"
    assert report.exit_code == 0


@pytest.mark.usefixtures("few")
def test_an_entry_is_good_on_its_last_day_and_not_after_it(throws, monkeypatch):
    a_plan = throws(only=("S1",), accepted=(entry(),))
    monkeypatch.setattr("payloadproof.outcome.accepted.today", lambda: LATER)
    assert check(a_plan).exit_code == 0
    monkeypatch.setattr("payloadproof.outcome.accepted.today", lambda: LATER + dt.timedelta(days=1))
    report = check(a_plan)
    assert verdicts(report) == {"S1": "failed"}
    assert report.exit_code == 1
    assert any(
        "S1 hostile values: the baseline accepted" in note and "known since May" in note
        for note in report.notes
    )


@pytest.mark.usefixtures("few")
def test_an_entry_whose_clause_passes_has_to_be_taken_out(plan):
    report = check(plan(SOUND, only=("S1",), accepted=(entry(),)))
    assert verdicts(report) == {"S1": "passed"}
    assert report.stale == (entry(),)
    assert report.exit_code == 1


@pytest.mark.usefixtures("few")
def test_an_entry_that_is_seldom_met_may_stay(plan, file):
    write(file, [msgspec.structs.replace(entry(), seldom=True)])
    report = check(plan(SOUND, only=("S1",), accepted=read(file).accepted))
    assert report.stale == ()
    assert report.exit_code == 0


@pytest.mark.usefixtures("few")
def test_an_entry_whose_clause_was_not_judged_may_stay(plan):
    report = check(plan(SOUND, only=("W1",), accepted=(entry(),)))
    assert report.stale == ()
    assert report.exit_code == 0


@pytest.mark.usefixtures("few")
def test_another_breach_of_the_same_clause_still_fails(plan, monkeypatch):
    plan_ = plan(THROWS, only=("S1",), accepted=(entry(),))
    module = importlib.import_module("throws_at_everything")
    first = module.ThrowsAtEverything.capture
    times = iter(range(10**6))

    def capture(self, event, properties, **also):
        if next(times) % 5 == 4:
            raise RuntimeError("and one more")
        first(self, event, properties, **also)

    monkeypatch.setattr(module.ThrowsAtEverything, "capture", capture)
    report = check(plan_)
    assert verdicts(report) == {"S1": "failed"}
    assert report.findings[0].observed == "it raised RuntimeError"
    assert report.accepted == (entry(),)


def test_the_day_is_that_of_utc():
    before = dt.datetime.now(dt.UTC).date()
    assert before <= accepted.today() <= dt.datetime.now(dt.UTC).date()
