"""Whether a gate keeps its colour: ``gate.py [--runs N] [--busy N] -- OPTION ...``.

The recommended gate of docs/ci.md, so many times on what is there, with the options of ``check``
that name a program: ``gate.py -- --adapter ADAPTER --contract CONTRACT``, and
``--strict`` for the stricter gate.

Rule 1: each run has the corpus that is committed, and leaves what it keeps to no other, as in CI,
where each begins with a checkout.
Rule 2: two of the runs share the machine with loops that are busy all the time.
Rule 3: exit code 0 if all runs agree, on their exit code and on the clauses that made it; else 1.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from payloadproof.scenario.corpus import DIRECTORY

GATE = ("check", "--profile", "ci", "--format", "json")
BUSY = (4, 8)  # which of the runs are not alone, counted from 1
COLUMNS = ("run", "beside it", "exit code", "failed", "scenarios", "seed", "its news", "seconds")


class Run(NamedTuple):
    """What one run said. ``drawn``: the seed of its news; ``news``: clauses they broke."""

    code: int
    failed: tuple[str, ...]
    unsteady: tuple[str, ...]
    scenarios: int
    seed: int
    drawn: int | None
    news: tuple[str, ...]
    seconds: float

    @property
    def colour(self) -> tuple[object, ...]:
        """What has to be the same in all runs."""
        return self.code, self.failed


def main() -> int:
    """Run, print a table, and say whether the colour stayed."""
    parser = argparse.ArgumentParser(description="Run a gate again and again.")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--busy", type=int, default=2, help="loops beside two of the runs")
    parser.add_argument("options", nargs="+", metavar="OPTION", help="of payloadproof check")
    given = parser.parse_args()
    console = Console(width=110)
    table = Table(*COLUMNS, title=f"{given.runs} runs of one gate")
    runs = []
    for number in range(1, given.runs + 1):
        loops = given.busy if number in BUSY else 0
        with _busy(loops):
            ran = _gate(given.options)
        runs.append(ran)
        row = _row(ran)
        table.add_row(str(number), f"{loops} loops" if loops else "", *row)
        console.print(f"run {number} of {given.runs}:", ", ".join(row), highlight=False)
    console.print(table)
    colours = {one.colour for one in runs}
    alike = "the same colour each time" if len(colours) == 1 else f"{len(colours)} colours"
    console.print(alike, style="bold")
    return int(len(colours) != 1)


def _gate(options: Sequence[str]) -> Run:
    with TemporaryDirectory() as scratch:
        corpus = Path(scratch) / "corpus"
        if DIRECTORY.is_dir():
            shutil.copytree(DIRECTORY, corpus)
        words = (*GATE, "--corpus", str(corpus), *options)
        began = time.monotonic()
        ended = subprocess.run(
            [sys.executable, "-m", "payloadproof", *words], stdout=subprocess.PIPE, check=False
        )
        seconds = time.monotonic() - began
    if ended.returncode not in (0, 1):
        sys.exit(ended.returncode)  # it has said why
    report = json.loads(ended.stdout)
    drawn = report.get("drawn") or {}
    return Run(
        ended.returncode,
        _clauses(one for one in report["verdicts"] if one["verdict"] == "failed"),
        _clauses(report.get("unsteady", ())),
        report["scenarios"],
        report["seed"],
        drawn.get("seed"),
        _clauses(report.get("news", ())),
        seconds,
    )


def _clauses(findings: Iterable[dict[str, str]]) -> tuple[str, ...]:
    return tuple(sorted({one["clause"] for one in findings}))


def _row(ran: Run) -> tuple[str, ...]:
    unsteady = f" (unsteady: {' '.join(ran.unsteady)})" if ran.unsteady else ""
    news = f"{' '.join(ran.news) or 'none'} of seed {ran.drawn}" if ran.drawn is not None else ""
    return (
        str(ran.code),
        (" ".join(ran.failed) or "none") + unsteady,
        f"{ran.scenarios:,}",
        str(ran.seed),
        news,
        f"{ran.seconds:.1f}",
    )


#: It ends with us, however we end.
_LOOP = "import os\nwhile os.getppid() == {}: pass"


@contextmanager
def _busy(loops: int) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(loops):
            words = [sys.executable, "-c", _LOOP.format(os.getpid())]
            loop = stack.enter_context(subprocess.Popen(words))
            stack.callback(loop.kill)
        yield


if __name__ == "__main__":
    sys.exit(main())
