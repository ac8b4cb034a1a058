"""An audit by several processes: files, and parts of large ones, each to the next that is free.

Rule 1: a part ends at the end of a line; its lines are numbered as in the whole file, because the
ends of lines before it are counted first.
Rule 2: what a process found comes back as a partial result, as ``--partial`` writes it: there is
one way to put parts together.
Rule 3: what one process has to do at the end is done by two: the bill is counted by one of those
that have nothing to do any more.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final, NamedTuple, TypeVar

from payloadproof.audit.audit import Audit
from payloadproof.audit.partial import read as read_partial
from payloadproof.audit.partial import write
from payloadproof.audit.whole import bill_of
from payloadproof.billing.meter import Metered
from payloadproof.contract import Contract, load
from payloadproof.contract.catalogue import texts
from payloadproof.errors import HarnessError
from payloadproof.evidence.files import Part, read
from payloadproof.evidence.forms import IN_LINES, Found
from payloadproof.evidence.masking import knowing
from payloadproof.evidence.quoting import UNMASKED

PIECE: Final = 16 * 1024 * 1024  # bytes that one process takes at once, at least
_PIECES: Final = 2  # that a process could take of what is left, each as large as the next one
_CHUNK: Final = 1 << 20
#: How many bytes a process takes at once, by how many were handed out before.
Sizes = Callable[[int], int]
T = TypeVar("T")


class Task(NamedTuple):
    """A file, or a part of one."""

    found: Found
    part: Part | None = None

    @property
    def size(self) -> int:
        """Bytes."""
        return self.part.end - self.part.begin if self.part else self.found.size


class Asked(NamedTuple):
    """What a process is asked to do, on whichever machine it is."""

    contract: Contract
    tasks: tuple[Task, ...]
    unmasked: bool


def evenly(piece: int) -> Sizes:
    """All pieces of one size."""
    return lambda _: piece


def less_and_less(total: int, workers: int) -> Sizes:
    """Large pieces first, since each begins with lines that no type is known of; small ones last.

    So no process has much to do when the others have nothing left.
    """
    return lambda begin: max(PIECE, (total - begin) // (workers * _PIECES))


def tasks_of(found: Found, sizes: Sizes, before: int = 0) -> Iterator[Task]:
    """A file as what can be done at once; the lines before each part are counted here.

    Args:
        found: the file.
        sizes: bytes of the piece that begins so many bytes behind the first of all files.
        before: bytes of the files before this one.
    """
    if found.form not in IN_LINES or found.packing or found.size <= sizes(before):
        yield Task(found)
        return
    ends = begin = 0  # of lines that begin before a part, but for the last of them
    with found.path.open("rb") as file:
        while begin < found.size:
            end = min(begin + sizes(before + begin), found.size)
            yield Task(found, Part(begin, end, ends + 1 if begin else 0))
            ends += _ends(file, max(begin - 1, 0), end - 1)
            begin = end


def _ends(file: IO[bytes], begin: int, end: int) -> int:
    file.seek(begin)
    found, left = 0, end - begin
    while left > 0 and (chunk := file.read(min(_CHUNK, left))):
        found += chunk.count(b"\n")
        left -= len(chunk)
    return found


def together(tasks: Iterable[Task], sizes: Sizes) -> Iterator[tuple[Task, ...]]:
    """Small files are worth a process only with others."""
    some: list[Task] = []
    begin = size = 0
    for task in tasks:
        if some and size + task.size > sizes(begin):
            yield tuple(some)
            some, begin, size = [], begin + size, 0
        some.append(task)
        size += task.size
    if some:
        yield tuple(some)


@contextmanager
def by_processes(
    founds: Sequence[Found],
    contract: str,
    workers: int,
    *,
    strict: bool,
    piece: int | None = None,
    on_bytes: Callable[[int], None] = lambda _: None,
) -> Iterator[tuple[Audit, list[HarnessError]]]:
    """Audit files by ``workers`` processes; the audit, to be reported, and what could not be read.

    Args:
        founds: files, with what they are.
        contract: a shipped contract's name, or a path.
        workers: processes at once.
        strict: whether SHOULD clauses count.
        piece: bytes that one process takes at once; less and less, if it is not given.
        on_bytes: is told how many more were audited.

    Raises:
        HarnessError: a check of ours broke on what a file held.
    """
    known = load(contract)
    audit = Audit(known, strict=strict)
    total = sum(found.size for found in founds)
    sizes = evenly(piece) if piece else less_and_less(total, workers)
    before = accumulate((found.size for found in founds), initial=0)
    tasks = (
        task
        for found, begin in zip(founds, before, strict=False)
        for task in tasks_of(found, sizes, begin)
    )
    problems: list[HarnessError] = []
    with TemporaryDirectory(prefix="payloadproof-") as scratch:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, mp_context=context)
        try:
            asked = {}
            for number, some in enumerate(together(tasks, sizes)):
                out = Path(scratch) / f"{number}.partial"
                one = Asked(known, some, UNMASKED.get())
                asked[pool.submit(audit_tasks, one, out)] = one, out
            for done in as_completed(asked):
                problems += [HarnessError(**told) for told in _result(done)]
                one, out = asked[done]
                for part in read_partial(out, known):
                    audit.merge(part)
                on_bytes(sum(task.size for task in one.tasks))
            outs = [out for _, out in asked.values()]
            bill = pool.submit(bill_parts, outs, known, unmasked=UNMASKED.get())
            audit.billed_by(partial(_result, bill))
            yield audit, problems
        finally:
            pool.shutdown(cancel_futures=True)


def _result(done: Future[T]) -> T:
    try:
        return done.result()
    except BrokenProcessPool as gone:
        raise HarnessError(
            code="audit-worker-gone",
            message="a process that audited a part of the files ended before it was done",
            causes=("it had no memory left", "it was killed"),
            next="audit with fewer --workers; one process alone needs least",
        ) from gone


def bill_parts(paths: Sequence[Path], contract: Contract, *, unmasked: bool) -> Metered:
    """In a process of its own: what parts come to that lie in these files."""
    UNMASKED.set(unmasked)
    return bill_of([part for path in paths for part in read_partial(path, contract)])


def audit_tasks(asked: Asked, out: Path) -> list[dict[str, Any]]:
    """In a process of its own: audit some files, and write what was found to ``out``.

    Returns:
        The fields of an error for each file that could not be read.
    """
    UNMASKED.set(asked.unmasked)
    contract = asked.contract
    audit = Audit(contract)
    problems: list[dict[str, Any]] = []
    with knowing(contract):
        for found, part in asked.tasks:
            try:
                audit.add(
                    read(found, texts=texts(contract), part=part, prefix=contract.wire.prefix)
                )
            except HarnessError as error:
                problems.append(asdict(error))
    write(audit.parts, contract, out)
    return problems
