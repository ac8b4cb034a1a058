"""What record knows of consent: what it gave, and no more; nobody is accused of the rest."""

import os

import pytest

from payloadproof.blackbox.consented import Given
from payloadproof.contract import load
from payloadproof.errors import HarnessError
from payloadproof.evidence.runs import BY_DEFAULT

CHAIN = """
format = 1
[product]
name = "kettle"
description = "Boils water"
[consent]
default = "off"
[[consent.layers]]
kind = "kill_switch"
variable = "DO_NOT_TRACK"
unset = ["", "0"]
[[consent.layers]]
kind = "switch"
variable = "KETTLE"
off = ["0"]
on = ["1"]
LAYERS
[variables]
host = "KETTLE_HOST"
key = "KETTLE_KEY"
data_dir = "KETTLE_DIR"
[wire]
geoip_disable = false
directives = ["$process_person_profile"]
stamps = ["$lib", "$lib_version"]
[events.search_performed]
kind = "direct"
ceiling_per_day = 10
description = "Something was looked for."
properties = ["version"]
[properties]
version = { type = "version", description = "The release." }
"""
FILE = '[[consent.layers]]\nkind = "file"\npath = "consent.json"\nkey = "on"'
COMMAND = (
    '[[consent.layers]]\nkind = "command"\nname = "kept"\n'
    'off = ["kettle", "telemetry", "off"]\non = ["kettle", "telemetry", "on"]'
)
SEND = """
for x in ("KEY", "HOST"):
    os.environ["CLAUDE_MEM_TELEMETRY_" + x] = os.environ["KETTLE_" + x]
"""


@pytest.fixture
def kettle(tmp_path):
    """A contract whose telemetry is off by default, as a file."""

    def of(layers=""):
        file = tmp_path / "kettle.toml"
        file.write_text(CHAIN.replace("LAYERS", layers))
        return str(file)

    return of


@pytest.fixture
def given(kettle, tmp_path, monkeypatch):
    """A command that was given an environment, in a directory of its own."""
    monkeypatch.chdir(tmp_path)

    def of(*argv, layers="", fresh=True, due=False, **env):
        env.setdefault("KETTLE_DIR", str(tmp_path))
        return Given(load(kettle(layers)), argv, env, fresh=fresh, due=due)

    return of


@pytest.mark.parametrize(
    ("env", "switch"),
    [
        ({}, BY_DEFAULT),
        ({"KETTLE": "0"}, "KETTLE=0"),
        ({"DO_NOT_TRACK": "yes", "KETTLE": "1"}, "DO_NOT_TRACK=yes"),
        ({"KETTLE": "1"}, ""),
        ({"KETTLE": "perhaps"}, BY_DEFAULT),
    ],
)
def test_what_the_command_was_given_is_known(given, env, switch):
    known = given("kettle", "boil", **env).known()
    assert (known.switch, known.doubt) == (switch, "")


@pytest.mark.parametrize(
    "argv",
    [
        ("env", "KETTLE=1", "kettle", "boil"),
        ("sh", "-c", "KETTLE=1 kettle boil"),
        ("sh", "-c", "export KETTLE=1; kettle boil"),
        ("sh", "./drive.sh"),
        ("sh", "-c", "cd . && ./drive.sh boil"),
        ("make", "boil"),
    ],
    ids=" ".join,
)
def test_a_command_that_may_have_turned_telemetry_on_is_not_accused(given, tmp_path, argv):
    (tmp_path / "drive.sh").write_text("export KETTLE=1\nkettle boil\n")
    known = given(*argv).known()
    assert known.switch == ""
    assert known.doubt


def test_a_file_of_variables_beside_it_may_have_turned_telemetry_on(given, tmp_path):
    assert given("kettle", "boil").known().switch
    (tmp_path / ".env").write_text("KETTLE=1\n")
    assert ".env names KETTLE" in given("kettle", "boil").known().doubt


@pytest.mark.parametrize(
    "argv", [("kettle", "boil"), ("sh", "-c", "kettle boil"), ("kettle", "MY_KETTLE=1")]
)
def test_a_command_that_names_no_switch_cannot(given, argv):
    assert given(*argv).known().switch == BY_DEFAULT


def test_what_a_higher_layer_forbids_no_lower_one_turns_on(given):
    assert given("env", "KETTLE=1", "kettle", DO_NOT_TRACK="1").known().switch == "DO_NOT_TRACK=1"
    for undone in (("env", "-u", "DO_NOT_TRACK", "kettle"), ("env", "-i", "kettle")):
        assert given(*undone, DO_NOT_TRACK="1").known().doubt


def test_a_decision_that_changes_while_it_runs_accuses_nobody(given, tmp_path):
    for before, after in ((True, False), (False, True)):
        (tmp_path / "consent.json").write_text(f'{{"on": {str(before).lower()}}}')
        one = given("kettle", "boil", layers=FILE)
        (tmp_path / "consent.json").write_text(f'{{"on": {str(after).lower()}}}')
        assert "changed while it ran" in one.known().doubt


def test_what_an_old_home_remembers_is_not_known(given, tmp_path):
    assert "was run before" in given("kettle", layers=COMMAND, fresh=False).known().doubt
    assert given("kettle", layers=COMMAND).known().switch == BY_DEFAULT
    assert given("sh", "-c", "kettle telemetry on; kettle", layers=COMMAND).known().doubt


def test_what_is_said_before_the_start_names_what_would_change_it(given, monkeypatch):
    assert [*given("kettle").lines()] == ["telemetry is off by default; --set KETTLE=1 turns it on"]
    assert [*given("kettle", KETTLE="1").lines()] == ["telemetry is on by KETTLE=1"]
    assert [*given("kettle", DO_NOT_TRACK="\x1b[2J").lines()] == [
        "telemetry is off by DO_NOT_TRACK=\\u001b[2J"
    ]
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    (line,) = given("kettle", DO_NOT_TRACK="1").lines()
    assert "env -u DO_NOT_TRACK payloadproof" in line


def test_events_cannot_be_owed_where_telemetry_was_turned_off(given):
    with pytest.raises(HarnessError, match="telemetry is off by DO_NOT_TRACK=1"):
        given("kettle", due=True, DO_NOT_TRACK="1")
    assert given("kettle", due=True).known().switch == ""  # who says it is owed says it is on


# the whole command


def test_an_exported_switch_is_passed_on_and_said(record, kettle):
    child = f"{SEND}if os.environ.get('KETT' 'LE') == '1': send()"
    options = ("--scratch", "--contract", kettle())
    code, out, err = record(child, *options, env={"KETTLE": "1"})
    assert code == 0, out + err
    assert "telemetry is on by KETTLE=1\n" in out
    assert "1 request(s)" in out
    assert "telemetry is off" not in out
    code, out, _ = record(child, *options, "--force")
    assert code == 0
    assert "telemetry is off by default; --set KETTLE=1 turns it on\n" in out
    assert "telemetry is off by default and nothing was sent" in " ".join(out.split())
    code, out, _ = record(child, *options, "--force", "--set", "KETTLE=1")
    assert code == 0
    assert "1 request(s)" in out


def test_what_turned_itself_on_is_not_accused_and_what_did_not_is(record, kettle):
    options = ("--scratch", "--contract", kettle())
    code, out, _ = record(f"{SEND}os.environ['KETTLE'] = '1'; send()", *options)
    assert code == 0
    told = "C2 no trace while off: the command itself names KETTLE"
    assert f"not judged: C1 consent precedence, {told}" in " ".join(out.split())
    code, out, _ = record(f"{SEND}send()", *options, "--force")
    assert code == 1
    assert "✗ C1 consent precedence" in out
    assert "where telemetry is off by default and nothing turned it on" in " ".join(out.split())


@pytest.mark.parametrize("name", ["KETTLE_HOST", "KETTLE_KEY", "KETTLE_DIR", "HOME"])
def test_a_variable_that_record_sets_cannot_be_set(record, kettle, tmp_path, name):
    options = ("--scratch", "--contract", kettle(), "--set", f"{name}={os.sep}x")
    code, _, err = record("open('started', 'w')", *options)
    assert code == 2
    assert f"--set {name}: " in err
    assert not (tmp_path / "started").exists()
