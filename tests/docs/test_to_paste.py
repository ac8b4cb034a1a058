"""What users paste: the action, the hook, the workflows, the session; each script is run here."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = ROOT / ".github" / "actions" / "payloadproof" / "action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
GITLAB = ROOT / "docs" / "examples" / "gitlab-ci.yml"
GITHUB = ROOT / "docs" / "examples" / "github-workflow.yml"
DOOR = ROOT / "tests" / "contracts"
PINNED = re.compile(r"[\w-]+/[\w./-]+@[0-9a-f]{40}")
QUICK = "--only P3"  # few scenarios: what is tried is the script


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture
def shop(tmp_path, env):
    """A project with an adapter and a contract, and a PATH whose pip only writes down its words."""
    (tmp_path / "telemetry").mkdir()
    shutil.copy(DOOR / "door_counter.py", tmp_path / "telemetry" / "adapter.py")
    shutil.copy(DOOR / "door_counter.toml", tmp_path / "telemetry" / "contract.toml")
    own = tmp_path / "bin"
    own.mkdir()
    real = shlex.quote(sys.executable)
    words = shlex.quote(str(tmp_path / "pip"))
    python = f'if [ "$2" = pip ]; then printf "%s\\n" "$@" > {words}; else exec {real} "$@"; fi'
    commands = {"python": python, "payloadproof": f'exec {real} -m payloadproof "$@"'}
    for name, script in {**commands, "apt-get": "true"}.items():
        (own / name).write_text(f"#!/bin/sh\n{script}\n")
        (own / name).chmod(0o755)
    (tmp_path / "step.md").touch()
    path = f"{own}{os.pathsep}{os.environ['PATH']}"
    return tmp_path, {**env, "PATH": path, "GITHUB_STEP_SUMMARY": str(tmp_path / "step.md")}


def bash(script, cwd, env):
    # As a runner starts it.
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=300
    )


def expressed(text, given):
    """An expression as a runner fills it in, as far as the action has any."""

    def value(found):
        said = found[1].strip()
        if " || " in said:
            first, other = said.split(" || ", 1)
            return given.get(first.removeprefix("inputs.")) or expressed_default(other)
        return given[said.removeprefix("inputs.")]

    return re.sub(r"\$\{\{(.*?)\}\}", value, text)


def expressed_default(said):
    assert said == "format('{0}/../../..', github.action_path)"
    return f"{ACTION.parent}/../../.."


def ran(shop, **given):
    """The scripts of the action, one after another, with these inputs; what the last one said."""
    folder, env = shop
    action = read(ACTION)
    settled = {name: one["default"] for name, one in action["inputs"].items()}
    given = {**settled, **given}
    assert given.keys() == settled.keys()
    done = None
    for step in action["runs"]["steps"]:
        if "run" not in step or (
            given["command"] != "check" and "command == 'check'" in step.get("if", "")
        ):
            continue
        filled = {name: expressed(text, given) for name, text in step.get("env", {}).items()}
        done = bash(step["run"], folder, {**env, **filled})
        if done.returncode:
            break
    return done


def test_the_action_is_one_and_its_steps_are_pinned():
    action = read(ACTION)
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        assert ("run" in step) != ("uses" in step)
        assert "run" not in step or step["shell"] == "bash"
        assert "uses" not in step or PINNED.fullmatch(step["uses"])
        # What somebody wrote into an input is a variable of the script, and never its text.
        assert "${{" not in step.get("run", "")
    for one in action["inputs"].values():
        assert one["description"]
        assert isinstance(one["default"], str)


def test_the_action_checks_and_leaves_every_report(shop):
    done = ran(
        shop,
        adapter="cmd:python telemetry/adapter.py",
        contract="telemetry/contract.toml",
        # In one word, too, a profile is the one that counts.
        arguments=f"{QUICK} --profile=quick --workers 1",
    )
    folder, _ = shop
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "pip").read_text().splitlines()[:3] == ["-m", "pip", "install"]
    installed = Path((folder / "pip").read_text().splitlines()[-1])
    assert installed.resolve() == ROOT
    assert (folder / "step.md").read_text().startswith("## ✅ Payloadproof")
    assert "<!DOCTYPE html>" in (folder / "payloadproof.html").read_text()
    assert json.loads((folder / "payloadproof.json").read_text())["profile"] == "quick"
    assert (folder / "payloadproof.sarif").exists()
    assert (folder / "payloadproof.xml").exists()


def test_the_action_fails_where_the_adapter_does_not_answer(shop):
    done = ran(shop, adapter="cmd:false", contract="telemetry/contract.toml")
    assert done.returncode == 2
    assert not (shop[0] / "payloadproof.html").exists()


def test_the_action_audits_what_it_is_given_and_fails_with_it(shop):
    folder, _ = shop
    event = {"event": "door_opened", "distinct_id": "a", "properties": {"k": 1}}
    (folder / "a b.json").write_text(json.dumps([event]))
    done = ran(shop, command="audit", contract="telemetry/contract.toml", run="'a b.json'")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "::error" in done.stderr
    assert "promises broken" in (folder / "payloadproof.html").read_text()


def test_the_action_hands_a_probe_its_command_and_options(shop):
    folder, _ = shop
    said = folder / "bin" / "payloadproof"
    said.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    done = ran(
        shop, command="probe", run="./it --name 'a b'", strict="true", baseline="known x.toml"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("probe|--report|html=payloadproof.html,")
    assert done.stdout.endswith("|--baseline|known x.toml|--strict|--|./it|--name|a b|")


def test_the_action_refuses_a_command_that_it_does_not_know(shop):
    done = ran(shop, command="clauses; true")
    assert done.returncode == 2
    assert "command is check, probe or audit" in done.stdout


def test_the_hook_refuses_a_contract_that_cannot_be_used(shop):
    (hook,) = read(HOOKS)
    assert {"id", "name", "entry", "language", "files"} <= hook.keys()
    assert re.search(hook["files"], "telemetry/contract.toml")
    assert not re.search(hook["files"], "pyproject.toml")
    folder, env = shop
    whole = f"{hook['entry']} telemetry/contract.toml"
    assert bash(whole, folder, env).returncode == 0
    (folder / "telemetry" / "contract.toml").write_text("format = 2\n")
    refused = bash(whole, folder, env)
    assert refused.returncode == 2
    assert "expected: 1" in refused.stderr


def test_the_scripts_of_the_gitlab_example_run(shop):
    folder, env = shop
    (job,) = read(GITLAB).values()
    variables = {name: str(value) for name, value in job["variables"].items()}
    lines = [*job["before_script"], *job["script"]]
    lines = [line.replace("--profile ci", f"{QUICK} --workers 1") for line in lines]
    done = bash("\n".join(lines), folder, {**env, **variables})
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "pip").read_text().splitlines()[-1] == variables["PAYLOADPROOF"]
    for name in ("payloadproof.html", "payloadproof.json", job["artifacts"]["reports"]["junit"]):
        assert (folder / name).exists()


def test_the_scripts_of_the_github_example_run(shop):
    folder, env = shop
    workflow = read(GITHUB)
    (job,) = workflow["jobs"].values()
    lines = [step["run"] for step in job["steps"] if "run" in step]
    lines = [line.replace("--profile ci", f"{QUICK} --workers 1") for line in lines]
    done = bash("\n".join(lines), folder, {**env, **workflow["env"]})
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "pip").read_text().splitlines()[-1] == workflow["env"]["PAYLOADPROOF"]
    assert (folder / "step.md").read_text().startswith("## ✅ Payloadproof")
    for name in ("payloadproof.html", "payloadproof.json", "payloadproof.sarif"):
        assert (folder / name).exists()


def pasted(path):
    """Lines of shell, what is kept as an artifact, and the Python of one of the three."""
    if path == GITLAB:
        (job,) = read(path).values()
        kept = [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]]
        return job["script"], kept, job["image"].removeprefix("python:").removesuffix("-slim")
    if path == ACTION:
        steps = read(path)["runs"]["steps"]
        python = read(path)["inputs"]["python-version"]["default"]
    else:
        (job,) = read(path)["jobs"].values()
        steps = job["steps"]
        (python,) = [
            one["with"]["python-version"]
            for one in steps
            if one.get("uses", "").startswith("actions/setup-python@")
        ]
    (kept,) = [
        one["with"]["path"].split()
        for one in steps
        if one.get("uses", "").startswith("actions/upload-artifact@")
    ]
    return [one["run"] for one in steps if "run" in one], kept, python


@pytest.mark.parametrize("path", [ACTION, GITLAB, GITHUB], ids=lambda path: path.name)
def test_what_a_job_writes_is_what_it_keeps(path):
    script, kept, _ = pasted(path)
    wrote = set(re.findall(r"\b[a-z]+=(payloadproof\.[a-z]+)", "\n".join(script)))
    assert {one.rstrip("/") for one in kept} == {
        *wrote,
        "payloadproof.corpus",
        ".payloadproof/failures",
    }


def test_the_action_and_the_two_examples_run_the_same(page):
    scripts, _, pythons = zip(*map(pasted, (ACTION, GITLAB, GITHUB)), strict=True)
    assert len(set(pythons)) == 1
    look = [next(line for line in one if line.startswith("payloadproof smoke ")) for one in scripts]
    # Of the action's contract nobody has to say anything.
    assert look[0].replace("${CONTRACT:+", "").replace("}", "") == look[1] == look[2]
    # The last on the page is for whoever writes the line himself.
    own = [line for block in page("docs/ci.md").blocks for line in block.text.splitlines()]
    own = [line for line in own if line.startswith('payloadproof check --adapter "cmd:')]
    (anywhere,) = [line for line in own if "--profile ci --report" in line]
    variables = read(GITHUB)["env"]
    checks = {anywhere.partition(" --report ")[0]}
    for one in scripts[1:]:
        (line,) = [line for line in one if line.startswith("payloadproof check ")]
        line = line.partition(" --report ")[0]
        checks.add(
            line.replace("$ADAPTER", variables["ADAPTER"]).replace(
                '"$CONTRACT"', variables["CONTRACT"]
            )
        )
    assert len(checks) == 1


@pytest.mark.parametrize("path", [ACTION, HOOKS, GITLAB, GITHUB], ids=lambda path: path.name)
def test_what_is_pasted_is_yaml_and_names_no_moving_thing(path):
    text = path.read_text(encoding="utf-8")
    assert read(path)
    assert "@main" not in text
    assert "permissions: write-all" not in text


def test_the_session_of_the_docs_runs(shop, page, monkeypatch):
    (block,) = [b for b in page("docs/ci.md").blocks if b.info == "noxfile.py"]
    assert len(block.text.splitlines()) <= 12
    stand_in = types.ModuleType("nox")
    stand_in.session = lambda function: function
    monkeypatch.setitem(sys.modules, "nox", stand_in)
    folder, env = shop
    installed, codes = [], []

    class Session:
        posargs = (*QUICK.split(), "--workers", "1")

        def install(self, *words):
            installed.extend(words)

        def run(self, *words):
            codes.append(bash(shlex.join(words), folder, env).returncode)

    defined = {}
    exec(block.text, defined)
    defined["telemetry"](Session())
    assert codes == [0, 0]
    assert installed[1].startswith("payloadproof @ git+https://")
    assert (folder / "telemetry.html").exists()


def test_what_pre_commit_reads_names_the_hook(page):
    (block,) = [b for b in page("docs/ci.md").blocks if b.info == ".pre-commit-config.yaml"]
    (repository,) = yaml.safe_load(block.text)["repos"]
    (hook,) = read(HOOKS)
    assert [one["id"] for one in repository["hooks"]] == [hook["id"]]
