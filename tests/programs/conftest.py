"""A probe of a program of this directory, in this process."""

import secrets
import sys
from pathlib import Path

import pytest

from payloadproof.blackbox.driving import Command
from payloadproof.blackbox.probe import Probe, probe
from payloadproof.blackbox.wanted import Switch, faults
from payloadproof.drive.internet import missing

HERE = Path(__file__).parent
DO_NOT_TRACK = Switch(variable="DO_NOT_TRACK", value="1", own=False)
ACME_TELEMETRY = Switch(variable="ACME_TELEMETRY", value="0", own=True)


@pytest.fixture
def failed(monkeypatch):
    """Runs a program under the named runs alone; which clauses fail, with what was said of them."""
    if why := missing():
        pytest.skip(f"no network namespace can be made here: {why}")
    # What a difference hangs on is said in a report, and asked by nobody here.
    monkeypatch.setattr("payloadproof.blackbox.probe.ASPECTS", ())

    def of(kind, name, *only, arguments=(), decided=(), **also):
        script = HERE / kind / f"{name}.py"
        assert script.exists(), script
        key = f"phc_{secrets.token_hex(20)}"
        wait_s = "2" if {one.name for one in faults()} & set(only) else "20"
        command = Command(
            argv=(sys.executable, str(script), *arguments),
            set={
                "ACME_KEY": key,
                "ACME_WAIT_S": wait_s,
                "PYTHONPATH": str(HERE),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            **also,
        )
        typed = Switch(
            own=True,
            command=(sys.executable, str(script), *decided),
            label=f"acme {' '.join(decided)}",
        )
        switches = (DO_NOT_TRACK, ACME_TELEMETRY, *((typed,) if decided else ()))
        plan = Probe(command=command, switches=switches, only=only, seed=secrets.token_hex(8))
        report = probe(plan)
        said = {one.clause: [] for one in report.verdicts if one.verdict == "failed"}
        for finding in report.findings:
            said.setdefault(finding.clause, []).append(finding.message)
        levels = {one.clause: one.level for one in report.verdicts}
        vacuous = {one.clause: one.reason for one in report.verdicts if one.verdict != "passed"}
        return Outcome(said, levels, vacuous)

    return of


class Outcome:
    """What a probe found.

    Attributes:
        failed: what was said, by clause; clauses for information are left out.
        told: the same of clauses for information.
        open: the clauses that did not pass, with the reason.
    """

    def __init__(self, said, levels, vacuous):
        self.failed = {clause: text for clause, text in said.items() if levels[clause] != "INFO"}
        self.told = {clause: text for clause, text in said.items() if levels[clause] == "INFO"}
        self.open = vacuous
