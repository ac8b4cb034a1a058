from __future__ import annotations

import json
import os
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payloadproof_reference import consent as module
from payloadproof_reference.consent import Consent

OFF = ["0", "false", "off", "n", "no", "none", "disable", "disabled", " OFF ", "No", "\tDISABLED\n"]
ON = ["1", "true", "on", " TRUE ", "On"]
NEITHER = ["", " ", "2", "maybe", "yes", "enabled"]


def put(data_dir, text):
    data_dir.mkdir(exist_ok=True)
    (data_dir / "telemetry.json").write_text(text)


def names(data_dir):
    return [path.name for path in data_dir.iterdir()]


def stored(data_dir):
    return json.loads((data_dir / "telemetry.json").read_text())


@pytest.mark.parametrize("value", ["1", "true", "no", "off", " ", "FALSE", "00", "False"])
def test_do_not_track_beats_everything(value, data_dir):
    put(data_dir, '{"enabled": true}')
    env = {"DO_NOT_TRACK": value, "CLAUDE_MEM_TELEMETRY": "1"}
    assert Consent(env, data_dir).verdict() == ("DO_NOT_TRACK", False)


@pytest.mark.parametrize("value", ["", "0", "false"])
def test_do_not_track_is_unset_for_three_values_only(value, data_dir):
    assert Consent({"DO_NOT_TRACK": value}, data_dir).verdict() == ("default", True)


@pytest.mark.parametrize(
    ("value", "expected"), [*((v, False) for v in OFF), *((v, True) for v in ON)]
)
def test_the_variable_beats_the_file(value, expected, data_dir):
    put(data_dir, json.dumps({"enabled": not expected}))
    consent = Consent({"CLAUDE_MEM_TELEMETRY": value}, data_dir)
    assert consent.verdict() == ("CLAUDE_MEM_TELEMETRY", expected)


@pytest.mark.parametrize("value", NEITHER)
@pytest.mark.parametrize("recorded", [True, False])
def test_a_word_that_decides_nothing_falls_through_to_the_file(value, recorded, data_dir):
    put(data_dir, json.dumps({"enabled": recorded}))
    consent = Consent({"CLAUDE_MEM_TELEMETRY": value}, data_dir)
    assert consent.verdict() == ("telemetry.json", recorded)


@pytest.mark.parametrize("text", ["{}", '{"enabled": null}', '{"installId": "x"}'])
def test_a_file_without_a_decision_leaves_the_default(text, data_dir):
    put(data_dir, text)
    assert Consent({}, data_dir).verdict() == ("default", True)


def test_a_missing_file_is_no_decision(data_dir):
    assert Consent({}, data_dir).verdict() == ("default", True)


def test_a_file_in_the_place_of_the_directory_is_no_decision(data_dir):
    data_dir.write_text("")
    assert Consent({}, data_dir).allowed()
    assert uuid.UUID(Consent({}, data_dir).install_id()).version == 4


DAMAGED = [
    "",
    " ",
    "{",
    "[]",
    "null",
    "true",
    '"off"',
    '{"enabled": 0}',
    '{"enabled": "false"}',
    '{"enabled": []}',
    "[" * 100_000,
    '{"enabled": true}' + " " * 1_000_000,
]


@pytest.mark.parametrize("text", DAMAGED, ids=lambda text: text[:20])
def test_a_damaged_file_is_an_opt_out_and_stays_as_it_is(text, data_dir):
    put(data_dir, text)
    consent = Consent({}, data_dir)
    assert consent.verdict() == ("telemetry.json", False)
    # The variable still beats the file, and then an id is needed: it must not go in there.
    first, second = (
        Consent({"CLAUDE_MEM_TELEMETRY": "1"}, data_dir).install_id() for _ in range(2)
    )
    assert first != second
    assert (data_dir / "telemetry.json").read_text() == text
    assert names(data_dir) == ["telemetry.json"]


def test_bytes_that_are_no_text_are_damaged(data_dir):
    put(data_dir, "")
    (data_dir / "telemetry.json").write_bytes(b"\xff\xfe\xff")
    assert not Consent({}, data_dir).allowed()


def full_device(path):
    path.symlink_to("/dev/full")


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, full_device])
def test_what_is_no_regular_file_is_damaged(make, data_dir):
    data_dir.mkdir()
    make(data_dir / "telemetry.json")
    assert not Consent({}, data_dir).allowed()


def test_a_file_that_cannot_be_opened_is_damaged(data_dir, monkeypatch):
    # As root every file can be read, so the refusal is made here.
    put(data_dir, '{"enabled": true}')

    def refused(*_):
        raise PermissionError

    monkeypatch.setattr(module.os, "open", refused)
    assert not Consent({}, data_dir).allowed()


def test_changes_are_honoured_at_the_next_call(data_dir):
    env = {}
    consent = Consent(env, data_dir)
    assert consent.allowed()
    env["DO_NOT_TRACK"] = "1"
    assert not consent.allowed()
    del env["DO_NOT_TRACK"]
    assert consent.allowed()
    for enabled in (False, True) * 20:
        put(data_dir, json.dumps({"enabled": enabled}).ljust(20))
        assert consent.allowed() is enabled
    (data_dir / "telemetry.json").unlink()
    assert consent.verdict() == ("default", True)


def test_a_settled_file_is_read_once_and_again_when_its_stat_changes(data_dir, monkeypatch):
    put(data_dir, '{"enabled": true}')
    path = data_dir / "telemetry.json"
    os.utime(path, ns=(10**18, 10**18))
    reads = []
    read = module._read
    monkeypatch.setattr(module, "_read", lambda where: reads.append(where) or read(where))
    consent = Consent({}, data_dir)
    assert consent.allowed()
    assert consent.allowed()
    assert len(reads) == 1
    path.write_text('{"enabled":false}')
    os.utime(path, ns=(10**18, 10**18 + 1))
    assert not consent.allowed()
    assert len(reads) == 2


def test_the_id_is_a_random_uuid_that_stays(data_dir):
    first = Consent({}, data_dir)
    assert uuid.UUID(first.install_id()).version == 4
    assert first.install_id() == first.install_id() == Consent({}, data_dir).install_id()
    assert stored(data_dir) == {"installId": first.install_id()}
    assert names(data_dir) == ["telemetry.json"]


@pytest.mark.parametrize("bad", ["", "x", 7, None, str(uuid.UUID(int=0)), "of version 1"])
def test_a_bad_id_is_replaced_and_all_else_kept(bad, data_dir):
    kept = {"enabled": True, "decidedAt": "2026-01-01", "later": {"nested": [1, "\ud800"]}}
    # Made here: a parameter that no other run has would name a test that no other run has.
    bad = str(uuid.uuid1()) if bad == "of version 1" else bad
    put(data_dir, json.dumps({**kept, "installId": bad}))
    made = Consent({}, data_dir).install_id()
    assert stored(data_dir) == {**kept, "installId": made}


def test_a_good_id_is_used_as_it_is(data_dir):
    known = str(uuid.uuid4()).upper()
    text = json.dumps({"installId": known})
    put(data_dir, text)
    assert Consent({}, data_dir).install_id() == known
    assert (data_dir / "telemetry.json").read_text() == text


def test_no_id_is_written_while_consent_is_off(data_dir):
    Consent({"DO_NOT_TRACK": "1"}, data_dir).install_id()
    assert not data_dir.exists()


def test_a_process_that_cannot_write_keeps_an_id_of_its_own(data_dir, monkeypatch):
    def refused(*_args, **_kwargs):
        raise OSError("read-only file system")

    monkeypatch.setattr(module, "_publish", refused)
    consent = Consent({}, data_dir)
    assert consent.install_id() == consent.install_id()
    assert not (data_dir / "telemetry.json").exists()


@pytest.mark.parametrize("before", [None, '{"enabled": true}'])
def test_processes_that_start_at_once_agree_on_the_id(before, data_dir):
    if before is not None:
        put(data_dir, before)
    barrier = threading.Barrier(8)

    def start(_):
        consent = Consent({}, data_dir)  # locks of its own, as another process has
        barrier.wait()
        return consent.install_id()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(8)))) == 1


@pytest.mark.parametrize("before", [None, "{}"])
def test_an_opt_out_written_in_between_is_not_overwritten(before, data_dir, monkeypatch):
    if before is not None:
        put(data_dir, before)
    publish = module._publish

    def late(path, *rest):
        put(data_dir, '{"enabled": false}')
        publish(path, *rest)

    monkeypatch.setattr(module, "_publish", late)
    consent = Consent({}, data_dir)
    consent.install_id()
    assert stored(data_dir) == {"enabled": False}
    assert not consent.allowed()
    assert names(data_dir) == ["telemetry.json"]


def test_a_lock_held_by_another_process_costs_the_record_not_the_program(data_dir, monkeypatch):
    data_dir.mkdir()
    monkeypatch.setattr(module, "_LOCK_TRIES", 2)
    with module._locked(data_dir):
        made = Consent({}, data_dir).install_id()
    assert uuid.UUID(made).version == 4
    assert names(data_dir) == []


@pytest.mark.parametrize(("value", "debug"), [("1", True), ("true", False), ("", False)])
def test_debug_is_on_for_exactly_one(value, debug, data_dir):
    assert Consent({"CLAUDE_MEM_TELEMETRY_DEBUG": value}, data_dir).debug is debug


@given(
    dnt=st.sampled_from([None, "", "0", "false", "1", "x"]),
    word=st.sampled_from([None, *OFF, *ON, *NEITHER]),
    recorded=st.sampled_from([None, True, False]),
)
def test_the_first_layer_with_a_decision_wins(dnt, word, recorded, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("consent")
    pairs = {"DO_NOT_TRACK": dnt, "CLAUDE_MEM_TELEMETRY": word}
    env = {name: value for name, value in pairs.items() if value is not None}
    put(data_dir, json.dumps({"enabled": recorded}))
    if dnt in ("1", "x"):
        expected = False
    elif word in OFF or word in ON:
        expected = word in ON
    else:
        expected = recorded is not False
    assert Consent(env, data_dir).allowed() is expected


@pytest.mark.parametrize(("depth", "on"), [(400, True), (600, False)])
def test_what_is_nested_too_deep_to_be_parsed_safely_is_damaged(depth, on, data_dir):
    put(data_dir, '{"enabled": true, "later": ' + "[" * depth + "]" * depth + "}")
    assert Consent({}, data_dir).verdict() == ("telemetry.json", on)
