"""`payloadproof init`: what it writes works, what is there stays, and a defect is found at once."""

import json
import sys
import tomllib
from pathlib import Path

import pytest

from payloadproof.contract import load
from payloadproof.schema import DIRECTIVE

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "invariants" / "payloadproof" / "cli" / "templates"
CHECKED = "C1,C6,C7,A1,A6,S2,S5,W3"


def checked(run, monkeypatch, only):
    monkeypatch.chdir("telemetry")
    adapter = f"cmd:{sys.executable} adapter.py"
    options = ("--adapter", adapter, "--contract", "contract.toml", "--seed", "1", "--strict")
    return run("check", *options, "--only", only)


def test_an_empty_directory_becomes_a_project_that_keeps_its_promises(run, tmp_path, monkeypatch):
    code, out = run("init", "--language", "python", "--name", "feedr")
    assert code == 0
    assert "✓ consent on: 2 event(s) arrived" in out
    assert "✓ consent off: 0 event(s) arrived" in out
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert {
        "noxfile.py",
        ".github/workflows/telemetry.yml",
        "telemetry/adapter.py",
        "telemetry/contract.schema.json",
        "telemetry/contract.toml",
        "telemetry/sender.py",
    } <= written
    code, out = checked(run, monkeypatch, CHECKED)
    assert code == 0, out


def test_the_first_defect_is_found(run, tmp_path, monkeypatch):
    run("init", "--language", "python", "--name", "feedr", "--no-smoke")
    sender = tmp_path / "telemetry" / "sender.py"
    text = sender.read_text()
    sound = 'self.env.get("DO_NOT_TRACK", "") not in ("", "0", "false")'
    assert sound in text
    sender.write_text(text.replace(sound, 'self.env.get("DO_NOT_TRACK") == "1"'))
    code, out = checked(run, monkeypatch, "C1")
    assert code == 1
    assert "consent is off by DO_NOT_TRACK" in " ".join(out.split())


def test_what_is_there_is_never_written_over(run, refused, tmp_path):
    (tmp_path / "telemetry").mkdir()
    mine = tmp_path / "telemetry" / "contract.toml"
    mine.write_text("mine\n")
    out = refused("init", "--language", "python", "--no-smoke")
    assert "telemetry/contract.toml" in out
    assert mine.read_text() == "mine\n"
    assert not (tmp_path / "telemetry" / "adapter.py").exists()
    assert not (tmp_path / "noxfile.py").exists()


@pytest.mark.parametrize(
    ("language", "name", "added"),
    [("python", "noxfile.py", "def telemetry(session)"), ("node", "package.json", '"scripts"')],
)
def test_a_projects_own_file_is_left_and_the_lines_to_add_are_shown(
    run, tmp_path, language, name, added
):
    (tmp_path / name).write_text("mine\n")
    code, out = run("init", "--language", language, "--no-smoke")
    assert code == 0
    assert (tmp_path / name).read_text() == "mine\n"
    assert "left as it is" in out
    assert added in out


@pytest.mark.parametrize(
    ("sign", "file"), [("package.json", "adapter.mjs"), ("pyproject.toml", "adapter.py")]
)
def test_the_language_is_guessed_by_what_is_there(run, tmp_path, sign, file):
    (tmp_path / sign).write_text("{}")
    assert run("init", "--no-smoke")[0] == 0
    assert (tmp_path / "telemetry" / file).is_file()


def test_where_nothing_tells_the_language_it_has_to_be_said(refused, tmp_path):
    assert "--language python" in refused("init")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["Feedr", "a b", "../x", "9lives", "x" * 60, '"'])
def test_a_name_that_no_variable_can_have_is_refused(refused, name):
    assert "begins with a small letter" in refused("init", "--language", "any", "--name", name)


def test_a_node_project_says_what_is_still_to_be_installed(run, tmp_path):
    code, out = run("init", "--language", "node", "--name", "feedr")
    assert code == 0
    assert "npm install" in out
    package = json.loads((tmp_path / "package.json").read_text())
    assert "posthog-node" in package["dependencies"]
    assert "adapter.mjs" in package["scripts"]["telemetry"]
    assert {path.name for path in (tmp_path / "telemetry").glob("*.mjs")} == {
        *("adapter.mjs", "hostile.mjs", "sender.mjs", "serve.mjs")
    }


@pytest.mark.parametrize("language", ["python", "node", "any"])
def test_whoever_sends_already_is_told_how_to_begin_instead(run, language):
    for words in (("init", "--language", language, "--no-smoke"), ("init", "--help")):
        code, out = run(*words)
        assert code == 0
        assert "payloadproof probe --draft FILE -- COMMAND writes" in " ".join(out.split())


def test_where_posthogs_package_is_not_installed_that_comes_next(run, monkeypatch):
    monkeypatch.setattr("payloadproof.cli.init.find_spec", lambda name: None)
    code, out = run("init", "--language", "python", "--name", "feedr")
    assert code == 0
    assert 'pip install "posthog>=7"' in out
    assert "arrived" not in out


@pytest.mark.parametrize("language", ["python", "node", "any"])
def test_its_contract_loads_and_nothing_is_left_to_fill_in(run, tmp_path, language):
    run("init", "--language", language, "--name", "my-tool", "--no-smoke")
    contract = load(tmp_path / "telemetry" / "contract.toml")
    assert contract.variables.host == "MY_TOOL_POSTHOG_HOST"
    assert (tmp_path / "telemetry" / "contract.toml").read_text().splitlines()[0] == DIRECTIVE
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or "{{" not in path.read_text().replace("${{", "")
    assert tomllib.loads((tmp_path / "telemetry" / "contract.toml").read_text())


@pytest.mark.parametrize("name", ["serve.mjs", "hostile.mjs"])
def test_the_protocol_in_javascript_is_that_of_the_example(name):
    example = ROOT / "docs" / "examples" / "node" / name
    assert (TEMPLATES / "node" / name).read_text() == example.read_text()


def test_a_directory_that_cannot_be_written_is_said(refused, tmp_path):
    (tmp_path / ".github").write_text("no directory\n")
    assert "cannot be written" in refused("init", "--language", "any")
