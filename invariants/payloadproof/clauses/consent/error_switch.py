"""C5: the switch for errors stops errors, and nothing else."""

from __future__ import annotations

from payloadproof.clauses.beats import Said
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.raised import errors, raises
from payloadproof.clauses.timeline import moments
from payloadproof.evidence.history import History
from payloadproof.evidence.quoting import named, where
from payloadproof.scenario import steps as do


@check("C5")
def the_switch_stops_errors_only(history: History) -> Said:
    """No error while it is off; everything else as if it were not there."""
    variable = history.contract.variables.errors
    if variable is None or history.scenario is None:
        return
    roles = history.contract.errors.values()
    values = {value for one in roles for value in one.switched_off}
    # Trimmed and case-folded, as a switch of consent is read.
    off = history.scenario.env.get(variable, "").strip().casefold() in values
    changed = any(variable in s.env for s in history.steps if isinstance(s, do.SetEnv))
    on = {moment.decision for moment in moments(history)} == {"on"}
    if changed or not off or not on or not raises(history):
        return
    carrying = history.contract.errors
    others = [sent for sent in history.sent if str(sent.event.name) not in carrying]
    if others:
        yield EXERCISED
    for error in errors(history):
        yield Finding(
            clause="C5",
            expected=f"no error sent: {variable} says so",
            observed=f"event {named(error.sent.event.name)}",
            evidence=(where(error.sent.request, error.sent.event.name),),
        )
    captured = [
        s.event
        for s in history.steps
        if isinstance(s, do.Capture)
        and str(s.event) in history.contract.events
        and history.contract.events[str(s.event)].sample is None
    ]
    if captured and not others and history.delivered:
        yield Finding(
            clause="C5",
            expected=f"{captured[0]} sent: {variable} stops errors only",
            observed="no event at all, with a healthy network and everything flushed",
            definite=False,
        )
