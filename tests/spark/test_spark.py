"""Spark in local mode finds what an audit without it finds, in the same places."""

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from payloadproof.audit.audit import Audit
from payloadproof.audit.spark import of_files, of_frame
from payloadproof.contract import load
from payloadproof.errors import HarnessError
from payloadproof.evidence.files import read

sys.path.insert(0, str(Path(__file__).parents[1] / "invariants" / "audit"))

from many_events import broken, evidence_in, mixed, same, sound


@pytest.fixture(scope="module")
def session():
    builder = SparkSession.builder.master("local[2]").appName("audit")
    builder = builder.config("spark.driver.bindAddress", "127.0.0.1")
    builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.ui.enabled", "false")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)  # else it takes the first python3 there is
        session = builder.getOrCreate()
        yield session
        session.stop()


@pytest.fixture(scope="module")
def contract():
    return load("claude_mem")


def alone(contract, *paths):
    audit = Audit(contract)
    for path in paths:
        audit.add(read(path))
    return audit.report("claude_mem", timed=False)


@pytest.mark.parametrize("make", [sound, broken, mixed])
def test_files_have_the_findings_counts_and_first_places_of_one_process(
    session, contract, tmp_path, make
):
    path = tmp_path / "evidence.jsonl"
    evidence_in(path, make)
    piece = path.stat().st_size // 4
    with of_files(session, [path], "claude_mem", piece=piece) as (audit, problems):
        assert len(audit.parts) == 5
        assert problems == []
        report = audit.report("claude_mem", timed=False)
    assert same(report) == same(alone(contract, path))
    assert bool(report.findings) is (make is not sound)


def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_audited(session, contract, tmp_path):
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.txt"
    evidence_in(good, broken)
    bad.write_text("no form at all")
    with of_files(session, [good, bad], "claude_mem") as (audit, problems):
        report = audit.report("claude_mem", timed=False)
    assert [str(bad) in one.message for one in problems] == [True]
    assert same(report) == same(alone(contract, good))
    with pytest.raises(HarnessError, match=r"bad\.txt"), of_files(session, [bad], "claude_mem"):
        pass


@pytest.mark.parametrize("partitions", [1, 3])
def test_a_data_frame_has_the_findings_and_counts_of_the_same_rows_in_a_file(
    session, contract, tmp_path, partitions
):
    some = evidence_in(tmp_path / "evidence.jsonl", mixed)
    rows = [one | {"properties": json.dumps(one["properties"])} for one in some]
    path = tmp_path / "export.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    frame = session.read.parquet(str(path)).repartition(partitions)
    with of_frame(frame, "claude_mem") as (audit, problems):
        assert problems == []
        assert len(audit.parts) == partitions
        report = audit.report("claude_mem", timed=False)
    due = alone(contract, path)

    def counts(report):
        return sorted((one.clause, one.expected, one.observed) for one in report.findings)

    assert counts(report) == counts(due)
    assert report.collected.events == due.collected.events
    assert report.collected.installs == due.collected.installs
