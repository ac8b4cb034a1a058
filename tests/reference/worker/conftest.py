import os
import sys
import uuid
from pathlib import Path

import pytest

from payloadproof.recorder.server import Recorder
from payloadproof_reference.transport import HOST, KEY

# With --import-mode=importlib a test's siblings are not importable.
sys.path.insert(0, str(Path(__file__).parent))
from worker_child import Child


@pytest.fixture(scope="module")
def recorder():
    with Recorder(listeners=4) as opened:
        yield opened


@pytest.fixture
def lease(recorder):
    taken = recorder.lease(f"phc_{uuid.uuid4().hex}")
    yield taken
    taken.end()


@pytest.fixture
def program():
    """What is run as the worker."""
    return ("-m", "payloadproof_reference.worker")


@pytest.fixture
def worker(lease, data_dir, program):
    """Starts one, or what is given in its place."""
    env = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    env |= {"PYTHONPATH": os.pathsep.join(sys.path), "CLAUDE_MEM_DATA_DIR": str(data_dir)}
    started = []

    def start(*instead, **more):
        ours = {HOST: lease.host, KEY: lease.token}
        started.append(Child({**env, **ours, **more}, data_dir, instead or program))
        return started[-1]

    yield start
    for child in started:
        child.process.kill()
        child.process.communicate()


@pytest.fixture
def sent(lease):
    """The events so far, of one name."""

    def named(name):
        found = [event for request in lease.requests() for event in request.events]
        return [event for event in found if event.name == name]

    return named
