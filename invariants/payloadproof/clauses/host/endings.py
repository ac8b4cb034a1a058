"""H1 to H3: how a program ends and what it prints, with something wrong and with nothing wrong.

A program that cannot do its own work for what is wrong would fail without telemetry too: where a
run with the same thing wrong and telemetry off is there, that one is the measure. What is wrong on
the machine, and not with telemetry's hosts alone, is judged by that measure or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.finding import EXERCISED, Finding
from payloadproof.clauses.run_checks import Runs, run_check
from payloadproof.evidence.quoting import masked
from payloadproof.evidence.runs import (
    GIVEN_A_DIRECTORY,
    GIVEN_MISSING,
    HOME_READ_ONLY,
    STDOUT_CLOSED,
    Run,
    ordinary,
    troubled,
)

LATER_S = 4.0  # than the slowest untroubled run: a loaded machine takes time too
TIMES = 3  # that a program has to be late before it is a finding
_SHARED = 2  # untroubled runs that have to share a line
NOTHING = "nothing wrong"
#: Troubles that any program may end on.
MACHINES = frozenset({STDOUT_CLOSED, HOME_READ_ONLY, GIVEN_MISSING, GIVEN_A_DIRECTORY})


def pending(runs: Runs) -> tuple[str, ...]:
    """What was wrong in the runs that were all late, fewer than ``TIMES``: each needs another.

    ``NOTHING`` stands for the untroubled runs with telemetry on.
    """
    return tuple(fault for fault, late in _lateness(runs) if late and len(late) < TIMES)


def undisturbed(run: Run, runs: Runs) -> bool:
    """Whether a run with nothing wrong ended, and printed, as those among ``runs`` did."""
    alike = ordinary(runs)
    if run.ended == "stopped" or run.exit_code not in {one.exit_code for one in alike}:
        return False
    if run.took_s > max(one.took_s for one in runs if one.untroubled) + LATER_S:
        return False
    return all(
        frozenset.intersection(*(_lines(one, stream) for one in alike)) <= _lines(run, stream)
        for stream in ("stdout", "stderr")
    )


@run_check("H1")
def exits_as_it_would(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """By exit code."""
    for fault, some in _compared(runs):
        controls, off = _controls(runs, fault)
        codes = {run.exit_code for run in controls if run.ended != "stopped"}
        if not codes:
            continue
        yield from _exercised(runs, fault, some)
        measure = "as with telemetry off" if off else "as with nothing wrong"
        for run in some:
            if run.ended != "stopped" and run.exit_code not in codes:
                yield Finding(
                    clause="H1",
                    expected=f"exit code {_listed(codes)}, {measure}",
                    observed=f"exit code {run.exit_code}: {fault}",
                    evidence=(run.name, *(one.name for one in controls[:2])),
                    kind=f"another exit code: {fault}",
                )
                break


@run_check("H2")
def prints_what_it_would(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """By the lines that untroubled runs share; what is printed beside them is left open."""
    untroubled = ordinary(runs)
    if len(untroubled) < _SHARED:
        return
    for fault, some in _compared(runs):
        if fault == NOTHING:
            continue
        controls, off = _controls(runs, fault)
        for stream in ("stdout", "stderr"):
            if stream == "stdout" and fault == STDOUT_CLOSED:
                continue
            shared = frozenset.intersection(*(_lines(run, stream) for run in untroubled))
            if off:
                shared = shared.intersection(*(_lines(run, stream) for run in controls))
            if shared:
                yield from _exercised(runs, fault, some)
            for run in some:
                missing = sorted(shared - _lines(run, stream))
                if missing and run.ended != "stopped":
                    yield Finding(
                        clause="H2",
                        expected=f"the {len(shared)} line(s) on {stream} that untroubled runs have",
                        observed=f"{len(missing)} missing on {stream}: {fault}; the first is "
                        + masked(missing[0].decode(errors="replace")),
                        evidence=(run.name, *(one.name for one in untroubled[:2])),
                        kind=f"lines missing on {stream}: {fault}",
                    )
                    break


@run_check("H3")
def ends_when_it_would(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """By the clock, three of three."""
    by_fault = dict(_compared(runs))
    for fault, late in _lateness(runs):
        if not late or len(late) >= TIMES:
            yield from _exercised(runs, fault, by_fault[fault])
        if len(late) >= TIMES:
            stopped = any(run.ended == "stopped" for run, _ in late)
            least = min(more for _, more in late)
            yield Finding(
                clause="H3",
                expected=f"the end within {LATER_S:g} s of the slowest untroubled run",
                observed=f"{'no end even' if stopped else 'the end'} {least:.0f} s later, "
                f"{len(late)} of {len(late)}: {fault}",
                evidence=tuple(run.name for run, _ in late),
                definite=False,
                kind=f"a late end: {fault}",
            )


def _compared(runs: Runs) -> Iterator[tuple[str, tuple[Run, ...]]]:
    """The runs with telemetry on that have a measure, by what was wrong."""
    for fault, some in troubled(runs).items():
        if fault not in MACHINES or _off(runs, fault):
            yield fault, some
    if _off(runs, "") and ordinary(runs):
        yield NOTHING, ordinary(runs)


def _controls(runs: Runs, fault: str) -> tuple[tuple[Run, ...], bool]:
    """What those are measured by, and whether that is with telemetry off."""
    off = _off(runs, "" if fault == NOTHING else fault)
    return (off, True) if off else (ordinary(runs), False)


def _off(runs: Runs, fault: str) -> tuple[Run, ...]:
    """The runs with this wrong and a switch that does turn telemetry off."""
    said = [run for run in runs if run.switch and run.untroubled]
    silent = {run.switch for run in said} - {run.switch for run in said if run.telemetry}
    return tuple(run for run in runs if run.switch in silent and run.fault == fault)


def _lateness(runs: Runs) -> Iterator[tuple[str, tuple[tuple[Run, float], ...]]]:
    """The runs of each fault with the seconds they were late by; none unless all of them were."""
    untroubled = [run for run in runs if run.untroubled and run.ended != "stopped"]
    for fault, some in _compared(runs):
        off = _off(runs, "" if fault == NOTHING else fault)
        measure = off if fault == NOTHING else (*untroubled, *off)
        if not measure:
            continue
        slowest = max(run.took_s for run in measure)
        late = [(run, run.took_s - slowest) for run in some if run.took_s > slowest + LATER_S]
        yield fault, tuple(late) if len(late) == len(some) else ()


def _exercised(runs: Runs, fault: str, some: tuple[Run, ...]) -> Iterator[Literal["exercised"]]:
    """The control: with nothing wrong telemetry is sent, and it was tried in these runs too."""
    hosts = {host.name for run in ordinary(runs) for host in run.telemetry}
    tried = {name for run in some for name in (*run.asked, *(h.name for h in run.hosts))}
    if hosts & tried or (hosts and fault == NOTHING):
        yield EXERCISED


def _lines(run: Run, stream: str) -> frozenset[bytes]:
    text = run.stdout if stream == "stdout" else run.stderr
    return frozenset(line.rstrip() for line in text.splitlines() if line.strip())


def _listed(codes: set[int | None]) -> str:
    return " or ".join(str(code) for code in sorted(codes, key=str))
