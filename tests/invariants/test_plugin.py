"""The pytest plugin, in a pytest of its own."""

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from payloadproof.clauses.clause import clauses

# From the source tree there is no entry point: the plugin is named instead.
NAMED = [] if entry_points(group="pytest11", name="payloadproof") else ["-p", "payloadproof.plugin"]
# A run of the whole suite is what the other tests are for.
FEW = """
from payloadproof.run.properties import PROFILES, Profile
PROFILES["quick"] = Profile(examples=5, shrink_s=0.5)
"""
ADAPTERS = """
import os
import pathlib

from door_counter import DoorCounterAdapter

class Throwing(DoorCounterAdapter):
    def capture(self, event, properties, *, person, transport):
        super().capture(event, properties, person=person, transport=transport)
        raise LookupError("no listener")

class Timeless(DoorCounterAdapter):
    clock = "real"

class Counted(DoorCounterAdapter):
    def start(self, scenario):
        place = pathlib.Path(__file__).with_name("started")
        place.mkdir(exist_ok=True)
        (place / str(os.getpid())).touch()
        super().start(scenario)

class Silent(DoorCounterAdapter):
    def capture(self, event, properties, *, person, transport):
        pass
"""


@pytest.fixture
def run(tmp_path, direct, door_contract_file):
    """A pytest with the plugin; its exit code and what it printed."""
    (tmp_path / "few.py").write_text(FEW)
    (tmp_path / "adapters.py").write_text(ADAPTERS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    path = [str(tmp_path), *sys.path]

    def invoke(*words):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *NAMED, "-ra", *words],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, path)), "COLUMNS": "250"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return invoke


@pytest.fixture
def conform(run, door_contract_file):
    """The suite as tests of one of the adapters."""

    def invoke(adapter, *words):
        options = (f"--payloadproof-adapter={adapter}", "-p", "few")
        contract = f"--payloadproof-contract={door_contract_file}"
        return run("--pyargs", "payloadproof.suite", *options, contract, *words)

    return invoke


def test_every_clause_is_a_test(conform):
    code, output = conform("direct:door_counter:DoorCounterAdapter", "--collect-only", "-q")
    assert code == 0, output
    assert re.findall(r"test_clause\[(\w+)\]", output) == list(clauses())


def test_a_sound_adapter_passes_what_is_selected(conform):
    code, output = conform("direct:door_counter:DoorCounterAdapter", "-k", "W5 or A8", "-v")
    assert code == 0, output
    assert "test_clause[W5] PASSED" in output, output
    assert "not applicable: the contract has no session rollup" in output
    assert "not selected" not in output


def test_a_finding_fails_its_own_test_with_its_text(conform):
    code, output = conform("direct:adapters:Throwing", "-k", "W5 or S1", "-v")
    assert code == 1, output
    assert "test_clause[W5] PASSED" in output, output
    assert "test_clause[S1] FAILED" in output
    assert "observed  it raised LookupError" in output
    assert re.search(r"^seed \d+$", output, re.MULTILINE)
    assert "Traceback" not in output


def test_what_the_adapter_lacks_fails_like_the_check_and_is_skipped_where_it_is_allowed(conform):
    code, output = conform("direct:adapters:Timeless", "-k", "W5 or C3")
    assert code == 1, output
    assert "unsupported: the adapter has no virtual clock" in output
    allowed = "--payloadproof-allow-unsupported=C3"
    code, output = conform("direct:adapters:Timeless", "-k", "W5 or C3", allowed)
    assert code == 0, output
    assert "unsupported: the adapter has no virtual clock" in output


def test_what_is_vacuous_fails(conform):
    code, output = conform("direct:adapters:Silent", "-k", "W5")
    assert code == 1, output
    assert "vacuous: nothing arrived" in output


def test_an_adapter_that_is_none_is_told_without_a_traceback(conform):
    code, output = conform("node adapter.mjs", "-k", "W5")
    assert code == 1
    assert "is not an adapter" in output
    assert "Traceback" not in output


def test_a_run_that_does_not_use_it_imports_nothing_of_it(run, tmp_path):
    (tmp_path / "test_mine.py").write_text(
        "import sys\n"
        "def test_mine():\n"
        "    assert 'payloadproof.plugin' in sys.modules\n"
        "    assert not {'msgspec', 'aiohttp', 'payloadproof.run.check'} & {*sys.modules}\n"
    )
    code, output = run("test_mine.py")
    assert code == 0, output
    assert "1 passed" in output
    assert "payloadproof" not in output.partition("test_mine.py")[2]


def test_workers_of_xdist_share_one_run(conform, tmp_path):
    started = tmp_path / "started"
    code, output = conform("direct:adapters:Counted", "-k", "W5 or S1 or A8", "-v", "-n", "3")
    assert code == 0, output
    assert len({*re.findall(r"\[(gw\d)\]", output)}) > 1, output
    assert "2 passed, 1 skipped" in output
    shared = len([*started.iterdir()])
    for one in started.iterdir():
        one.unlink()
    assert conform("direct:adapters:Counted", "-k", "W5 or S1 or A8")[0] == 0
    assert shared == len([*started.iterdir()])  # as many processes ran it as where there is one


def test_a_finding_of_the_shared_run_fails_its_own_test_with_its_text(conform):
    code, output = conform("direct:adapters:Throwing", "-k", "W5 or S1", "-v", "-n", "2")
    assert code == 1, output
    assert "1 failed, 1 passed" in output
    assert "observed  it raised LookupError" in output


def test_workers_are_each_told_that_there_is_no_adapter(conform):
    code, output = conform("node adapter.mjs", "-k", "W5 or S1", "-n", "2")
    assert code == 1
    assert "is not an adapter" in output
    assert "Traceback" not in output
