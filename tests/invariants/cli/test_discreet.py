"""A recording holds what a program leaks: who may read it, what is shown of it, how it ends."""

import http.client
import json
import os
import re
import signal
import stat

import pytest

from payloadproof.scenario import private, store
from payloadproof.scenario import steps as do

SECRET = "acme-secret-project"
LEAK = {
    "event": "search_performed",
    "distinct_id": "somebody@example.com",
    "properties": {"project": SECRET, "/home/somebody/of": SECRET, "$lib": "posthog-python"},
}
ANSWERED_S = 60


class Recording:
    """``record`` in a process of its own, from when it listens until it is told to end."""

    def __init__(self, start, *options):
        self.process = start("record", *options)
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            if told := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                self.port = int(told[1])
                break

    def post(self, event, host="127.0.0.1"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWERED_S)
        body = json.dumps({"api_key": "phc_of_a_test", "batch": [event]})
        connection.request("POST", "/batch/?secret=" + SECRET, body, {"Host": host})
        response = connection.getresponse()
        status, text = response.status, response.read().decode()
        connection.close()
        return status, text

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=ANSWERED_S)
        self.said.append(out)
        assert self.process.returncode == 0, err
        return "".join(self.said)


@pytest.fixture
def recording(start):
    return lambda *options: Recording(start, *options)


def lines_in(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def lax():
    """A umask that lets everybody read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["INT", "TERM", "HUP"]
)
def test_whatever_ends_a_recording_it_is_whole(recording, tmp_path, number, run):
    one = recording("--out", "r.jsonl")
    assert one.post(LEAK)[0] == 200
    one.end(number)
    head, request, tail = lines_in(tmp_path / "r.jsonl")
    assert (head["recording"], request["answered"], tail) == (1, 200, {"requests": 1})
    assert run("audit", "r.jsonl")[0] != 2


def test_a_recording_is_for_its_owner_alone_whatever_the_umask(lax, recording, tmp_path):
    one = recording("--out", "r.jsonl")
    assert mode(tmp_path / "r.jsonl") == 0o600
    one.end()
    assert mode(tmp_path / "r.jsonl") == 0o600


def test_a_file_that_others_may_read_is_theirs_no_longer_once_it_is_written_over(
    lax, recording, tmp_path
):
    (tmp_path / "r.jsonl").write_text("old\n")
    assert mode(tmp_path / "r.jsonl") == 0o666
    recording("--out", "r.jsonl", "--force").end()
    assert mode(tmp_path / "r.jsonl") == 0o600


def test_directories_are_made_for_their_owner_alone_and_those_that_were_there_stay(lax, tmp_path):
    (tmp_path / "ours").mkdir()
    private.directory(tmp_path / "ours" / "a" / "b")
    assert mode(tmp_path / "ours" / "a") == mode(tmp_path / "ours" / "a" / "b") == 0o700
    assert mode(tmp_path / "ours") == 0o777


def test_a_failing_scenario_is_for_its_owner_alone(lax, tmp_path):
    below = tmp_path / ".payloadproof" / "failures"
    scenario = do.Scenario(steps=(do.Flush(),), now_ms=0)
    path = store.save(below, store.Saved(clause="C4", message="m", scenario=scenario))
    assert mode(path) == 0o600
    assert {mode(below), mode(below.parent)} == {0o700}


def test_what_is_there_is_not_written_over(refused, tmp_path, recording):
    (tmp_path / "r.jsonl").write_text("precious\n")
    for command in ((), ("--", "true")):
        said = refused("record", "--out", "r.jsonl", *command)
        assert "r.jsonl is there already" in said
        assert "--force" in said
        assert (tmp_path / "r.jsonl").read_text() == "precious\n"
    recording("--out", "r.jsonl", "--force").end()
    assert lines_in(tmp_path / "r.jsonl")[-1] == {"requests": 0}


def test_without_a_name_a_recording_gets_one_that_is_free(recording, tmp_path):
    for name in ("recording.jsonl", "recording-2.jsonl", "recording-3.jsonl"):
        said = recording().end()
        assert f"in {name}" in said
        assert lines_in(tmp_path / name)[-1] == {"requests": 0}


HOSTS = {
    "127.0.0.1": 200,
    "localhost:1234": 200,
    "app.localhost": 200,
    "[::1]:80": 200,
    "us.i.posthog.com": 421,
    "127.0.0.1.rebound.example": 421,
    "localhost.rebound.example": 421,
    "10.0.0.1": 421,
}


def test_who_was_led_here_by_a_name_of_somebody_elses_is_refused(recording):
    one = recording("--out", "r.jsonl")
    assert {host: one.post(LEAK, host)[0] for host in HOSTS} == HOSTS
    # They are recorded all the same: something wanted to send them.
    assert f"{len(HOSTS)} request(s)" in one.end()


def test_the_live_view_names_events_and_properties_and_shows_nothing_of_them(recording):
    one = recording("--out", "r.jsonl")
    escape = {**LEAK, "event": "\x1b]0;owned\x07 \u202e" + SECRET}
    for event in (LEAK, escape):
        one.post(event)
    said = one.end()
    assert '"search_performed" ("project", ' in said
    assert SECRET not in said
    assert "somebody" not in said
    assert not re.search("[\x1b\x07\u202e]", said)
