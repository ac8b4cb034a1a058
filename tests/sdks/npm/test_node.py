"""posthog-node of npm, in both of its capture modes, packed and plain, under every fault."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from sdk_faults import CUPS, FAULTS, KEPT

HERE = Path(__file__).parent
PATHS = {"v0": "/batch/", "v1": "/i/v1/analytics/events"}
#: Where it does otherwise than try again or give up.
OTHERWISE = {"v0": {}, "v1": {"413 once": [], "not persisted": [2, 3]}}
DRIVEN_S = 60


@pytest.fixture
def driven():
    """What came of clients in a Node of their own; ``version`` of capture."""
    if not (HERE / "node_modules").is_dir():
        pytest.skip("PostHog's npm packages are not installed; nox -s sdks installs them")
    node = shutil.which("node")
    assert node is not None, "node is not on PATH; nox -s sdks brings its own"

    def drive(version, *clients):
        env = {**os.environ, "POSTHOG_CAPTURE_MODE": version}
        done = subprocess.run(
            [node, "drive.mjs", json.dumps(clients)],
            cwd=HERE,
            env=env,
            capture_output=True,
            text=True,
            timeout=DRIVEN_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return drive


def headers(request):
    return {name.lower(): value for name, value in request.headers}


@pytest.mark.parametrize("encoding", ["gzip", None])
@pytest.mark.parametrize("version", PATHS)
def test_every_request_is_recorded_decoded_and_judged_right(
    *, driven, leased, judged, made, version, encoding
):
    with leased() as lease:
        options = {"disableCompression": encoding is None}
        driven(version, {"host": lease.host, "key": lease.token, "options": options})
        requests = lease.requests()
    assert {request.path for request in requests} == {PATHS[version]}
    assert {(request.status, request.answered) for request in requests} == {(200, 200)}
    assert {headers(request).get("content-encoding") for request in requests} == {encoding}
    assert all(json.loads(request.body)["batch"] for request in requests)
    assert all(request.tokens == (lease.token,) for request in requests)
    assert made(lease) == CUPS
    assert judged(lease) == (set(), [])


def test_a_flag_is_answered_and_its_question_is_no_batch(driven, leased, judged, made):
    with leased() as lease:
        (said,) = driven("v0", {"host": lease.host, "key": lease.token, "flag": "new-cup"})
        asked = [request for request in lease.requests() if request.service == "flags"]
    assert said is True
    assert [(one.status, one.events, one.envelope) for one in asked] == [(200, (), {})]
    assert made(lease) == CUPS
    assert judged(lease) == (set(), [])


@pytest.mark.parametrize("version", PATHS)
def test_what_is_kept_under_every_fault_is_exact(driven, leased, made, version):
    with contextlib.ExitStack() as stack:
        leases = {name: stack.enter_context(leased(fault)) for name, fault in FAULTS.items()}
        driven(version, *({"host": one.host, "key": one.token} for one in leases.values()))
        kept = {name: made(lease) for name, lease in leases.items()}
        arrived = {name: lease.requests() for name, lease in leases.items()}
    assert kept == KEPT | OTHERWISE[version]
    for name, requests in arrived.items():
        read = [request for request in requests if request.method == "POST"]
        assert all(request.tokens == (leases[name].token,) for request in read), name
        assert all(1 <= len(request.events) <= 3 for request in read), name
