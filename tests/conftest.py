"""Nothing in these tests may leave loopback, and nothing in them is left to luck.

Rule 1: an attempt raises where it is made, and fails the test even when what made it swallows that,
in whatever thread.
Rule 2: a child cannot be patched from here, so that it inherits hosts on loopback; port 9 of it is
closed.
Rule 3: a socket that was made in another network namespace stays there, whatever it is told.
Rule 4: what is drawn is drawn alike in every run, on every machine, whatever ran before: who runs
the tests for the first time sees what everybody sees. Two things of Hypothesis would come between:
it mixes in constants of the modules that happen to be loaded, and finds a busy machine unhealthy.
Rule 5: the profile `nightly` draws anew, and keeps what it found. A find becomes an `@example`:
Hypothesis has no database where it draws alike.
Rule 6: what waits more than it computes is spread over the run: together at the end, it would keep
one process busy for minutes, and the others idle. No module is torn apart by it.
Rule 7: what takes seconds to make, and is only looked at, is made once in a run and not in each of
its processes.
"""

from __future__ import annotations

import fcntl
import functools
import ipaddress
import itertools
import json
import os
import signal
import socket
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from payloadproof.contract.secrets import leak_in
from payloadproof.run import seeds

NOWHERE = "http://127.0.0.1:9"
HOSTS = ("CLAUDE_MEM_TELEMETRY_HOST", "DOOR_COUNTER_HOST", "POSTHOG_HOST")

# The place of the address in the arguments of a socket's methods, and of a function's.
METHODS = {"connect": 0, "connect_ex": 0, "sendto": -1, "sendmsg": 3}
NETWORK_COOKIE = 71  # SO_NETNS_COOKIE: one number for each network namespace
LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")

WAITING = ("tests/programs/", "tests/invariants/cli/test_ending.py")

SEED = 20_260  # of the first run that is given none
BUSY = (HealthCheck.too_slow,)

settings.register_profile(
    "tests",
    deadline=None,
    database=None,
    derandomize=True,
    print_blob=False,
    suppress_health_check=BUSY,
)
# Its database is Hypothesis's own, in .hypothesis; rounds of it make up for a test's own number.
settings.register_profile(
    "nightly",
    deadline=None,
    derandomize=False,
    max_examples=500,
    print_blob=True,
    suppress_health_check=BUSY,
)
settings.load_profile("tests")


def pytest_configure(config):
    """Draw alike, unless another profile was asked for; and let Ctrl-C be heard."""
    # A shell has a command that it runs in the background ignore it, and children would inherit
    # that: tests that interrupt one would wait for ever.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("--hypothesis-profile", None) in {None, "tests"}:
        # In an environment of nox there are few; in a clone that is installed in place, hundreds.
        nothing = providers.Constants()
        providers._get_local_constants = lambda: nothing


def pytest_collection_modifyitems(items):
    """Spread what waits between the modules of what does not (Rule 6)."""
    waiting = [one for one in items if one.nodeid.startswith(WAITING)]
    others = [one for one in items if not one.nodeid.startswith(WAITING)]
    order, done, spread = [], 0, 0
    for _, module in itertools.groupby(others, key=lambda one: one.path):
        together = list(module)
        order += together
        done += len(together)
        due = len(waiting) * done // len(others)
        order += waiting[spread:due]
        spread = due
    items[:] = order or waiting


@pytest.fixture(autouse=True)
def _seeds_of_runs(monkeypatch):
    """A run that is given no seed draws the same in every run of its test."""
    if settings.default.derandomize:
        numbers = itertools.count(SEED)
        monkeypatch.setattr(seeds, "drawn", lambda: next(numbers))


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Makes something in a folder of its own, once in a run: the folder, and what it gave as JSON.

    Whoever comes second waits for it; if it fails, each tries, and fails by its own account.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # which is of this run, and of all of its processes

    def made(name, make):
        told = shared / f"{name}.json"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not told.exists():
                folder = tempfile.mkdtemp(prefix=f"{name}-", dir=shared)
                text = json.dumps([folder, make(Path(folder))])
                told.write_text(text, encoding="utf-8")
        folder, gave = json.loads(told.read_text(encoding="utf-8"))
        return Path(folder), gave

    return made


class LeftLoopbackError(RuntimeError):
    """A test tried to reach another machine."""


def _is_loopback(host):
    if not host or host == "localhost":
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name == "localhost"


def _network(of):
    return of.getsockopt(socket.SOL_SOCKET, NETWORK_COOKIE, 8)


def _is_of_this_network(one):
    with socket.socket() as ours:
        return _network(one) == _network(ours)


def _refuse(how, host, strayed):
    strayed.append(f"{how} of {host!r}")
    raise LeftLoopbackError(
        f"{how} of {host!r}: tests stay on loopback; give it a recorder, or {NOWHERE}"
    )


def _guarded_method(name, place, strayed):
    original = getattr(socket.socket, name)

    @functools.wraps(original)
    def guarded(self, *args):
        address = args[place] if len(args) > max(place, 0) else None
        internet = self.family in (socket.AF_INET, socket.AF_INET6)
        leaves = internet and isinstance(address, tuple) and not _is_loopback(address[0])
        if leaves and _is_of_this_network(self):
            _refuse(name, address[0], strayed)
        return original(self, *args)

    return guarded


def _guarded_lookup(name, strayed):
    original = getattr(socket, name)

    @functools.wraps(original)
    def guarded(host, *args, **kwargs):
        if not _is_loopback(host):
            _refuse(name, host, strayed)
        return original(host, *args, **kwargs)

    return guarded


@pytest.fixture(scope="session", autouse=True)
def _loopback_only(request):
    attempts = []
    with pytest.MonkeyPatch.context() as patch:
        for name, place in METHODS.items():
            patch.setattr(socket.socket, name, _guarded_method(name, place, attempts))
        for name in LOOKUPS:
            patch.setattr(socket, name, _guarded_lookup(name, attempts))
        for variable in HOSTS:
            patch.setenv(variable, NOWHERE)
        yield attempts


@pytest.fixture(autouse=True)
def strayed(_loopback_only):
    """Attempts to leave loopback; what is still in it when the test is over fails the test."""
    yield _loopback_only
    attempts = list(_loopback_only)
    _loopback_only.clear()
    if attempts:
        pytest.fail(f"the test tried to leave loopback: {'; '.join(attempts)}", pytrace=False)


def pytest_make_parametrize_id(val, argname):
    """No test is named after what is made anew in each process: all must collect the same names.

    Bytes are, since gzip keeps the time; and so are secrets and ids.
    """
    if isinstance(val, bytes):
        return "bytes"
    return argname if isinstance(val, str) and leak_in(val) else None
