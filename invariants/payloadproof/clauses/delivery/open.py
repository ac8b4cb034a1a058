"""What was open when a process forked or ended: which rollups are due of it, and which came."""

from __future__ import annotations

from collections.abc import Iterator

from payloadproof.evidence.history import History, Sent
from payloadproof.scenario import steps as do


def rollups(history: History) -> Iterator[tuple[str, int, tuple[Sent, ...]]]:
    """Each rollup that something was recorded for: its name, how many are due, and those sent.

    One for each session, and of a window one. Nothing where time passes: it ends windows too.
    """
    if any(isinstance(step, do.Advance | do.SetClock) for step in history.steps):
        return
    for name, event in history.contract.rollups.items():
        sessions = [
            step.session
            for step in history.steps
            if isinstance(step, do.Record) and event.fold and step.event == event.fold.occurrence
        ]
        if sessions:
            # What says of no session whose it is opens none.
            due = len({*sessions} - {None}) if event.grain == "session" else 1
            yield name, due, tuple(sent for sent in history.sent if sent.event.name == name)
