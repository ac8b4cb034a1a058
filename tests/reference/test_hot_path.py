"""What is remembered between two calls is looked at again on each, and costs what it should."""

from __future__ import annotations

import json
import os
import threading
import uuid

import pytest

from payloadproof_reference import consent as consents
from payloadproof_reference.clock import VirtualClock
from payloadproof_reference.consent import Consent
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.whitelist import SHAPES, Whitelist

NOW_MS = 1_750_000_000_000


def write(directory, **content):
    path = directory / "telemetry.json"
    path.write_text(json.dumps(content))
    os.utime(path, (0, len(content)))
    return path


@pytest.fixture
def reads(monkeypatch):
    found = []
    real = consents._read
    monkeypatch.setattr(consents, "_read", lambda path: found.append(path) or real(path))
    return found


def test_a_decision_is_read_once_as_long_as_nothing_changes(tmp_path, reads):
    write(tmp_path, enabled=True)
    consent = Consent({}, tmp_path)
    assert [consent.allowed() for _ in range(5)] == [True] * 5
    assert len(reads) == 1


@pytest.mark.parametrize("change", ["file", "gone", "variable", "do not track"])
def test_each_change_is_honoured_at_the_next_call(tmp_path, change):
    path = write(tmp_path, enabled=True)
    env = {}
    consent = Consent(env, tmp_path)
    assert consent.verdict() == ("telemetry.json", True)
    if change == "file":
        write(tmp_path, enabled=False, more=1)
    elif change == "gone":
        path.unlink()
    else:
        env["CLAUDE_MEM_TELEMETRY" if change == "variable" else "DO_NOT_TRACK"] = "off"
    assert consent.verdict() != ("telemetry.json", True)


def test_a_file_that_may_still_change_unseen_is_read_each_time(tmp_path, reads):
    (tmp_path / "telemetry.json").write_text('{"enabled": true}')
    consent = Consent({}, tmp_path)
    assert consent.allowed()
    assert consent.allowed()
    assert len(reads) == 2


@pytest.mark.parametrize(
    "word", ['"0"', "'off'", "00", "never", "NEVER ", "`no`", "\udcff", "0\udcfe", '"false"']
)
def test_a_word_that_means_no_is_no(tmp_path, word):
    write(tmp_path, enabled=True)
    assert not Consent({"CLAUDE_MEM_TELEMETRY": word}, tmp_path).allowed()


@pytest.mark.parametrize("word", ["1", "on", "", "maybe", '"1"', "10"])
def test_a_word_that_does_not_mean_no_leaves_the_rest_to_decide(tmp_path, word):
    write(tmp_path, enabled=True)
    assert Consent({"CLAUDE_MEM_TELEMETRY": word}, tmp_path).allowed()


def test_an_id_that_another_process_wrote_meanwhile_is_taken(tmp_path, monkeypatch):
    consent = Consent({}, tmp_path)
    theirs = str(uuid.uuid4())

    def too_late(_, __):
        write(tmp_path, installId=theirs)
        raise BlockingIOError("locked by another process")

    monkeypatch.setattr(Consent, "_record", too_late)
    assert consent.install_id() == theirs


def test_only_what_the_caller_brought_is_asked_for():
    class Asked(Whitelist):
        def fits(self, key, value):
            asked.append(key)
            return super().fits(key, value)

    asked = []
    Asked().scrub("search_performed", {"duration_ms": 1, "secret": "x", 7: 8})
    assert asked == ["duration_ms"]


def test_a_value_that_did_not_fit_is_judged_again_and_again():
    for _ in range(3):
        assert not SHAPES["ide"]("/home/ada")
        assert SHAPES["ide"]("cursor")
        # What fits one shape says nothing of another.
        assert not SHAPES["version"]("cursor")


def pipeline(directory):
    env = {"CLAUDE_MEM_TELEMETRY_KEY": "k", "CLAUDE_MEM_TELEMETRY_HOST": "http://127.0.0.1:9"}
    return Pipeline(env, directory, VirtualClock(NOW_MS))


def test_the_base_of_an_event_is_scrubbed_once(tmp_path, monkeypatch):
    scrubbed = []
    one = pipeline(tmp_path)
    real = one._whitelist.scrub

    class Counting(Whitelist):
        def scrub(self, event, properties):
            scrubbed.append(properties is one._base)
            return real(event, properties)

    monkeypatch.setattr(one, "_whitelist", Counting())
    for _ in range(3):
        one.capture("search_performed", {"duration_ms": 1})
    one.abandon()
    assert sum(scrubbed) == 1


def test_a_shutdown_queues_no_more_when_its_time_is_up(tmp_path, monkeypatch):
    one = pipeline(tmp_path)
    for session in range(5):
        one.record("session_compressed", {"duration_ms": 1}, session=session)
    sent = []
    monkeypatch.setattr(one, "_emit", lambda event, _: sent.append(event))
    one.shutdown(within_s=-1.0)
    assert not sent
    log = "".join(path.read_text() for path in tmp_path.rglob("*.log"))
    assert "5 sessions dropped: no time was left" in log


def test_a_shutdown_leaves_the_door_what_its_queueing_left(tmp_path, monkeypatch):
    one = pipeline(tmp_path)
    given = []
    monkeypatch.setattr(one._transport, "close", given.append)
    one.record("session_compressed", {"duration_ms": 1}, session=1)
    released = threading.Event()
    monkeypatch.setattr(one, "_emit", lambda *_, **__: released.wait(0.05))
    one.shutdown(within_s=3.0)
    assert 0 < given[0] < 3.0 - 0.04
