import inspect
import json
import subprocess
import sys
import uuid

import pytest

from payloadproof_reference.transport import CLI_TIMEOUT_S
from payloadproof_reference.worker import cli, notice

OVERRULING = ("DO_NOT_TRACK", "CLAUDE_MEM_TELEMETRY", "CLAUDE_MEM_TELEMETRY_DEBUG")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch, env, data_dir):
    for variable in OVERRULING:
        monkeypatch.delenv(variable, raising=False)
    for variable, value in env.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("CLAUDE_MEM_DATA_DIR", str(data_dir))


@pytest.fixture
def stored(data_dir):
    return lambda: json.loads((data_dir / "telemetry.json").read_text())


def telemetry(command):
    return cli.main(["telemetry", command])


def test_status_names_the_layer_that_decides(capsys, monkeypatch):
    assert telemetry("status") == 0
    assert capsys.readouterr().out == "telemetry is on, decided by default\n"
    telemetry("disable")
    assert capsys.readouterr().out == "telemetry is off, decided by telemetry.json\n"
    monkeypatch.setenv("CLAUDE_MEM_TELEMETRY", "1")
    telemetry("status")
    assert capsys.readouterr().out == "telemetry is on, decided by CLAUDE_MEM_TELEMETRY\n"
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    telemetry("status")
    assert capsys.readouterr().out == "telemetry is off, decided by DO_NOT_TRACK\n"


def test_a_decision_that_a_variable_overrules_is_written_and_says_so(capsys, monkeypatch, stored):
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    assert telemetry("enable") == 0
    assert stored()["enabled"] is True
    written = "written to telemetry.json; telemetry stays"
    assert capsys.readouterr().out == f"{written} off while DO_NOT_TRACK is set\n"
    monkeypatch.delenv("DO_NOT_TRACK")
    monkeypatch.setenv("CLAUDE_MEM_TELEMETRY", "1")
    assert telemetry("disable") == 0
    assert stored()["enabled"] is False
    assert capsys.readouterr().out == f"{written} on while CLAUDE_MEM_TELEMETRY is set\n"


@pytest.mark.parametrize("module", ["payloadproof_reference", "payloadproof_reference.worker"])
def test_the_usage_names_a_command_that_there_is(module):
    command = ["-m", module]
    done = subprocess.run(
        [sys.executable, *command, "--help"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"usage: python {' '.join(command)} [-h]")


def test_status_changes_nothing_but_the_notice(data_dir):
    telemetry("status")
    assert [path.name for path in data_dir.iterdir()] == [notice.FILE]


@pytest.mark.parametrize(("command", "enabled"), [("enable", True), ("disable", False)])
def test_a_decision_keeps_the_id_and_all_else(command, enabled, data_dir, stored):
    data_dir.mkdir()
    held = {"installId": str(uuid.uuid4()), "enabled": not enabled, "theirs": [1, {"two": None}]}
    (data_dir / "telemetry.json").write_text(json.dumps(held))
    assert telemetry(command) == 0
    assert stored() == {**held, "enabled": enabled}
    others = {path.name for path in data_dir.iterdir()} - {notice.FILE}
    assert others == {"telemetry.json"}


@pytest.mark.parametrize("command", ["enable", "disable"])
def test_a_damaged_file_is_left_as_it_is(command, data_dir, capsys):
    data_dir.mkdir()
    (data_dir / "telemetry.json").write_text('{"enabled": fal')
    assert telemetry(command) == 1
    assert (data_dir / "telemetry.json").read_text() == '{"enabled": fal'
    assert "cannot be read, which counts as off: mend it or remove it" in capsys.readouterr().err


def test_a_directory_that_cannot_be_written_is_told(data_dir, capsys):
    data_dir.write_text("")
    assert telemetry("disable") == 1
    assert capsys.readouterr().err.startswith("nothing changed: ")


def test_the_notice_is_shown_once(capsys):
    telemetry("status")
    shown = capsys.readouterr().err
    assert shown == f"{notice.TEXT}\n"
    assert "telemetry disable" in shown
    assert "CLAUDE_MEM_TELEMETRY_DEBUG=1" in shown
    telemetry("status")
    assert capsys.readouterr().err == ""


def test_the_notice_is_not_shown_to_who_said_no(capsys, monkeypatch, data_dir):
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    telemetry("status")
    assert capsys.readouterr().err == ""
    assert not data_dir.exists()


def test_the_notice_comes_before_the_first_event(capsys, monkeypatch):
    seen = []
    monkeypatch.setattr(cli, "_send", lambda *_: seen.append(capsys.readouterr().err))
    cli.main(["install"])
    assert seen == [f"{notice.TEXT}\n"]


@pytest.mark.parametrize(
    ("arguments", "event", "expected"),
    [
        (["install", "--ide", "cursor"], "install_completed", {"ide": "cursor", "outcome": "ok"}),
        (["install", "--update"], "install_completed", {"is_update": True}),
        (["install", "--failed", "disk"], "install_failed", {"error_category": "disk"}),
        (["uninstall"], "uninstall_completed", {}),
    ],
)
def test_a_lifecycle_command_is_one_post_with_id_and_time(
    arguments, event, expected, healthy, stored
):
    assert cli.main(arguments) == 0
    (request,) = healthy.requests
    assert request["event"] == event
    assert request["properties"].items() >= expected.items()
    assert request["distinct_id"] == stored()["installId"]
    assert uuid.UUID(request["uuid"])
    assert request["timestamp"]


def test_a_command_does_not_try_twice(wire):
    wire.answer(status=503)
    assert cli.main(["uninstall"]) == 0
    assert len(wire.requests) == 1


def test_its_two_seconds_are_told_to_the_transport(monkeypatch):
    told = []
    monkeypatch.setattr(cli.Pipeline, "shutdown", lambda _, within_s: told.append(within_s))
    monkeypatch.setattr(cli.Pipeline, "capture", lambda *_, **__: None)
    cli.main(["uninstall"])
    assert told == [2.0]
    assert told[0] >= 2 * CLI_TIMEOUT_S


def test_without_consent_a_command_sends_and_writes_nothing(healthy, monkeypatch, data_dir):
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    assert cli.main(["install"]) == 0
    assert healthy.requests == []
    assert not (data_dir / "telemetry.json").exists()


class _NamesNoLayer(cli.Consent):
    """It says whether, and not why."""

    def verdict(self):
        return "something", super().verdict()[1]


class _ForgetsWhatTheFileHolds(cli.Consent):
    """A decision is all that is left."""

    def decide(self, *, on):
        self._path.write_text(json.dumps({"enabled": on}))


class _SendsInTheWorkersWay(cli.Pipeline):
    """A command's event waits for a batch, which is tried four times."""

    def capture(self, event, properties=None, *, person=False, transport="worker"):
        super().capture(event, properties, person=person)


class _SendsWithoutConsent(cli.Pipeline):
    """Nobody asks."""

    def _consented(self):
        return True


#: What is put in the place of a name of `cli`, the test above that tells, and its own arguments.
WRONG = {
    "names no layer": (
        {"Consent": _NamesNoLayer},
        test_status_names_the_layer_that_decides,
        {},
    ),
    "names no variable that overrules": (
        {"Consent": _NamesNoLayer},
        test_a_decision_that_a_variable_overrules_is_written_and_says_so,
        {},
    ),
    "forgets what the file holds": (
        {"Consent": _ForgetsWhatTheFileHolds},
        test_a_decision_keeps_the_id_and_all_else,
        {"command": "disable", "enabled": False},
    ),
    "overwrites what is damaged": (
        {"Consent": _ForgetsWhatTheFileHolds},
        test_a_damaged_file_is_left_as_it_is,
        {"command": "enable"},
    ),
    "tries four times": (
        {"Pipeline": _SendsInTheWorkersWay},
        test_a_command_does_not_try_twice,
        {},
    ),
    "asks for no consent": (
        {"Pipeline": _SendsWithoutConsent},
        test_without_consent_a_command_sends_and_writes_nothing,
        {},
    ),
    "shows no notice": (
        {"first": lambda _: False},
        test_the_notice_is_shown_once,
        {},
    ),
    "shows the notice each time": (
        {"first": lambda _: True},
        test_the_notice_is_shown_once,
        {},
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_commands_are_told_from_the_right_ones(wrong, request, monkeypatch):
    parts, judging, own = WRONG[wrong]
    for name, part in parts.items():
        monkeypatch.setattr(cli, name, part)
    fixtures = inspect.signature(judging).parameters.keys() - own.keys()
    asked = {name: request.getfixturevalue(name) for name in fixtures}
    with pytest.raises(AssertionError):
        judging(**asked, **own)
