"""``payloadproof doctor``: each thing that a machine can lack, and how to get it."""

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from payloadproof.adapters import memory
from payloadproof.clauses.clause import SURROUNDINGS, every_clause, named
from payloadproof.cli import doctor as command
from payloadproof.cli import main
from payloadproof.drive import enclosure, internet, machine

NETWORK, FIGURES, PAST = "W6 connections elsewhere", "B7 bounded memory", "H6 a long past"
NEEDED = {"true", "unshare", "node", "chromium", "apt-get"}


class Machine:
    """A machine that has everything, until something is taken from it."""

    def __init__(self, monkeypatch, tmp_path):
        self.programs = {*NEEDED}
        self.modules = {one for extra in machine.EXTRAS.values() for one in extra}
        self.refuses = {}  # what each call says on stderr when it fails
        self.proc = tmp_path / "proc"
        self.calls = []
        for one in ("self/ns/net", "self/statm"):
            (self.proc / one).parent.mkdir(parents=True, exist_ok=True)
            (self.proc / one).write_text("1 1")
        monkeypatch.setattr(machine, "PROC", self.proc)
        monkeypatch.setattr(memory, "PROC", self.proc)
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(platform, "system", lambda: "Linux")
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        monkeypatch.setattr(shutil, "which", self.which)
        monkeypatch.setattr(importlib.util, "find_spec", self.find_spec)
        monkeypatch.setattr(subprocess, "run", self.run)

    def which(self, name, path=None):
        return f"/bin/{name}" if name in self.programs else None

    def find_spec(self, name):
        return object() if name in self.modules else None

    def run(self, call, *, check, user=None, **_):
        name = call[0].rpartition("/")[2]
        self.calls.append((*call, user))
        if name not in self.programs:
            raise FileNotFoundError(name)
        said = self.refuses.get(name) or self.refuses.get((name, user))
        if isinstance(said, Exception):
            raise said
        if said and check:
            raise subprocess.CalledProcessError(1, call)
        return SimpleNamespace(
            returncode=int(bool(said)), stdout=b"v24.1.0\n", stderr=(said or "").encode()
        )

    def setting(self, name, value):
        file = self.proc / "sys" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{value}\n")


@pytest.fixture
def here(monkeypatch, tmp_path):
    return Machine(monkeypatch, tmp_path)


def examined():
    """What the command says of each thing, in JSON; in text, the same."""
    done = CliRunner().invoke(main, ["doctor", "--format", "json"])
    assert (done.exit_code, done.exception) == (0, None)
    found = {one["name"]: one for one in json.loads(done.stdout)["machine"]}
    text = CliRunner().invoke(main, ["doctor"])
    assert (text.exit_code, text.stderr) == (0, "")
    for name, one in found.items():
        assert f"{'✓' if one['there'] else '✗'} {name}: {one['what']}\n" in text.stdout
        assert one["there"] or f"    to get it: {one['get']}\n" in text.stdout
        assert all(lost in text.stdout for lost in one["not_run"])
        assert one["there"] == (not one["get"]) == (not one["not_run"])
    return found, text.stdout


def absent(found):
    return {name for name, one in found.items() if not one["there"]}


def test_a_machine_with_everything_lacks_nothing(here):
    found, text = examined()
    assert absent(found) == set()
    assert "not run" not in text
    assert text.splitlines()[-1] == "next: payloadproof init"
    assert found["node"]["what"] == "v24.1.0, /bin/node"


def test_without_unshare_there_is_no_namespace_and_its_package_is_named(here):
    here.programs -= {"unshare"}
    found, text = examined()
    assert absent(found) == {"unshare", "network namespace", "small internet"}
    for one in absent(found):
        assert found[one]["get"] == "sudo apt-get install util-linux"
    assert NETWORK in found["unshare"]["not_run"]
    assert "payloadproof probe" in found["unshare"]["not_run"]
    assert text.splitlines()[-1] == "next: sudo apt-get install util-linux"


@pytest.mark.parametrize(
    ("setting", "value", "get"),
    [
        ("user/max_user_namespaces", "0", "user.max_user_namespaces=15000"),
        ("user/max_net_namespaces", "0", "user.max_net_namespaces=15000"),
        ("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
    ],
)
def test_the_setting_that_takes_namespaces_from_a_plain_user_is_named(here, setting, value, get):
    here.refuses["unshare"] = "unshare: unshare failed: Operation not permitted"
    here.setting(setting, value)
    found, _ = examined()
    assert absent(found) == {"network namespace", "small internet"}
    assert found["network namespace"]["get"] == f"sudo sysctl -w {get}"
    assert "Operation not permitted" in found["network namespace"]["what"]
    assert found["network namespace"]["not_run"] == [NETWORK]
    assert "payloadproof probe" in found["small internet"]["not_run"]


def test_where_no_setting_forbids_namespaces_it_is_the_containers_filter(here):
    here.refuses["unshare"] = "unshare: unshare failed: Operation not permitted"
    here.setting("user/max_user_namespaces", "15000")
    here.setting("kernel/apparmor_restrict_unprivileged_userns", "0")
    found, _ = examined()
    assert found["small internet"]["get"].startswith("docker run --security-opt seccomp=unconf")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (subprocess.TimeoutExpired("unshare", 10), "did not end within 10 s"),
        (PermissionError("no"), "cannot be tried here"),
    ],
)
def test_a_call_that_hangs_or_cannot_be_made_is_an_answer(here, trouble, said):
    here.refuses["unshare"] = trouble
    found, _ = examined()
    assert said in found["small internet"]["what"]


def test_as_root_a_plain_user_is_tried_too(here, monkeypatch):
    name = "small internet as a plain user"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    here.refuses["unshare", machine.NOBODY] = "unshare: Operation not permitted"
    here.setting("kernel/unprivileged_userns_clone", "0")
    found, _ = examined()
    assert absent(found) == {name}
    assert found[name]["get"] == "sudo sysctl -w kernel.unprivileged_userns_clone=1"
    assert all("unless by root" in one for one in found[name]["not_run"])


def test_root_that_may_become_nobody_else_is_not_asked_to(here, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    here.refuses["true", machine.NOBODY] = PermissionError("as in a user namespace")
    found, _ = examined()
    assert absent(found) == set()
    assert "small internet as a plain user" not in found


def test_without_proc_neither_memory_nor_networks_can_be_read(here):
    (here.proc / "self" / "statm").unlink()
    found, _ = examined()
    assert absent(found) == {"/proc"}
    assert {NETWORK, FIGURES, PAST} <= {*found["/proc"]["not_run"]}
    assert found["/proc"]["get"] == "sudo mount -t proc proc /proc"


@pytest.mark.parametrize(
    ("name", "program", "package", "lost"),
    [
        ("node", "node", "nodejs", "payloadproof init --language node"),
        ("chromium", "chromium", "chromium", "a page in a browser"),
    ],
)
def test_a_program_that_is_not_there_comes_in_a_package(here, name, program, package, lost):
    here.programs -= {program}
    found, text = examined()
    assert absent(found) == {name}
    assert found[name]["get"] == f"sudo apt-get install {package}"
    assert found[name]["not_run"][0].startswith(lost)
    last = "payloadproof init" if name == "chromium" else f"sudo apt-get install {package}"
    assert text.splitlines()[-1] == f"next: {last}"


@pytest.mark.parametrize("browser", machine.BROWSERS)
def test_chromium_may_go_by_another_name(here, browser):
    here.programs = NEEDED - {"chromium"} | {browser}
    assert examined()[0]["chromium"]["what"] == f"/bin/{browser}"


@pytest.mark.parametrize(
    ("installer", "get"),
    [
        ("dnf", "sudo dnf install nodejs"),
        ("apk", "sudo apk add nodejs"),
        ("pacman", "sudo pacman -S nodejs"),
        ("brew", "brew install node"),
        (None, "sudo apt-get install nodejs"),
    ],
)
def test_the_command_is_the_one_of_this_system(here, installer, get):
    here.programs = NEEDED - {"node", "apt-get"} | {installer}
    assert examined()[0]["node"]["get"] == get


def test_a_node_that_does_not_run_is_not_there(here):
    here.refuses["node"] = "error while loading shared libraries"
    found, _ = examined()
    assert absent(found) == {"node"}
    assert "/bin/node does not run" in found["node"]["what"]


@pytest.mark.parametrize("extra", machine.EXTRAS)
def test_an_extra_that_is_not_installed_is_named_with_what_it_lacks(here, extra):
    first = machine.EXTRAS[extra][0]
    here.modules -= {first}
    found, _ = examined()
    assert absent(found) == {f"extra {extra}"}
    assert found[f"extra {extra}"]["what"] == f"not installed: {first}"
    assert found[f"extra {extra}"]["get"] == f'pip install "payloadproof[{extra}]"'


def test_an_old_python_is_told(here, monkeypatch):
    monkeypatch.setattr(machine, "OLDEST", (4, 0))
    found, _ = examined()
    assert absent(found) == {"python"}
    assert "4.0 is the oldest" in found["python"]["what"]


def test_another_system_than_linux_is_sent_to_a_container(here, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    here.programs -= {"unshare"}
    (here.proc / "self" / "statm").unlink()
    found, _ = examined()
    assert absent(found) == {"/proc", "unshare", "network namespace", "small internet"}
    assert {found[one]["get"] for one in absent(found)} == {machine.CONTAINER}
    assert [call for call in here.calls if call[0] == "unshare"] == []


def test_each_clause_that_the_machine_decides_about_is_named_for_some_lack():
    of_the_machine = {"memory figures", "network namespace"}
    assert of_the_machine <= {*SURROUNDINGS}
    assert set().union(*command.WITHIN.values()) == of_the_machine
    wanting = {one for one, c in every_clause().items() if {*c.within} & of_the_machine}
    assert {named(one) for one in wanting} == {NETWORK, FIGURES, PAST}


def test_the_extras_are_those_of_the_package():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert {*machine.EXTRAS} == {*project["optional-dependencies"]}


NO_MORE = "echo 0 > /proc/sys/user/max_user_namespaces && exec "


@pytest.mark.skipif(not enclosure.available(), reason="this machine gives no user namespaces")
def test_where_the_kernel_gives_no_namespace_the_setting_behind_it_is_found():
    shell = f'{NO_MORE} "{sys.executable}" -m payloadproof doctor --format json'
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", shell],
        capture_output=True,
        check=True,
        timeout=60,
    )
    found = {one["name"]: one for one in json.loads(done.stdout)["machine"]}
    assert {"network namespace", "small internet"} <= absent(found)
    assert found["network namespace"]["get"] == "sudo sysctl -w user.max_user_namespaces=15000"


def test_what_it_says_of_this_machine_is_what_a_run_finds():
    found, _ = examined()
    assert found["python"]["there"]
    assert found["network namespace"]["there"] == enclosure.available()
    assert found["small internet"]["there"] == (not internet.missing())
    assert found["/proc"]["there"] == memory.can_be_told()
    assert found["node"]["there"] == (shutil.which("node") is not None)
