"""Jobs in processes of their own, a few at once, each with a limit of time.

Rule 1: no job shares a process with another: what it imports is imported fresh. What all of them
need besides is imported once, in the process that they are forked from.
Rule 2: a job that hangs is ended, with all that it began.
Rule 3: what a job says is a value; one that dies says so, too.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, NamedTuple

from payloadproof.adapters.process import end_all
from payloadproof.run.workers import cores
from payloadproof.signals.ending import ended_by, listening, starting_workers

#: Imported before anything is forked: none of them imports a program that is to be judged.
PRELOADED = ("payloadproof.run.check", "payloadproof.run.properties", "posthog", "re2", "requests")
LAST_S = 5.0  # for a process that was told to end to take its children along


class Ended(NamedTuple):
    """What became of a job that returned nothing: ``hung``, or what it died of in ``why``."""

    hung: bool
    why: str = ""


class _Going(NamedTuple):
    process: Any
    line: Connection
    until: float


def each(
    jobs: Sequence[Callable[[], Any]], *, processes: int | None = None, limit_s: float
) -> Iterator[tuple[int, Any]]:
    """The number of each job and what it returned, or :class:`Ended`, as they come.

    ``limit_s``: of wall time. A job has to stand being pickled.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    most = processes or cores()
    waiting = list(enumerate(jobs))[::-1]
    going: dict[int, _Going] = {}
    ending = contextlib.ExitStack()
    # Told to end, it leaves as from an error: nothing that it began outlives it.
    ending.enter_context(ended_by(signal.SIGTERM, signal.SIGHUP, error=SystemExit))
    try:
        while waiting or going:
            while waiting and len(going) < most:
                number, job = waiting.pop()
                going[number] = _begun(context, job, limit_s)
            soonest = min(one.until for one in going.values())
            wait([one.line for one in going.values()], max(0.0, soonest - time.monotonic()))
            for number, one in list(going.items()):
                if one.line.poll():
                    yield number, _heard(going.pop(number))
                elif time.monotonic() >= one.until:
                    _end(going.pop(number))
                    yield number, Ended(hung=True)
    finally:
        for one in going.values():
            _end(one)
        ending.close()


def _begun(context: Any, job: Callable[[], Any], limit_s: float) -> _Going:
    line, theirs = context.Pipe()
    with starting_workers():
        process = context.Process(target=_work, args=(theirs, job), daemon=True)
        process.start()
    theirs.close()
    return _Going(process, line, time.monotonic() + limit_s)


def _heard(one: _Going) -> Any:
    try:
        said = one.line.recv()
    except EOFError:
        one.process.join(LAST_S)
        said = Ended(hung=False, why=f"its process ended with exit code {one.process.exitcode}")
    # It has said what it has to say; threads that it left behind would keep it.
    _end(one)
    return said


def _end(one: _Going) -> None:
    left = _descendants(one.process.pid)
    one.process.terminate()
    one.process.join(LAST_S)
    for pid in (*left, one.process.pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    one.process.join()
    one.line.close()


def _descendants(pid: int) -> list[int]:
    """Of Linux; elsewhere a process ends its own, if it can."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            # The name in brackets may hold anything; the parent is the second word behind it.
            after = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            parents.setdefault(int(after[1]), []).append(int(stat.parent.name))
    found, asked = [], [pid]
    while asked:
        asked = [child for one in asked for child in parents.get(one, ())]
        found += asked
    return found


def _work(line: Connection, job: Callable[[], Any]) -> None:
    """What a process does, from its start to its end."""
    with ended_by(signal.SIGTERM, error=SystemExit):
        listening()
        try:
            line.send(job())
        except Exception as error:  # whatever it is, whoever began it is told
            line.send(Ended(hung=False, why="".join(traceback.format_exception(error)[-3:])))
        finally:
            end_all()
            line.close()
            # Threads of a program that hangs are left behind in the middle of their work.
            os._exit(0)
