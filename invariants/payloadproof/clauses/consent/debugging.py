"""C9: what debug mode prints of each road, sends and writes.

What the environment says once the program runs is not judged here: debug mode is on throughout.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from payloadproof.clauses.consent.decisions import differs
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.timeline import moments
from payloadproof.contract.catalogue import sendable
from payloadproof.evidence.history import History
from payloadproof.evidence.quoting import where
from payloadproof.scenario import steps as do

_DATE = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class _Due(NamedTuple):
    """Something that is printed if any of some names are, or a day of the past."""

    what: str
    names: tuple[str, ...]
    days: bool = False


@check("C9")
def debug_mode_prints_and_sends_nothing(
    history: History,
) -> Iterator[Finding | Literal["exercised"]]:
    """Judged where debug mode is on throughout; the log may be written."""
    scenario, variable = history.scenario, history.contract.variables.debug
    changed = any(isinstance(step, do.SetEnv) for step in history.steps)
    if scenario is None or variable is None or changed or scenario.env.get(variable) != "1":
        return
    printed = history.stdout + history.stderr
    if {moment.decision for moment in moments(history)} == {"on"}:
        for due in _due(history):
            if _is_printed(due, printed, scenario.now_ms):
                yield EXERCISED
            elif not history.hostile:
                yield Finding(
                    clause="C9",
                    expected=f"{variable}=1 prints {due.what}",
                    observed=f"{len(printed)} bytes printed, without "
                    + ("any day that is over" if due.days else "its name"),
                    definite=False,
                    kind=f"{_kind(due)} that {variable}=1 does not print",
                )
    if history.requests or history.connections:
        yield Finding(
            clause="C9",
            expected=f"{variable}=1 sends nothing",
            observed=f"{len(history.requests)} request(s) over {len(history.connections)}"
            " connection(s)",
            evidence=tuple(where(request) for request in history.requests[:4]),
        )
    yield from _written(history, variable)


def _due(history: History) -> Iterator[_Due]:
    """What would be sent by the end, road by road; of equal things one."""
    known, contract = sendable(history.contract), history.contract
    env = history.scenario.env if history.scenario else {}
    ends = [n for n, step in enumerate(history.steps) if isinstance(step, do.Shutdown)]
    seen: set[_Due] = set()
    for step in history.steps[: ends[0] if ends else None]:
        due: _Due | None = None
        match step:
            case do.Capture(event=str(name)) if name in known and known[name].sample is None:
                due = _Due(name, (name,))
            case do.Record(event=occurrence) if ends:
                due = next(
                    (
                        _Due(name, (name,))
                        for name, event in contract.rollups.items()
                        if event.fold
                        and event.fold.occurrence == occurrence
                        # What names no session belongs to no session's rollup.
                        and (event.grain != "session" or step.session is not None)
                    ),
                    None,
                )
            case do.RaiseError() if contract.variables.errors not in env:
                names = tuple(contract.errors)
                due = _Due(f"an error ({names[0]})", names) if names else None
            case do.Backfill() if contract.backfill and _has_a_past(history):
                names = contract.backfill.day_event, contract.backfill.install_event
                due = _Due("what a backfill would send: events, or the days", names, days=True)
        if due and due not in seen:
            seen.add(due)
            yield due


def _has_a_past(history: History) -> bool:
    """Whether there are rows that can be read, and nothing says that they were sent."""
    scenario = history.scenario
    if scenario is None or scenario.history is None or scenario.marker_text is not None:
        return False
    database = scenario.history
    return database.state == "sound" and any(table.rows for table in database.tables.values())


def _kind(due: _Due) -> str:
    return "a backfill" if due.days else "an event"


def _is_printed(due: _Due, printed: bytes, now_ms: int) -> bool:
    if any(name.encode() in printed for name in due.names):
        return True
    # The plan asks for the range of days alone. A line of a log begins with today's.
    today = dt.datetime.fromtimestamp(now_ms / 1_000, tz=dt.UTC).date().isoformat().encode()
    return due.days and any(day < today for day in _DATE.findall(printed))


def _written(history: History, variable: str) -> Iterator[Finding]:
    if any(isinstance(step, do.WriteConsent) for step in history.steps):
        return
    for shot in history.snapshots[1:]:
        before = history.snapshots[0].files
        for path in sorted(shot.files.keys() | before.keys()):
            if differs(before.get(path), shot.files.get(path)) and not history.is_log(path):
                yield Finding(
                    clause="C9",
                    expected=f"{variable}=1 writes no file but the log",
                    observed=f"{path} was created, changed or removed",
                )
                return
