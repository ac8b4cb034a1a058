"""B8: how often anything is sent."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

from payloadproof.oracle.beats import Said
from payloadproof.oracle.finding import EXERCISED, Finding, check, where
from payloadproof.oracle.rollups import undisturbed
from payloadproof.scenario import steps as do
from payloadproof.scenario.history import History, Sent


@check("B8")
def every_event_under_its_ceiling(history: History) -> Said:
    """By the UTC days that the events themselves name."""
    if undisturbed(history):
        for name, event in history.contract.events.items():
            captured = sum(
                step.times
                for step in history.steps
                if isinstance(step, do.Capture) and step.event == name
            )
            if event.ceiling_per_day and captured > event.ceiling_per_day and history.named(name):
                yield EXERCISED
    sent: dict[tuple[str, str, str], list[Sent]] = defaultdict(list)
    for one in history.distinct:
        sent[str(one.event.name), repr(one.event.distinct_id), _day(one)].append(one)
    for (name, _, day), some in sent.items():
        declared = history.contract.events.get(name)
        ceiling = declared.ceiling_per_day if declared else None
        if ceiling and len(some) > ceiling:
            yield Finding(
                clause="B8",
                expected=f"at most {ceiling} {name} of one installation {day}",
                observed=f"{len(some)}",
                evidence=(where(some[ceiling].request, some[ceiling].event.name),),
            )


def _day(sent: Sent) -> str:
    try:
        when = datetime.fromisoformat(str(sent.event.timestamp))
    except ValueError:
        return "without a day"
    return f"on {when.astimezone(UTC).date()}"
