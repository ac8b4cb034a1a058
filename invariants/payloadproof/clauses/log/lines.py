"""L1 to L3: one call that logs and hands over, and a log that needs no telemetry.

The log is judged by the words of its messages, whatever else a line holds and however it is
written: a scenario gives each message a word that no other has.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.attribution import owed
from payloadproof.clauses.beats import counted, total
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.timeline import moments
from payloadproof.contract.catalogue import sendable
from payloadproof.evidence.history import LOG_KEPT, Call, History
from payloadproof.evidence.quoting import named
from payloadproof.protocol import codec
from payloadproof.protocol import messages as ops
from payloadproof.recorder.script import Answer
from payloadproof.scenario import steps as do

Said = Iterator[Finding | Literal["exercised"]]

_WORD = re.compile(r"\w+")


@check("L1")
def one_line_for_each_call(history: History) -> Said:
    """A line of level debug may be left out: a program may be set to write less."""
    for call, asked, lines in _written(history):
        if lines and history.sent:
            yield EXERCISED
        if len(lines) > 1:
            yield Finding(
                clause="L1",
                expected=f"one line in the log for {_where(call)}",
                observed=f"{len(lines)} lines with the words of its message",
            )
        elif not lines and asked.level != "debug":
            yield Finding(
                clause="L1",
                expected=f"one line in the log for {_where(call)}",
                observed="none with the words of its message",
                definite=False,
            )
    yield from _of_equal_calls(history)
    yield from _of_nobody(history)


def _of_equal_calls(history: History) -> Said:
    """Calls whose messages are one and the same: as many lines as calls, whichever is whose."""
    told = _lines(history)
    made = Counter(
        (asked.component, asked.message, asked.level)
        for call, asked in _instrumented(history)
        if call.kind in ("ok", "raised")
    )
    borne = _borne(history)
    for (component, message, level), times in made.items():
        words = (word for word in _WORD.findall(message) if borne[word] == times)
        own = next(words, None)
        if told is None or own is None or times == 1 or level == "debug":
            continue
        lines = sum(own in words for _, words in told)
        if lines != times:
            yield Finding(
                clause="L1",
                expected=f"{times} lines in the log for {times} equal calls of {named(component)}",
                observed=f"{lines}",
                definite=lines > times,
                kind="another number of lines than of equal calls",
            )


def _of_nobody(history: History) -> Said:
    """Lines between those of one call and the next that have no call's words.

    How many lines a record takes is the log's own matter, and equal for all; a call that has more
    of them than another has written one that nobody asked for. Judged where nothing else would.
    """
    if not _had_its_chance(history):
        return
    lines = [line for line in history.log.split("\n") if line.strip()]
    places = {call.step: lines.index(own[0]) for call, _, own in _written(history) if len(own) == 1}
    asked = history.scenario.steps if history.scenario else ()
    between = {
        step: places[step + 1] - place - 1 for step, place in places.items() if step + 1 in places
    }
    if not between:
        return
    usual = min(between.values())
    yield from _of_no_word(history, places, usual)
    for step, number in between.items():
        if number > usual:
            call = asked[step]
            described = isinstance(call, do.Instrument) and call.event
            yield Finding(
                clause="L1",
                expected=f"one line in the log for step {step + 1}, as for other calls",
                observed=f"{number - usual} more, without a word of any call",
                definite=False,
                kind=f"a line of nobody's words after a call that describes"
                f" {'something' if described else 'nothing'}",
            )
            return


def _of_no_word(history: History, places: dict[int, int], usual: int) -> Said:
    """A call without a word between two that have some: its line is one among theirs."""
    for call, asked in _instrumented(history):
        before, after = places.get(call.step - 1), places.get(call.step + 1)
        wordless = not _WORD.search(asked.message) and asked.level != "debug"
        if not wordless or before is None or after is None:
            continue
        if after - before - 1 < 2 * usual + 1:
            yield Finding(
                clause="L1",
                expected=f"one line in the log for {_where(call)}, whose message has no word",
                observed="none between those of the calls before and after it",
                definite=False,
                kind="no line for a call without a word",
            )


@check("L2")
def what_is_described_is_handed_over_once(history: History) -> Said:
    """Captures are counted by event, records by the counts of their rollups.

    More than was asked for is judged in every scenario; less where all of it had its chance: with
    consent throughout, a sound network, and one shutdown, at the end.
    """
    asked = history.scenario.steps if history.scenario else ()
    described = {step.event for step in asked if isinstance(step, do.Instrument) and step.event}
    if not described:
        return
    due = _had_its_chance(history)
    for what, wanted, came, judged in _tallies(history, described):
        if due and came and wanted:
            yield EXERCISED
        if came > wanted or (due and judged and came < wanted):
            yield Finding(
                clause="L2",
                expected=f"{wanted} {what} for as many calls that ask for one",
                observed=f"{came:g}",
                definite=came > wanted,
                kind="more than was asked for" if came > wanted else "less than was asked for",
            )


@check("L3")
def the_log_needs_no_telemetry(history: History) -> Said:
    """Judged on calls that telemetry can make nothing of: their lines are there, and whole."""
    for call, asked, lines in _written(history):
        trouble = _trouble(history, call, asked)
        if trouble is None:
            continue
        if lines and history.sent:
            yield EXERCISED
        whole = [line for line in lines if _holds(line, asked)]
        if whole or (not lines and asked.level == "debug"):
            continue
        yield Finding(
            clause="L3",
            expected=f"a whole line in the log for {_where(call)}, with {trouble}",
            observed="a line without all of its component and message" if lines else "no line",
            definite=bool(lines),
        )


def _written(history: History) -> Iterator[tuple[Call, ops.Instrument, list[str]]]:
    """The calls that returned or raised, each with the lines that hold its own word."""
    lines, borne = _lines(history), _borne(history)
    for call, asked in _instrumented(history):
        own = next((w for w in _WORD.findall(asked.message) if borne[w] == 1), None)
        if lines is not None and own and call.kind in ("ok", "raised"):
            yield call, asked, [line for line, words in lines if own in words]


def _lines(history: History) -> list[tuple[str, set[str]]] | None:
    """The lines of the log with their words; none where it cannot be judged."""
    sound = history.scenario is not None and history.scenario.can_log
    # Of a log that long only the end was kept.
    if not (sound and history.contract.files.log) or len(history.log.encode()) >= LOG_KEPT:
        return None
    return [(line, set(_WORD.findall(line))) for line in history.log.split("\n")]


def _instrumented(history: History) -> list[tuple[Call, ops.Instrument]]:
    return [
        (call, call.params) for call in history.calls if isinstance(call.params, ops.Instrument)
    ]


def _borne(history: History) -> Counter[str]:
    """How many calls have a word in their message."""
    messages = [asked.message for _, asked in _instrumented(history)]
    return Counter(word for message in messages for word in set(_WORD.findall(message)))


def _holds(line: str, asked: ops.Instrument) -> bool:
    bare = " ".join(line.split())
    return asked.component in bare and " ".join(asked.message.split()) in bare


def _trouble(history: History, call: Call, asked: ops.Instrument) -> str | None:
    """What telemetry is up against during a call, None when it is well."""
    before = history.steps[: call.step]
    networks = [step.behaviour for step in before if isinstance(step, do.Network)]
    consent = moments(history)[call.step + 1]
    known = {*history.contract.events, *history.contract.occurrences}
    troubles = {
        "hostile properties": bool(codec.tags(asked.properties)),
        "telemetry shut down": any(isinstance(step, do.Shutdown) for step in before),
        "a network that fails": bool(networks) and networks[-1] != Answer(),
        f"consent off by {consent.layer}": consent.decision == "off",
        f"a damaged {consent.layer}": consent.decision is None,
        "an event that nobody lists": asked.event is not None and asked.event not in known,
        "debug mode": history.debugging,
    }
    return next((trouble for trouble, there in troubles.items() if there), None)


def _tallies(history: History, described: set[str]) -> Iterator[tuple[str, int, float, bool]]:
    """What was asked for and what came of it; whether less of it would be a loss."""
    captured = _times(history, do.Capture)
    recorded = _times(history, do.Record)
    contract = history.contract
    for name in sorted(described):
        event = contract.events.get(name)
        came = len(history.named(name))
        # A program may send events of its life without being asked.
        if event is None or event.kind != "lifecycle":
            listed = name in sendable(contract).keys() & owed(history)
            yield f"capture(s) of {named(name)}", captured[name], came, listed
    for name, event in contract.rollups.items():
        counts = [counted(event.fold, sent) for sent in history.named(name)] if event.fold else []
        if event.fold:
            wanted = recorded[event.fold.occurrence]
            yield f"record(s) in all {named(name)}", wanted, total(counts), True


def _times(history: History, kind: type[do.Capture | do.Record]) -> Counter[str]:
    times: Counter[str] = Counter()
    for step in history.steps:
        if isinstance(step, kind) and isinstance(step.event, str):
            times[step.event] += step.times
    return times


def _had_its_chance(history: History) -> bool:
    shut = [isinstance(step, do.Shutdown) for step in history.steps]
    consent = {moment.decision for moment in moments(history)}
    return history.delivered and consent == {"on"} and shut[-1] and sum(shut) == 1


def _where(call: Call) -> str:
    return f"step {call.step + 1}"
