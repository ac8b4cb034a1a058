"""What every bench does alike: rounds, a median, and a ratio within one run.

A bench is a file of this directory that says what it measures and calls :func:`compare`; ``nox -s
bench`` runs all of them, ``nox -s bench -- NAME ...`` those named, each as a program of its own.
Figures of two machines, or of two runs, say little; a ratio to the first subject says more.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.table import Table

# The stream of this moment: while an adapter runs in this process, sys.stdout is the adapter's.
CONSOLE = Console(file=sys.stdout)
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def compare(
    title: str,
    subjects: Mapping[str, Callable[[], object]],
    *,
    operations: int = 1,
    rounds: int = 7,
    between: Callable[[], object] = lambda: None,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Measure subjects in turn and print a table; the median seconds of one operation, by subject.

    In turn, so that a machine that is busy for a while is busy for all of them. One round that does
    not count comes first.

    Args:
        title: what an operation is.
        subjects: by name, the one the others are compared with first; a call does ``operations``
            of them.
        operations: of one call.
        rounds: calls of each subject that count.
        clock: what an operation is measured by, in seconds.
        between: run after each call, outside of what is measured.
    """
    seconds: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds + 1):
        for name, work in subjects.items():
            began = clock()
            work()
            seconds[name].append((clock() - began) / operations)
            between()
    counted = {name: measured[1:] for name, measured in seconds.items()}
    medians = {name: statistics.median(measured) for name, measured in counted.items()}
    _show(title, counted, medians, rounds)
    return medians


def _show(
    title: str, counted: Mapping[str, list[float]], medians: Mapping[str, float], rounds: int
) -> None:
    table = Table("subject", title=f"{title}: median of {rounds}")
    for heading in ("median", "fastest", "slowest", "per second", "ratio"):
        table.add_column(heading, justify="right")
    base = next(iter(medians.values()))
    for name, median in medians.items():
        spread = (_spelled(one) for one in (median, min(counted[name]), max(counted[name])))
        table.add_row(name, *spread, f"{1 / median:,.4g}", f"{median / base:.2f}")
    CONSOLE.print(table)


def _spelled(seconds: float) -> str:
    factor, unit = next((one for one in UNITS if seconds >= one[0]), UNITS[-1])
    return f"{seconds / factor:.3g} {unit}"
