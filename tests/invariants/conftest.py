from __future__ import annotations

import gzip
import itertools
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import NamedTuple

import pytest

from payloadproof.adapters.connect import connector
from payloadproof.clauses.clause import clauses
from payloadproof.contract import load
from payloadproof.evidence.runs import Host, Run
from payloadproof.outcome.model import Report, ReportedFinding
from payloadproof.outcome.plan import Plan
from payloadproof.protocol.messages import Implementation
from payloadproof.recorder.decode import decode
from payloadproof.recorder.ledger import Request
from payloadproof.run import workers
from payloadproof.run.properties import PROFILES, Profile
from payloadproof.scenario import steps as do

TESTS = Path(__file__).parents[1]
DOOR_COUNTER = TESTS / "contracts"
FAUX = TESTS / "fauxmplementations"


@pytest.fixture(scope="session", autouse=True)
def _importable_from_anywhere():
    """A relative PYTHONPATH means nothing to a child that is started elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        if roots := os.environ.get("PYTHONPATH"):
            absolute = (str(Path(root).absolute()) for root in roots.split(os.pathsep))
            patch.setenv("PYTHONPATH", os.pathsep.join(absolute))
        yield


@pytest.fixture(scope="session")
def contract():
    return load("claude_mem")


@pytest.fixture(scope="session")
def door_contract():
    return load(DOOR_COUNTER / "door_counter.toml")


@pytest.fixture(scope="session")
def door_contract_file():
    return DOOR_COUNTER / "door_counter.toml"


@pytest.fixture(scope="session")
def in_a_terminal():
    """Runs a command of Python's in a terminal of its own: the exit code, and what it printed."""

    def run(command):
        child, terminal = pty.fork()
        if child == 0:
            os.execv(command[0], command)
        printed = b""
        while True:
            try:
                printed += os.read(terminal, 1 << 16)
            except OSError:  # the last one that had the terminal is gone
                break
        os.close(terminal)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status), printed

    return run


KETTLE = """
format = 1
[product]
name = "kettle"
description = "Boils water"
[consent]
default = "{default}"
{layers}
[wire]
geoip_disable = false
directives = []
stamps = []
[properties]
{events}
"""
BOILED = """
[events.boiled]
kind = "{kind}"
ceiling_per_day = 500
description = "It boiled."
properties = []
sample = {sample}
"""


@pytest.fixture
def kettle(tmp_path):
    """Writes a small contract; its layers of consent are TOML, as is what stands under events."""

    def make(*layers, default="on", events="[events]"):
        chain = "".join(f"[[consent.layers]]\n{one}\n" for one in layers) or "layers = []"
        path = tmp_path / "kettle.toml"
        path.write_text(KETTLE.format(default=default, layers=chain, events=events))
        return path

    return make


@pytest.fixture
def sampled(kettle):
    """Writes the same with one event, of which a share is sent."""

    def make(sample, kind="direct"):
        return kettle(events=BOILED.format(sample=sample, kind=kind))

    return make


@pytest.fixture(scope="session")
def faux():
    """The `cmd:` spec of a wrong adapter."""

    def spec(name):
        script = FAUX / f"{name}.py"
        assert script.exists(), script
        return f"cmd:{shlex.join([sys.executable, str(script)])}"

    return spec


@pytest.fixture(scope="session")
def door_counter():
    """The `cmd:` spec of the sound adapter of the door counter."""
    return f"cmd:{shlex.join([sys.executable, str(DOOR_COUNTER / 'door_counter.py')])}"


@pytest.fixture
def direct(monkeypatch):
    """The `direct:` spec of an adapter in one of the test directories."""
    for directory in (DOOR_COUNTER, FAUX):
        monkeypatch.syspath_prepend(directory)

    def spec(target):
        return f"direct:{target}"

    return spec


@pytest.fixture
def few(monkeypatch):
    """A profile of a few scenarios, in this process: others do not know of it."""
    monkeypatch.setitem(PROFILES, "quick", Profile(examples=12, shrink_s=2.0))
    monkeypatch.setattr(workers, "cores", lambda: 1)


@pytest.fixture
def plan(direct, door_contract, door_contract_file, tmp_path):
    """A plan to check one of the door counters, by `module:Class` or a whole spec."""

    def make(target, only=None, **also):
        spec = target if target.startswith("cmd:") else direct(target)
        settled = {
            "contract": door_contract,
            "contract_name": str(door_contract_file),
            "connector": connector(spec, without=door_contract.variable_names),
            "clauses": tuple(clauses()) if only is None else only,
            "seed": 1,
            "home": tmp_path,
        }
        return Plan(**{**settled, **also})

    return make


class Interrupted(NamedTuple):
    first: str
    output: str
    errors: str
    code: int


@pytest.fixture
def interrupted(tmp_path, door_counter, door_contract_file):
    """A `check` of the door counter that gets a terminal's Ctrl-C after its first line."""

    def run(profile, *words):
        what = ("--adapter", door_counter, "--contract", str(door_contract_file))
        path = os.pathsep.join(filter(None, sys.path))
        with subprocess.Popen(
            [sys.executable, "-m", "payloadproof", "check", "--profile", profile, *what, *words],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": path, "COLUMNS": "250"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a terminal signals the whole group, the workers too
        ) as running:
            first = running.stdout.readline()
            os.killpg(running.pid, signal.SIGINT)
            output, errors = running.communicate(timeout=120)
        return Interrupted(first, output, errors, running.returncode)

    return run


@pytest.fixture(scope="session")
def reported():
    """A finding as a report holds it, of a scenario of so many steps."""

    def make(fingerprint, steps=1, *, clause="S1", shrunk=True):
        return ReportedFinding(
            clause=clause,
            message="m",
            expected="e",
            observed="o",
            evidence=(),
            definite=True,
            shrunk=shrunk,
            scenario=do.Scenario(steps=(do.Flush(),) * steps, env={}, now_ms=0),
            fingerprint=fingerprint,
        )

    return make


@pytest.fixture(scope="session")
def report_of():
    """The report of a run that gave these verdicts."""

    def make(*verdicts, **also):
        settled = {
            "payloadproof": "1",
            "command": "check",
            "implementation": Implementation(name="door", version="1", language="python"),
            "adapter": "direct:a:B",
            "contract": "claude_mem",
            "profile": "quick",
            "seed": 7,
            "seconds": 1.0,
            "scenarios": 1,
            "findings": (),
        }
        return Report(verdicts=verdicts, **{**settled, **also})

    return make


@pytest.fixture(scope="session")
def sent():
    """A request as the recorder decodes it: a batch of events, or ``body`` as it is."""
    numbers = itertools.count(1)

    def make(*events, body=None, path="/batch/", headers=(), method="POST", packed=False):
        if body is None:
            body = json.dumps({"api_key": "project", "batch": events}).encode()
        wire = gzip.compress(body) if packed else body
        decoded = decode(method, path, headers, wire)
        return Request(
            number=next(numbers),
            began_at=0.0,
            port=443,
            connection=1,
            method=method,
            path=path,
            headers=tuple(headers),
            wire=wire,
            wire_size=len(wire),
            answered=200,
            **{field: getattr(decoded, field) for field in decoded.__struct_fields__},
        )

    return make


@pytest.fixture(scope="session")
def event():
    """An event with a random uuid."""

    def make(name="started", distinct_id="install-1", **properties):
        return {
            "event": name,
            "distinct_id": distinct_id,
            "uuid": str(uuid.uuid4()),
            "timestamp": "2026-10-01T10:00:00Z",
            "properties": properties,
        }

    return make


@pytest.fixture(scope="session")
def run_with():
    """A run that said these requests to one host of PostHog's."""

    def make(*requests, host="eu.telemetry.example", kind="posthog", others=(), **about):
        spoken = Host(name=host, kind=kind, requests=requests)
        about.setdefault("name", "as it is")
        hosts = (spoken, *others) if requests else tuple(others)
        return Run(hosts=hosts, asked=tuple(one.name for one in hosts), **about)

    return make


class Says:
    """Whether a masked text says more than a few characters in a row of a secret."""

    def __call__(self, text, secret, length=5):
        shown = {piece for one in self.islands(text) for piece in self._pieces(one, length)}
        return bool(self._pieces(secret, length) & shown)

    @staticmethod
    def islands(text):
        """The rows of letters and digits that a masked text shows; numbers of covered ones not."""
        return [one.casefold() for one in re.findall(r"[^\W_]+", re.sub(r"…\d*", "|", text))]

    @staticmethod
    def _pieces(text, length):
        bare = "".join(char for char in text if char.isalnum()).casefold()
        return {bare[at : at + length] for at in range(len(bare) - length + 1)}


@pytest.fixture(scope="session")
def says():
    return Says()
