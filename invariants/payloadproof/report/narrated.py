"""A scenario in words, for whoever has to see by it what a program does wrong."""

from __future__ import annotations

from itertools import islice
from typing import Any

from payloadproof.contract.command import RAN
from payloadproof.protocol import codec
from payloadproof.recorder import script
from payloadproof.recorder.script import Answer, Behaviour, Times
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import Scenario
from payloadproof.syntax.printable import printable

SHOWN = 60  # characters of a value
MANY = 12  # keys of a map, or items of a list
#: What was run, where a contract has a command for its consent.
_COMMANDS: dict[str | None, str] = {
    ran: f"the contract's command that turns telemetry {said}" for said, ran in RAN.items()
}
#: What becomes of a request.
TREATED: dict[type, str] = {
    script.Withhold: "no answer until the operation has replied",
    script.Slow: "a slow answer",
    script.Hang: "never an answer",
    script.HangBeforeReading: "connections that nobody reads",
    script.Reset: "the connection is reset, nothing is stored",
    script.LoseAnswer: "stored, and the answer lost",
    script.Cut: "stored, and the answer cut in the middle",
    script.Refuse: "connections are refused",
    script.OverQuota: "taken and not kept: the project has used up its quota",
    script.NotPersisted: "some events are asked for again",
}


def _plainly(step: do.Explain | do.Crash) -> str:
    match step:
        case do.Explain():
            return "ask which layer decides about consent"
        case do.Crash(told=True):
            return "tell the process to end, by SIGTERM, and start another"
        case do.Crash(asked=True):
            return "let the process come to its own end, and start another"
        case _:
            return "crash"


def narrated(scenario: Scenario) -> list[str]:
    """A scenario as numbered steps."""
    start = [f"{name}={value}" for name, value in scenario.env.items()]
    if scenario.consent_text in _COMMANDS:
        start.append(_COMMANDS[scenario.consent_text])
    elif scenario.consent_text is not None and "consent" not in scenario.instead:
        start.append(f"consent file {scenario.consent_text!r}")
    if scenario.data != "sound":
        start.append(f"data directory: {scenario.data}")
    if scenario.taken:
        start.append(scenario.taken)
    if scenario.compared:
        of = {"planted": "other secrets", "sessions": "other ids of its sessions"}
        start.append(f"several times, and as often with {of[scenario.compared]}")
    lines = [f"   start with {', '.join(start)}" if start else "   start with an empty environment"]
    lines += [f"{n:>2} {_narrated(step)}" for n, step in enumerate(scenario.steps, start=1)]
    return [*map(printable, lines)]


def _narrated(step: do.AnyStep) -> str:
    match step:
        case do.Capture(event=event, properties=properties):
            person = ", with a person profile" if step.person else ""
            often = f", {step.times} times" if step.times > 1 else ""
            return f"capture {_value(event)} {_value(properties)}{person}{often}"
        case do.Fork(event=event, properties=properties):
            return f"fork; the child captures {_value(event)} {_value(properties)}, and ends"
        case do.Record(event=event, properties=properties, session=session, times=times):
            often = f", {times} times" if times > 1 else ""
            return f"record {event} in session {session} {_value(properties)}{often}"
        case do.RaiseError(error=error, via=via, times=times):
            again = f" {times} times" if times > 1 else ""
            return f"raise {error.type} {_value(error.message)} by way of {via}{again}"
        case do.Instrument(level=level, message=message, event=event):
            told = f", {event} {_value(step.properties)}" if event else ""
            how = "" if step.rollup == "none" else f" for the rollup of its {step.rollup}"
            return f"instrument {level} {_value(message)}{told}{how}"
        case do.EndSession(session=session) | do.Respawn(session=session):
            return f"{'end' if isinstance(step, do.EndSession) else 'respawn'} session {session}"
        case do.SetClock(offset_ms=offset):
            return f"set the clock to {offset / 1000:+g} s from the start"
        case do.Explain() | do.Crash():
            return _plainly(step)
        case do.SetEnv(env=env):
            changes = (f"unset {k}" if v is None else f"set {k}={v}" for k, v in env.items())
            return "; ".join(changes)
        case do.WriteConsent(text=text) if text in _COMMANDS:
            return _COMMANDS[text]
        case do.WriteConsent(text=text):
            return "delete the consent file" if text is None else f"write the consent file: {text}"
        case do.Advance(ms=ms):
            return f"let {ms / 1000:g} s pass"
        case do.Network(behaviour=behaviour):
            return f"network{treated(behaviour)}"
        case _:
            return type(step).__name__.lower()


def treated(behaviour: Behaviour) -> str:
    """What becomes of requests, as it goes on after the word network."""
    match behaviour:
        case Times(n=n, behaviour=inner):
            return f", for the next {f'{n} requests' if n > 1 else 'request'}{treated(inner)}"
        case Answer() if behaviour == Answer():
            return ": healthy"
        case Answer(status=status, body=body):
            return f": status {status or 200}" + (f" and {body!r}" if body else "")
        case _:
            return f": {TREATED[type(behaviour)]}"


def _value(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {codec.TAG}:
        return f"<{value[codec.TAG]}>"
    if isinstance(value, dict):
        some = [f"{_cut(k, len(k))}: {_value(v)}" for k, v in islice(value.items(), MANY)]
        return "{" + ", ".join(some) + _more(len(value), "keys") + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value[:MANY])) + _more(len(value), "items") + "]"
    text = repr(value) if not isinstance(value, bool | None) else str(value).lower()
    return _cut(text, len(value) if isinstance(value, str) else len(text))


def _more(number: int, what: str) -> str:
    return f", … ({number} {what})" if number > MANY else ""


def _cut(text: str, length: int) -> str:
    # Both ends: what is cut in two stands at the end.
    return text if len(text) <= SHOWN else f"{text[:20]}…{text[-12:]} ({length} characters)"
