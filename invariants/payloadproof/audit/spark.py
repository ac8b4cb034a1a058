"""An audit by Spark, for those who have a cluster: of files, or of a data frame.

Rule 1: a task hands back a partial result, as ``--partial`` writes it: Spark shares the work out,
and there is one way to put parts together.
Rule 2: of files, the findings and their places are those of an audit without Spark. A row of a data
frame has no place but its partition and its number in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from payloadproof.audit.audit import Audit
from payloadproof.audit.partial import read as read_partial
from payloadproof.audit.partial import write
from payloadproof.audit.parts import PIECE, Asked, Task, audit_tasks, evenly, tasks_of, together
from payloadproof.contract import Contract, load
from payloadproof.errors import HarnessError
from payloadproof.evidence.files import Part, of_rows
from payloadproof.evidence.forms import Found, files_in, look
from payloadproof.evidence.masking import knowing
from payloadproof.evidence.quoting import UNMASKED
from payloadproof.evidence.tables import rows_of

_RESULT: Final = "partial binary, problems string"
Result = Iterator[tuple[Audit, list[HarnessError]]]


@contextmanager
def of_files(
    session: Any,
    files: Sequence[Path],
    contract: str,
    *,
    strict: bool = False,
    piece: int = PIECE,
) -> Result:
    """Audit files that every machine of the cluster can read under the same path.

    Args:
        session: a ``pyspark.sql.SparkSession``.
        files: in any form that ``payloadproof audit`` reads; directories, and patterns.
        contract: a shipped contract's name, or a path on the machine that this runs on.
        strict: whether SHOULD clauses count.
        piece: bytes of one task.

    Yields:
        The audit, to be reported before this ends, and what could not be read.

    Raises:
        HarnessError: none of the files can be read, or a check of ours broke on what one held.
    """
    known = load(contract)
    problems: list[HarnessError] = []
    founds = []
    for file in files_in([*files]):
        try:
            founds.append(look(file))
        except HarnessError as problem:
            problems.append(problem)
    if not founds:
        raise problems[0]
    sizes = evenly(piece)
    tasks = (task for found in founds for task in tasks_of(found, sizes))
    asked = [(msgspec.json.encode([_row(one) for one in some]),) for some in together(tasks, sizes)]
    # A partition for each, so that whoever is free takes the next.
    frame = session.createDataFrame(
        session.sparkContext.parallelize(asked, len(asked)), "tasks binary"
    )
    work = partial(_tasks, known, UNMASKED.get())
    with _collected(frame.mapInArrow(work, _RESULT), known, strict=strict) as (audit, more):
        yield audit, [*problems, *more]


@contextmanager
def of_frame(frame: Any, contract: str, *, strict: bool = False) -> Result:
    """Audit a data frame with the columns of PostHog's export of events, or of persons.

    Args:
        frame: a ``pyspark.sql.DataFrame``; ``properties`` is text, a map or a structure.
        contract: a shipped contract's name, or a path on the machine that this runs on.
        strict: whether SHOULD clauses count.

    Yields:
        The audit, to be reported before this ends, and what could not be read.

    Raises:
        HarnessError: a check of ours broke on what it held.
    """
    known = load(contract)
    work = partial(_rows, known, UNMASKED.get())
    with _collected(frame.mapInArrow(work, _RESULT), known, strict=strict) as both:
        yield both


@contextmanager
def _collected(results: Any, contract: Contract, *, strict: bool) -> Result:
    audit = Audit(contract, strict=strict)
    problems: list[HarnessError] = []
    with TemporaryDirectory(prefix="payloadproof-") as scratch:
        for number, row in enumerate(results.toLocalIterator()):
            path = Path(scratch) / f"{number}.partial"
            path.write_bytes(row["partial"])
            for part in read_partial(path, contract):
                audit.merge(part)
            problems += [HarnessError(**told) for told in msgspec.json.decode(row["problems"])]
        yield audit, problems


def _row(task: Task) -> tuple[Any, ...]:
    found = task.found
    return str(found.path), found.form, found.packing, found.size, task.part


def _task(row: Sequence[Any]) -> Task:
    path, form, packing, size, part = row
    return Task(Found(Path(path), form, packing, size), Part(*part) if part else None)


def _tasks(contract: Contract, unmasked: bool, batches: Iterator[Any]) -> Iterator[Any]:
    """On a worker: what the tasks in these rows find."""
    for batch in batches:
        for row in batch.to_pylist():
            tasks = tuple(map(_task, msgspec.json.decode(row["tasks"])))
            with TemporaryDirectory(prefix="payloadproof-") as scratch:
                out = Path(scratch) / "partial"
                problems = audit_tasks(Asked(contract, tasks, unmasked), out)
                yield _answer(out, problems)


def _rows(contract: Contract, unmasked: bool, batches: Iterator[Any]) -> Iterator[Any]:
    """On a worker: what the rows of one partition hold."""
    from pyspark import TaskContext

    UNMASKED.set(unmasked)
    context = TaskContext.get()
    number = context.partitionId() if context else 0
    rows = (row for batch in batches for row in rows_of(batch))
    audit = Audit(contract)
    problems: list[dict[str, Any]] = []
    with knowing(contract):
        try:
            audit.add(of_rows(f"partition {number:05} of a data frame", zip(count(1), rows)))
        except HarnessError as error:
            problems.append(asdict(error))
    with TemporaryDirectory(prefix="payloadproof-") as scratch:
        out = Path(scratch) / "partial"
        write(audit.parts, contract, out)
        yield _answer(out, problems)


def _answer(out: Path, problems: Sequence[dict[str, Any]]) -> Any:
    import pyarrow as pa

    columns = {"partial": [out.read_bytes()], "problems": [msgspec.json.encode(problems).decode()]}
    return pa.RecordBatch.from_pydict(columns)
