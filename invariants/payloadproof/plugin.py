"""The pytest plugin: the clauses as tests.

    pytest --pyargs payloadproof.suite --payloadproof-adapter "cmd:node adapter.mjs"

Rule 1: in a run that does not use it, it adds four options and imports nothing.
Rule 2: the suite runs once, for the clauses that pytest has selected: under pytest-xdist too, where
the workers share what the first of them has run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from payloadproof.outcome.model import Report


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options; what they default to is what ``payloadproof check`` does."""
    group = parser.getgroup("payloadproof", "what a program's telemetry sends")
    group.addoption(
        "--payloadproof-adapter",
        metavar="A",
        help="how to reach the program: direct:package.module:object, or cmd:COMMAND",
    )
    group.addoption(
        "--payloadproof-contract",
        metavar="C",
        help="what the program may send: a shipped contract, or a TOML file",
    )
    group.addoption(
        "--payloadproof-profile",
        choices=("quick", "ci", "deep"),
        default="quick",
        help="how many scenarios (default: quick); deep: one round, in this process",
    )
    group.addoption(
        "--payloadproof-allow-unsupported",
        metavar="ID,...",
        default="",
        help="clauses that may be unsupported: they are skipped and do not fail",
    )


@pytest.fixture(scope="session")
def payloadproof_report(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Report:
    """The report of one run, over the clauses of the selected tests."""
    worker = getattr(request.config, "workerinput", None)
    if worker is None:
        return _run(request)
    # All workers of pytest-xdist have this directory's parent in common.
    shared = tmp_path_factory.getbasetemp().parent / f"payloadproof-{worker['testrunuid']}.json"
    return _shared(shared, lambda: _run(request))


def _shared(file: Path, run: Callable[[], Report]) -> Report:
    """What the first of several processes made, and wrote where the others read it."""
    import fcntl

    import msgspec

    from payloadproof.outcome.model import Report
    from payloadproof.scenario.whole import whole

    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # also one that is killed lets go of it
        if file.exists():
            return msgspec.json.decode(file.read_bytes(), type=Report)
        report = run()
        with whole(file) as written:
            written.write(msgspec.json.encode(report))
        return report


def _run(request: pytest.FixtureRequest) -> Report:
    """Run the suite here, for what pytest has selected."""
    from payloadproof.adapters.connect import REFERENCE
    from payloadproof.contract.problem import ContractError
    from payloadproof.errors import HarnessError
    from payloadproof.run.planning import judged, planned

    option = request.config.getoption
    calls = (getattr(item, "callspec", None) for item in request.session.items)
    clauses = [call.params["clause"] for call in calls if call and "clause" in call.params]
    try:
        return judged(
            planned(
                option("--payloadproof-adapter") or REFERENCE,
                option("--payloadproof-contract") or None,
                profile=option("--payloadproof-profile"),
                only=clauses,
                allow_unsupported=option("--payloadproof-allow-unsupported") or (),
            )
        )
    except (HarnessError, ContractError) as error:
        pytest.fail(f"payloadproof: {error}", pytrace=False)
