"""Processes that start for the first time at once, and how many ids the install then has.

``python bench/first_start.py [ROUNDS [PROCESSES]]`` starts as many processes in an empty directory
and lets them ask for the install's id at one moment, while as many others keep the processors busy;
50 rounds of seven by default. Exit code 1 when a round has two ids, or none.
"""

from __future__ import annotations

import multiprocessing
import sys
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from payloadproof_reference.consent import Consent

ROUNDS, PROCESSES = 50, 7
PATIENCE_S = 60.0


def main(rounds: int = ROUNDS, processes: int = PROCESSES) -> int:
    """Run the rounds; the exit code."""
    context = multiprocessing.get_context("fork")
    over = context.Event()
    busy = [context.Process(target=_busy, args=(over,)) for _ in range(processes)]
    for process in busy:
        process.start()
    try:
        ids = [_round(context, processes) for _ in range(rounds)]
    finally:
        over.set()
        for process in busy:
            process.join()
    one = sum(len(found) == 1 and "" not in found for found in ids)
    Console(highlight=False).print(
        f"{processes} processes at once, {rounds} rounds with {processes} busy ones beside them:"
        f" one id in {one} of {rounds}, at most {max(map(len, ids))} in one"
    )
    return 0 if one == rounds else 1


def _round(context: multiprocessing.context.ForkContext, processes: int) -> set[str]:
    with TemporaryDirectory() as scratch:
        ready, said = context.Barrier(processes), context.Queue()
        asking = [
            context.Process(target=_first, args=(Path(scratch), ready, said))
            for _ in range(processes)
        ]
        for process in asking:
            process.start()
        found = {said.get(timeout=PATIENCE_S) for _ in asking}
        for process in asking:
            process.join()
        # What a later start finds is the same one.
        return found | {Consent({}, Path(scratch)).install_id()}


def _first(data_dir: Path, ready: Barrier, said: Queue[str]) -> None:
    consent = Consent({}, data_dir)
    ready.wait()
    said.put(consent.install_id())


def _busy(over: Event) -> None:
    while not over.is_set():
        sum(range(10_000))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
