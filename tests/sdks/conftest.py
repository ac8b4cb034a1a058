"""What PostHog's own packages send, recorded, and judged by the clauses."""

import contextlib
import secrets
from pathlib import Path

import pytest

from payloadproof.audit.audit import Audit
from payloadproof.contract import load
from payloadproof.evidence.files import read
from payloadproof.evidence.recording import Writer
from payloadproof.recorder.ingest import ingested
from payloadproof.recorder.project import Flag, Project
from payloadproof.recorder.server import Recorder

CONTRACT = load(Path(__file__).with_name("cups.toml"))
FLAGS = {"new-cup": Flag(value=True)}


@pytest.fixture(scope="session")
def sdk_recorder():
    with Recorder(listeners=64, project=Project(flags=FLAGS)) as opened:
        yield opened


@pytest.fixture
def leased(sdk_recorder):
    """A lease that plays a fault, for as long as the block."""

    @contextlib.contextmanager
    def of(behaviour=None):
        lease = sdk_recorder.lease(f"phc_{secrets.token_hex(16)}")
        try:
            if behaviour is not None:
                lease.script(behaviour)
            yield lease
        finally:
            lease.end()

    return of


@pytest.fixture
def judged(tmp_path):
    """The clauses that a lease's requests break; what is for information is no breach."""

    def of(lease, contract=CONTRACT):
        path = tmp_path / f"{lease.number}.jsonl"
        with path.open("wb") as file:
            writer = Writer(file, 0.0)
            for request in lease.requests():
                writer.add(request)
            writer.end()
        audit = Audit(contract, strict=True)
        audit.add(read(path))
        assert audit.flaws == []
        report = audit.report("cups")
        broken = {one.clause for one in report.verdicts if one.verdict == "failed"}
        return broken, [one.message for one in report.findings if one.clause in broken]

    return of


@pytest.fixture
def made():
    """The numbers of the cups that PostHog has in the end, one for each row."""

    def of(lease):
        rows = ingested(lease.requests())
        cups = [row.event.properties for row in rows if row.event.name == "cup_made"]
        return sorted(cup["number"] for cup in cups)

    return of
