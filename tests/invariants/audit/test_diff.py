import itertools
import json
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from payloadproof.audit.diff import Change, Side, changes, markdown, reason_for, reasons, side
from payloadproof.errors import HarnessError

KNOWN = {"outcome": "ok", "result_count": 3, "$process_person_profile": False}


def event(name="search_performed", /, **properties):
    return {
        "event": name,
        "distinct_id": "install",
        "timestamp": "2026-11-01T12:00:00+00:00",
        "properties": {**KNOWN, **properties},
    }


@pytest.fixture
def compared(tmp_path):
    """The changes between two lists of events, as `what place said`."""

    def compare(old, new):
        sides = []
        for name, events in (("old", old), ("new", new)):
            path = tmp_path / f"{name}.json"
            path.write_text(json.dumps(events))
            sides.append(side(path))
        return changes(*sides)

    return compare


def test_the_same_is_no_change(compared):
    assert compared([event()], [event()]) == ()


@pytest.mark.parametrize(
    ("new", "place", "said"),
    [
        (event("hook_failed"), "hook_failed", "a new event, with"),
        (event(locale="en"), "search_performed.locale", "a new key: en"),
        (event(outcome="partial"), "search_performed.outcome", "new values: partial"),
        (event(outcome=7), "search_performed.outcome", "now number too"),
        (event(outcome="/home/alice"), "search_performed.outcome", "no plain words"),
        (event(**{"$set": {"os": "linux"}}), "search_performed.$set.os", "a new key"),
        (
            event(**{"$process_person_profile": "false"}),
            "search_performed.$process_person_profile",
            "it was false",
        ),
    ],
)
def test_what_is_new_is_said(compared, new, place, said):
    found = compared([event()], [event(), new])
    mine = [one for one in found if one.place == place]
    assert [one.what for one in mine] == ["new"]
    assert said in mine[0].said
    assert "alice" not in mine[0].said


def test_numbers_and_versions_may_differ(compared):
    assert compared([event(result_count=1, version="1.0")], [event(version="2.0.1")]) == ()


def test_what_is_gone_is_said_and_is_not_new(compared):
    found = compared([event(locale="en"), event("hook_failed")], [event()])
    assert {(one.what, one.place) for one in found} == {
        ("gone", "hook_failed"),
        ("gone", "search_performed.locale"),
    }


def test_more_of_an_event_a_day_is_new(compared):
    assert compared([event()] * 2, [event()] * 3) == ()
    (grown,) = compared([event()] * 2, [event()] * 4)
    assert (grown.what, grown.place) == ("new", "search_performed")
    (less,) = compared([event()] * 4, [event()] * 2)
    assert less.what == "gone"


def test_contracts_are_compared_too(tmp_path, door_contract_file):
    text = door_contract_file.read_text()
    assert changes(side(door_contract_file), side(door_contract_file)) == ()
    wider = tmp_path / "wider.toml"
    wider.write_text(text.replace('values = ["', 'values = ["another", "', 1))
    found = changes(side(door_contract_file), side(wider))
    assert {one.said for one in found} == {"new values: another"}


def test_a_shipped_contract_is_known_by_its_name(door_contract_file):
    known, other = side(Path("claude_mem")), side(door_contract_file)
    assert "observer_turn_rollup" in known.surface.events
    assert changes(known, known) == ()
    assert changes(known, other)


def test_a_directory_of_goldens_is_one_side(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.json").write_text(json.dumps([event()]))
    assert side(tmp_path).surface.events["search_performed"].times == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(HarnessError, match="there is no file in"):
        side(empty)


def test_a_reason_covers_its_place_or_its_event(compared, tmp_path):
    file = tmp_path / "reasons.txt"
    file.write_text(
        "# of this release\n\n"
        "search_performed.locale: to sort by language\nhook_failed: new\nx: y\n"
    )
    given = reasons(file)
    found = compared([event()], [event(locale="en", outcome="partial"), event("hook_failed")])
    covered = {one.place: reason_for(one, given) for one in found if one.what == "new"}
    assert covered == {
        "hook_failed": "new",
        "search_performed.locale": "to sort by language",
        "search_performed.outcome": None,
    }
    page = markdown(side(tmp_path / "old.json"), side(tmp_path / "new.json"), found, given)
    assert "| `search_performed.outcome` | new values: partial | **none given** |" in page
    assert "Reasons that explain nothing: `x`" in page


def test_reasons_that_cannot_be_read_are_named_once(tmp_path):
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(HarnessError) as caught:
            reasons(path)
        assert caught.value.message.count(str(path)) == 1


@pytest.mark.parametrize("line", ["no colon", "a b: c", "a:", ": b", '"\\q": b', '"a: b'])
def test_a_malformed_reason_is_named(tmp_path, line):
    file = tmp_path / "reasons.txt"
    file.write_text(f"ok: yes\n{line}\n")
    with pytest.raises(HarnessError, match="line 2"):
        reasons(file)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
AWKWARD = ["user signed up", "a.b", "a: b", 'say "hi"', "a|b", "`a`", "#1", "\x1b[2J\n", "\\", "é"]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(NAMES, st.none() | NAMES)
@example("user signed up", None)
@example("a.b", "c d")
@example('"', "\\")
@example("#1", "a|`b")
def test_every_place_can_be_given_a_reason(tmp_path, event, key):
    change = Change("new", event, key, "a new key")
    file = tmp_path / "reasons.txt"
    file.write_text(f"{change.place}: because\n", encoding="utf-8")
    assert change.place.isprintable()
    assert reasons(file) == {change.place: "because"}
    assert reason_for(change, reasons(file)) == "because"
    assert reason_for(change._replace(event=f"{event}2"), reasons(file)) is None


def test_a_reason_for_an_event_with_an_awkward_name_covers_its_keys(tmp_path):
    file = tmp_path / "reasons.txt"
    file.write_text("".join(f"{Change('new', one, None, '').place}: why\n" for one in AWKWARD))
    given = reasons(file)
    assert len(given) == len(AWKWARD)
    assert {reason_for(Change("new", one, "key", ""), given) for one in AWKWARD} == {"why"}


def test_a_page_shows_names_as_they_are_and_keeps_its_tables():
    empty = side(Path("claude_mem")).surface
    old, new = (Side(name, empty, measured=False) for name in ("old | `1`", "<new>"))
    found = [Change("new", one, one, f"new values: {one}, *b*") for one in AWKWARD]
    found += [Change("gone", one, None, "no longer sent") for one in AWKWARD]
    page = markdown(old, new, tuple(found), {"x`y": "z"})
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    assert sum(token.type == "td_open" for token in tokens) == 3 * len(AWKWARD) + 2 * len(AWKWARD)
    inline = [child for token in tokens for child in token.children or ()]
    codes = [child.content for child in inline if child.type == "code_inline"]
    assert codes[:2] == ["<new>", "old | `1`"]
    assert codes[2:-1] == [*(one.place for one in found)]
    assert codes[-1] == "x`y"
    assert not {child.type for child in inline} & {"em_open", "html_inline", "link_open"}


@pytest.mark.parametrize("without", [1, 4])
def test_a_key_that_asked_for_less_and_is_gone_is_new_and_wants_a_reason(tmp_path, without):
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    asking = event()
    asking["properties"] = {**asking["properties"], "$geoip_disable": True}
    old.write_text("".join(json.dumps(asking) + "\n" for _ in range(4)))
    rows = [event()] * without + [asking] * (4 - without)
    new.write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = [one for one in changes(side(old), side(new)) if one.place.endswith("$geoip_disable")]
    assert [one.what for one in told] == ["new"]
    assert "place" in told[0].said
    assert not [one for one in changes(side(new), side(old)) if "looked up" in one.said]


def test_a_contract_beside_goldens_asks_for_no_stamp_that_it_cannot_declare(tmp_path):
    golden = tmp_path / "a.json"
    asking = event()
    asking["properties"] = {**asking["properties"], "$geoip_disable": True}
    golden.write_text(json.dumps([asking]))
    found = changes(side(golden), side(Path("claude_mem")))
    assert not [one for one in found if "geoip" in one.place and one.what == "new"]


IDS = {
    "a UUID of version 4": "1d0f8e8c-6c0c-4f0e-9a6e-7a3f0c1b2d3e",
    "a UUID of version 7": "019ace2b-6c0c-7f0e-9a6e-7a3f0c1b2d3e",
    "32 hexadecimal digits": "1d0f8e8c6c0c4f0e9a6e7a3f0c1b2d3e",
    "an e-mail address": "ada@example.org",
    "a network address": "203.0.113.7",
    "a number": 4711,
    "text with a number behind it": "install-17",
    "other text": "ada",
    "none": None,
}


@pytest.mark.parametrize("key", ["distinct_id", "uuid", "account_id", "$session_id"])
@pytest.mark.parametrize(("old", "new"), [*itertools.permutations(IDS, 2)])
def test_another_form_of_an_id_is_new_and_wants_a_reason(compared, key, old, new):
    def sent(form):
        if key in ("distinct_id", "uuid"):
            return event() | {key: IDS[form]}
        return event(**{key: IDS[form]})

    found = compared([sent(old)], [sent(old), sent(new)])
    mine = [one for one in found if one.place.endswith(key) and " it was " in one.said]
    assert ("new", f"now {new}: it was {old}") in {(one.what, one.said) for one in mine}
    assert not [one for one in compared([sent(old)], [sent(old)]) if one.what == "new"]


def test_ids_of_one_form_are_no_change(compared):
    old, new = (event() | {"distinct_id": str(uuid.uuid4())} for _ in "ab")
    assert compared([old], [new]) == ()


def test_a_recording_has_what_every_event_may_have_and_its_contract_does_not_call_it_new(tmp_path):
    golden = tmp_path / "a.json"
    stamps = {"$geoip_disable": True, "$lib": "posthog-node", "$lib_version": "4.2.0"}
    golden.write_text(json.dumps([event(**stamps), event(**stamps, unlisted=1)]))
    new = [one for one in changes(side(Path("claude_mem")), side(golden)) if one.what == "new"]
    assert [one.place for one in new] == ["search_performed.unlisted"]
