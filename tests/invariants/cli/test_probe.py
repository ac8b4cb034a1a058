"""`payloadproof probe` and what is wrong with what it was given: said, and nothing left behind."""

import secrets
import sys
import tempfile
from pathlib import Path

import pytest

from payloadproof.contract import load
from payloadproof.drive.internet import missing
from payloadproof.syntax import shell

TRUE = ("--", sys.executable, "-c", "print('The answer is 42.')")


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch):
    """Where temporary files of the harness lie: nothing of them is to be left."""
    place = tmp_path / "scratch"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    monkeypatch.setenv("TMPDIR", str(place))
    return place


@pytest.fixture
def networks():
    """The network namespaces that this test needs can be made."""
    if why := missing():
        pytest.skip(f"no network namespace can be made here: {why}")


@pytest.fixture
def hasty(monkeypatch):
    """Bounds that a test can wait for."""
    monkeypatch.setattr("payloadproof.blackbox.probe.FIRST_S", 1.5)
    monkeypatch.setattr("payloadproof.blackbox.probe.GRACE_S", 1.0)
    monkeypatch.setattr("payloadproof.blackbox.driving.QUIET_S", 0.3)


@pytest.fixture
def marked(scratch):
    """A program with a word in its command line; at the end nothing with that word is there."""
    word = f"marked-{secrets.token_hex(8)}"
    mounted = Path("/proc/self/mounts").read_text(encoding="utf-8")

    def command(code):
        return ("--", sys.executable, "-c", f"# {word}\n{code}")

    yield command
    left = [path.parent.name for path in Path("/proc").glob("[0-9]*/cmdline") if word in said(path)]
    assert not left, [said(Path("/proc", number, "cmdline")) for number in left]
    assert not list(scratch.iterdir())
    assert Path("/proc/self/mounts").read_text(encoding="utf-8") == mounted


def said(path):
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--off",), "requires an argument"),
        (("--off", "ACME"), "VARIABLE=VALUE"),
        (("--off", "=1"), "VARIABLE=VALUE"),
        (("--off", "ACME="), "VARIABLE=VALUE"),
        (("--off-command", ""), "it is no command"),
        (("--off-command", "acme 'off"), "it is no command"),
        (("--off-command", "no-such-acme off"), "no-such-acme off cannot be run"),
        (("--due", "x"), "EVENT=N"),
        (("--due", "x=many"), "no number"),
        (("--due", "x=-1"), "no number"),
        (("--reply", "x=9999"), "no number from 200 to 599"),
        (("--reply", "x=100"), "no number from 200 to 599"),
        (("--reply", "x"), "HOST=STATUS"),
        (("--for", "0s"), "is no time"),
        (("--for", "-1s"), "is no time"),
        (("--for", "soon"), "is no time"),
        (("--for", "nan"), "is no time"),
        (("--for", "inf"), "is no time"),
        (("--set", "=1"), "VAR=VALUE"),
        (("--reach", "0"), "1<=x<=65535"),
        (("--reach", "65536"), "1<=x<=65535"),
        (("--runs", "1"), "2<=x<=20"),
        (("--contract", "no_such_contract"), "no_such_contract"),
        (("--baseline", "missing.toml"), "missing.toml"),
        (("--write-baseline", "b.toml", "--show-secrets"), "excludes --show-secrets"),
        (("--report", "junit"), "junit"),
        (("--write-baseline", "missing/baseline.toml"), "missing/baseline.toml"),
        (("--draft", "missing/draft.toml"), "missing/draft.toml"),
        (("--draft", "d.toml", "--contract", "claude_mem"), "--draft excludes --contract"),
    ],
)
def test_an_option_that_means_nothing_is_refused_before_anything_runs(
    refused, scratch, options, expected
):
    assert expected in refused("probe", *options, *TRUE)
    assert not list(scratch.iterdir())


@pytest.mark.usefixtures("networks")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--file", "../x=1"), "outside the working directory"),
        (("--file", "/x=1"), "outside the working directory"),
        (("--stdin", "missing.txt"), "missing.txt"),
        (("--only", "as it was"), "as it was"),
    ],
)
def test_what_only_a_stage_can_refuse_is_refused_and_nothing_stays(
    refused, marked, options, expected
):
    assert expected in refused("probe", *options, *marked("print(42)"))


def test_no_command_at_all(refused):
    assert "COMMAND" in refused("probe")


@pytest.mark.usefixtures("networks")
@pytest.mark.parametrize("command", ["no-such-command-here", "/no/such/command", "./nothing"])
def test_no_such_command(refused, command):
    output = refused("probe", "--", command)
    assert "cannot be run" in output
    assert "next:" in output


@pytest.mark.usefixtures("networks")
def test_a_command_that_nobody_may_run(refused, tmp_path):
    (tmp_path / "text").write_text("no program")
    assert "cannot be run" in refused("probe", "--", "./text")


def test_where_no_network_is_to_be_had_it_says_why_and_how_to_get_one(refused, monkeypatch):
    monkeypatch.setattr("payloadproof.blackbox.refusals.missing", lambda: "Operation not permitted")
    output = refused("probe", *TRUE)
    assert "Operation not permitted" in output
    assert "unshare" in output


@pytest.mark.usefixtures("networks")
def test_a_plan_says_how_many_runs_and_runs_none(run, tmp_path, scratch):
    touched = tmp_path / "touched"
    code, output = run(
        "probe", "--plan", "--", sys.executable, "-c", f"open({str(touched)!r}, 'w')"
    )
    assert code == 0
    assert "16 runs as a rule" in output
    assert "at most 53 runs" in " ".join(output.split())
    assert not touched.exists()
    assert not list(scratch.iterdir())


@pytest.mark.usefixtures("networks", "hasty")
def test_a_command_that_never_ends_is_ended_and_told_of_for(refused, marked):
    output = refused("probe", *marked("import signal; signal.pause()"))
    assert "did not end within" in output
    assert "--for" in output


@pytest.mark.usefixtures("networks", "hasty")
def test_a_command_that_does_not_hear_the_signal_is_ended_and_that_is_said(refused, marked):
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile 1: signal.pause()"
    output = refused("probe", "--for", "0.5s", *marked(deaf))
    assert "SIGTERM" in output
    assert "--for 20s tells it to end" not in output


@pytest.mark.usefixtures("networks", "hasty")
def test_a_command_that_ends_when_told_is_judged(run, marked):
    code, output = run(
        "probe", "--for", "0.5s", "--only", "as it is", *marked("import signal; signal.pause()")
    )
    assert code in (0, 1)
    assert "nothing was sent" in output


@pytest.mark.usefixtures("networks", "hasty")
def test_a_command_that_daemonises_leaves_nobody(run, marked):
    double = """
import os, signal
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for number in (0, 1, 2):
            os.close(number)
        while 1:
            signal.pause()
    os._exit(0)
"""
    code, output = run("probe", "--only", "as it is", *marked(double))
    assert code in (0, 1)
    assert "nothing was sent" in output


@pytest.mark.usefixtures("networks", "hasty")
def test_a_command_that_leaves_its_output_open_to_a_child_leaves_nobody(run, marked):
    code, _ = run(
        "probe",
        "--only",
        "as it is",
        *marked("import os, signal\nif os.fork() == 0:\n    os.setsid(); signal.pause()"),
    )
    assert code in (0, 1)


@pytest.mark.usefixtures("networks")
def test_a_flood_of_a_hundred_megabytes_is_read_and_not_kept(run, marked, monkeypatch):
    monkeypatch.setattr("payloadproof.blackbox.driving.QUIET_S", 0.3)
    flood = "import os\nfor _ in range(100): os.write(1, b'x' * (1 << 20))"
    before = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    code, output = run("probe", "--only", "as it is", *marked(flood))
    after = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    assert code in (0, 1)
    assert len(output) < 100_000
    assert int(after) - int(before) < 64 * 1024  # KiB: less than one run's flood


@pytest.mark.usefixtures("networks", "hasty")
def test_a_command_that_says_it_needs_a_terminal_is_reported_with_its_exit_code(run, marked):
    code, output = run(
        "probe",
        "--only",
        "as it is",
        *marked("import sys\nsys.stdin.isatty() or sys.exit('a terminal is needed')"),
    )
    assert code in (0, 1)
    assert "exit code 1" in output


@pytest.mark.usefixtures("networks")
def test_a_command_that_waits_at_the_terminal_is_ended_and_told_of_input(
    marked, scratch, in_a_terminal
):
    """It is stopped by the kernel, as a process in the background is that reads the terminal."""
    hasty = """
import payloadproof.blackbox.probe
from payloadproof.cli import main
payloadproof.blackbox.probe.FIRST_S = 2.0
main()
"""
    command = [sys.executable, "-c", hasty, "probe", *marked("open('/dev/tty').read()")]
    code, printed = in_a_terminal(command)
    assert code == 2, printed
    assert b"terminal" in printed
    assert b"Traceback" not in printed


SETTLED = """
import json, os, pathlib, urllib.request
home = pathlib.Path(os.environ["HOME"])
try:
    off = json.loads((home / "FOLDER" / "s.json").read_text())["telemetry"]["disabled"]
except OSError:
    off = False
if not off:
    event = {"event": "started", "distinct_id": "7", "properties": {}}
    body = json.dumps({"api_key": "phc_" + "k" * 32, "batch": [event]}).encode()
    asked = urllib.request.Request("http://us.i.posthog.com/batch/", body)
    urllib.request.urlopen(asked, timeout=5).read()
"""
IN_A_FILE = """
kind = "file"
where = "xdg_config"
path = "kettle/s.json"
key = "telemetry.disabled"
on = [false]
off = [true]
"""


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(("folder", "held"), [(".config/kettle", True), ("k", False)])
def test_a_contracts_settings_file_is_a_switch_that_is_tried(networks, kettle, run, folder, held):
    contract = kettle(IN_A_FILE)
    program = SETTLED.replace("FOLDER", folder)
    options = ("--contract", contract, "--only", "with kettle/s.json, which says off")
    _, out = run("probe", *options, "--", sys.executable, "-c", program)
    told = [line for line in out.splitlines() if "C1 consent precedence" in line]
    assert ("✓ held:" in told[0]) == held
    assert ("sent to any telemetry host with kettle/s.json, which says off" in out) != held


SENDS = SETTLED.replace("FOLDER", "no-such-folder")


@pytest.mark.usefixtures("networks", "hasty")
def test_a_draft_is_written_and_is_a_contract_that_a_probe_takes(run, tmp_path):
    draft = tmp_path / "draft.toml"
    words = ("--only", "as it is", "--draft", draft, "--", sys.executable, "-c", SENDS)
    _, out = run("probe", *words)
    assert "decide each TODO" in out
    assert "next, to gate it" not in out
    assert [*load(draft).events] == ["started"]
    assert load(draft).consent.default == "on"
    assert "no switch was found" in draft.read_text()
    code, out = run("contract", draft)
    assert code == 0
    assert "marked TODO" in out


@pytest.mark.usefixtures("networks", "hasty")
def test_a_program_that_sends_nothing_has_no_draft(refused, tmp_path):
    out = refused("probe", "--only", "as it is", "--draft", tmp_path / "draft.toml", *TRUE)
    assert "nothing to draft a contract from" in " ".join(out.split())
    assert not (tmp_path / "draft.toml").exists()


def test_a_draft_that_is_there_is_not_written_over(refused, tmp_path):
    draft = tmp_path / "draft.toml"
    draft.write_text("mine")
    assert "not written over" in refused("probe", "--draft", draft, *TRUE)
    assert draft.read_text() == "mine"


COMMANDED = """
kind = "command"
name = "kettle telemetry"
off = ["sh", "-c", "mkdir -p $HOME/FOLDER; echo '{SAID}' > $HOME/FOLDER/s.json"]
""".replace("{SAID}", '{\\"telemetry\\": {\\"disabled\\": true}}')


@pytest.fixture
def soon(monkeypatch):
    """What may come late comes soon; a run may take as long as it likes."""
    monkeypatch.setattr("payloadproof.blackbox.driving.QUIET_S", 0.3)


@pytest.mark.usefixtures("networks", "soon")
@pytest.mark.parametrize(("folder", "held"), [("k", True), ("elsewhere", False)])
def test_a_contracts_command_is_a_switch_that_is_tried(run, kettle, folder, held):
    path = kettle(COMMANDED.replace("FOLDER", folder))
    typed = f"with {shell.command(load(path).consent_command.off)}"
    program = SETTLED.replace("FOLDER", "k")
    words = ("--contract", path, "--only", typed, "--", sys.executable, "-c", program)
    _, out = run("probe", *words)
    told = [line for line in out.splitlines() if "C1 consent precedence" in line]
    assert ("✓ held:" in told[0]) == held
    assert ("sent to any telemetry host with sh -c" in out) != held


@pytest.mark.usefixtures("networks", "soon")
def test_a_command_that_decides_nothing_ends_the_probe(refused):
    typed = "sh -c 'echo who are you; exit 3'"
    options = ("--off-command", typed, "--only", f"with {typed}")
    output = refused("probe", *options, "--", sys.executable, "-c", SENDS)
    assert "ended with exit code 3" in output
    assert "who are you" in output


OFF_BY_DEFAULT = "import os\nos.environ.get('KETTLE_TELEMETRY') == '1'\nprint('hello')\n"


@pytest.mark.usefixtures("networks", "hasty")
def test_a_program_that_is_off_by_default_is_told_how_to_be_turned_on(run, tmp_path):
    script = tmp_path / "kettle.py"
    script.write_text(OFF_BY_DEFAULT)
    _, out = run("probe", "--only", "as it is", "--", sys.executable, script)
    said = " ".join(out.split())
    command = shell.command([sys.executable, str(script)])
    assert f"payloadproof probe --set KETTLE_TELEMETRY=1 -- {command}" in said
    assert "off by default" in said


@pytest.mark.usefixtures("networks", "hasty")
@pytest.mark.parametrize("given", [(), ("--set", "KETTLE_TELEMETRY=1")])
def test_where_no_other_variable_is_known_a_placeholder_stands_in_the_command(run, tmp_path, given):
    script = tmp_path / "kettle.py"
    script.write_text(OFF_BY_DEFAULT if given else "print('hello')")
    _, out = run("probe", "--only", "as it is", *given, "--", sys.executable, script)
    assert "probe --set VARIABLE=1 " in " ".join(out.split())


@pytest.mark.usefixtures("networks", "hasty")
def test_what_was_not_put_to_the_test_is_told_by_what_it_would_need(run):
    _, out = run("probe", "--only", "as it is", *TRUE)
    (line,) = [one for one in out.splitlines() if one.startswith("○ I2 the same id")]
    assert "it would need this, which was not seen: Two starts in one home" in line
    assert "never fired" not in out


@pytest.mark.usefixtures("networks", "hasty")
def test_a_probe_without_a_contract_ends_with_the_way_to_one(run, tmp_path):
    program = ("--", sys.executable, "-c", SENDS)
    _, out = run("probe", "--only", "as it is", *program)
    assert "payloadproof probe --draft contract.toml" in " ".join(out.split())


@pytest.mark.usefixtures("networks", "hasty")
def test_do_not_track_that_is_its_own_switch_is_judged_as_that_and_it_is_said(run):
    options = ("--off", "DO_NOT_TRACK=1", "--only", "with DO_NOT_TRACK=1")
    _, out = run("probe", *options, "--", sys.executable, "-c", SENDS)
    (line,) = [one for one in out.splitlines() if "C12 DO_NOT_TRACK" in one]
    assert line.startswith("·")
    assert "C1 consent precedence judges it" in line


@pytest.mark.usefixtures("networks", "hasty")
def test_after_the_first_run_it_is_said_about_how_long_all_take(run):
    _, out = run("probe", *TRUE)
    assert "as a rule 16 runs, about" in out
