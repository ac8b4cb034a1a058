"""C4, C6 to C8, C10 and C11: how a decision is noticed, read, kept, and explained.

The precedence table itself is C1's. Where it is silent on purpose, C7 and C8 speak.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from typing import Any, Literal

from payloadproof.clauses.attribution import captures_in, marked_captures, records_in, way_of
from payloadproof.clauses.circumstances import amid
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.timeline import Moment, moments
from payloadproof.contract import ConsentFile, Switch, settings
from payloadproof.contract.consent import states
from payloadproof.evidence.history import File, History, Sent
from payloadproof.evidence.quoting import masked, named, where
from payloadproof.protocol import messages as ops
from payloadproof.scenario import steps as do

RANDOM = 4  # the version of a random UUID, RFC 9562


@check("C4")
def a_change_is_honoured_in_time(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """After an opt-out nothing is sent, after an opt-in what is captured is, each once settled."""
    timeline = moments(history)
    changed = _changes(timeline)
    for sent in history.sent:
        for step in captures_in(history, sent) | records_in(history, sent):
            if changed and timeline[step + 1].decision == "on":
                yield EXERCISED
    limit = f"{history.contract.consent.honoured_within_ms / 1_000:g} s"
    for change, end in changed:
        if timeline[change + 1].decision != "off":
            continue
        inside = [step for step in range(change, end) if timeline[step + 1].settled]
        for sent in _begun_during(history, inside):
            yield Finding(
                clause="C4",
                expected=f"nothing sent {limit} after the opt-out of step {change + 1}",
                observed=f"event {named(sent.event.name)} on the wire",
                evidence=(where(sent.request), masked(sent.event.properties)),
                definite=False,  # as C3 has it: a request may be on its way
                kind=f"{way_of(history, sent)} sent when an opt-out had its time",
            )
    yield from _not_noticed("C4", f"sent: consent is on for {limit}", history, settled=True)


def _changes(timeline: tuple[Moment, ...]) -> list[tuple[int, int]]:
    """The steps at which the decision changes, each with the step of the next change."""
    found = [
        step
        for step in range(len(timeline) - 1)
        if timeline[step + 1].decision != timeline[step].decision
    ]
    return list(itertools.pairwise([*found, len(timeline) - 1]))


def _begun_during(history: History, inside: list[int]) -> Iterator[Sent]:
    """What was sent in requests that began while one of these steps ran, or between them."""
    calls = [call for call in history.calls if call.step in inside]
    if calls:
        begin, end = calls[0].began_at, calls[-1].ended_at
        yield from (sent for sent in history.sent if begin < sent.request.began_at <= end)


def _not_noticed(
    clause: str, expected: str, history: History, *, settled: bool
) -> Iterator[Finding]:
    """Marked captures after an opt-in, to the end of the scenario, that did not arrive."""
    timeline = moments(history)
    changed = _changes(timeline)
    if not changed or not history.delivered:
        return
    last = changed[-1][0]
    if timeline[last + 1].decision != "on" or timeline[last].decision != "off":
        return
    arrived = {step for sent in history.sent for step in captures_in(history, sent)}
    marked = marked_captures(history)
    for index in range(last, len(history.steps)):
        step = history.steps[index]
        if isinstance(step, do.Shutdown):
            return  # what comes later is dropped
        if index not in marked or (settled and not timeline[index + 1].settled):
            continue
        if index not in arrived:
            yield Finding(
                clause=clause,
                expected=f"step {index + 1} {expected}",
                observed=f"no {named(step.event)} with its marker",
                definite=False,
                kind="an event lost after an opt-in" + amid(history),
            )


@check("C6")
def the_install_id_is_one_and_recorded(
    history: History,
) -> Iterator[Finding | Literal["exercised"]]:
    """Judged where consent is on throughout and the program alone writes a sound file.

    Whichever process sent it: one that was killed, the one after it, two that started at once.
    """
    layer, before = history.contract.consent_file, _content(history)
    if layer is None or layer.install_id is None or before is None or not history.sent:
        return
    yield EXERCISED
    used = {repr(sent.event.distinct_id): sent for sent in history.sent}
    if len(used) > 1:
        several = any(isinstance(step, do.Crash | do.Race | do.Fork) for step in history.steps)
        yield Finding(
            clause="C6",
            expected="one install id on every event" + (" of all processes" if several else ""),
            observed=f"{len(used)} of them",
            evidence=tuple(where(sent.request) for sent in used.values()),
        )
    after = None if history.consent_text is None else layer.content(history.consent_text)
    if after is None:
        yield Finding(
            clause="C6",
            expected=f"the install id recorded in {layer.path}",
            observed="no such file"
            if history.consent_text is None
            else f"{_FORMS.get(layer.format, 'nothing that can be read')} in it",
        )
        return
    known, recorded = (dict(settings.leaves(one)).get(layer.id_keys) for one in (before, after))
    if not _random(recorded):
        yield Finding(
            clause="C6",
            expected=f"{layer.install_id} in {layer.path} is a random UUID",
            observed=masked(recorded),
            kind="no random UUID recorded",
        )
    elif repr(recorded) not in used:
        yield Finding(
            clause="C6",
            expected=f"events under the {layer.install_id} that {layer.path} holds",
            observed="another distinct_id",
            evidence=(where(history.sent[0].request),),
        )
    if _random(known) and recorded != known:
        yield Finding(
            clause="C6",
            expected="an install id that was recorded stays",
            observed="another one in its place",
        )
    yield from _lost(layer, dict(settings.leaves(before)), dict(settings.leaves(after)))


_FORMS = {"json": "no JSON object"}
_Leaves = dict[tuple[str, ...], Any]


def _lost(layer: ConsentFile, before: _Leaves, after: _Leaves) -> Iterator[Finding]:
    """What else the file held, and holds no more; and a decision that it did not hold."""
    if before.get(layer.keys) is None and after.get(layer.keys) is not None:
        yield Finding(
            clause="C6",
            expected=f"no decision in {layer.path}: nobody took one",
            observed=f"{'.'.join(layer.keys)} {masked(after[layer.keys])}",
            kind="a decision that nobody took",
        )
    for path, value in before.items():
        if path == layer.id_keys or after.get(path, ...) == value:
            continue
        yield Finding(
            clause="C6",
            expected=f"{named('.'.join(path))} {masked(value)} is kept in {layer.path}",
            observed=masked(after[path]) if path in after else "it is gone",
            kind=("the decision" if path == layer.keys else "another key of the file")
            + (" changed" if path in after else " gone"),
        )


def _content(history: History) -> dict[str, Any] | None:
    """What the consent file held at the start, {} for no file; None where C6 has nothing to say."""
    scenario = history.scenario
    cut_short = any(call.kind in ("died", "timeout") for call in history.calls)
    if scenario is None or scenario.data != "sound" or history.debugging or cut_short:
        return None
    touched = any(isinstance(step, do.WriteConsent) for step in history.steps)
    if touched or {moment.decision for moment in moments(history)} != {"on"}:
        return None
    layer = history.contract.consent_file
    content = layer.content(scenario.consent_text) if layer else None
    # A decision of another type is damage, and a damaged file is not to be written (C7).
    damaged = content is None or layer is None or layer.decision(content) == "silent"
    return None if damaged else content


def _random(value: object) -> bool:
    """Whether it is a UUID of version 4 in its usual spelling."""
    try:
        parsed = uuid.UUID(str(value))
    except ValueError:
        return False
    return parsed.version == RANDOM and str(parsed) == str(value).lower()


@check("C7")
def a_damaged_file_is_no_consent(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Damaged: it cannot be read, or the decision in it is no value that it may have."""
    layer, scenario = history.contract.consent_file, history.scenario
    if layer is None or scenario is None or scenario.data != "sound":
        return
    if any(isinstance(step, do.WriteConsent) for step in history.steps):
        return
    decided = {(moment.decision, moment.layer) for moment in moments(history)}
    on = {decision for decision, _ in decided} == {"on"}
    damaged = layer.says(scenario.consent_text) == "silent"
    # What goes before the file says on; where nothing there can, a sound file in its place does.
    layers = history.contract.consent.layers
    before = layers[: layers.index(layer)]
    alone = not any(next(states(one, "on"), None) for one in before)
    if on and history.sent and (damaged or (alone and decided == {("on", layer.path)})):
        yield EXERCISED
    if not damaged:
        return
    why = f"with {scenario.taken}" if scenario.taken else f"while {layer.path} is damaged"
    if decided == {(None, layer.path)}:
        for sent in history.sent:
            yield Finding(
                clause="C7",
                expected=f"nothing sent {why}: there may have been an opt-out",
                observed=f"event {named(sent.event.name)} on the wire",
                evidence=(where(sent.request),),
                kind=f"{way_of(history, sent)} sent {why}",
            )
    kept = [shot.files.get(layer.place) for shot in history.snapshots]
    if kept and any(differs(kept[0], state) for state in kept):
        yield Finding(
            clause="C7",
            expected=f"what is in the place of {layer.path} is left as it is {why}",
            observed="it was overwritten or removed",
        )


def differs(before: File | None, after: File | None) -> bool:
    """Whether a file is another than it was, made, or gone."""
    return (before and before.sha256) != (after and after.sha256)


@check("C8")
def spellings_of_off_are_off(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Those that the contract calls off beyond the product's own list, and blanks around any."""
    decided = {(moment.decision, moment.layer) for moment in moments(history)}
    layers = history.contract.consent.layers
    switches = {x.variable: x for x in layers if isinstance(x, Switch)}
    if len(decided) != 1:
        return
    decision, layer = decided.pop()
    # Where no value turns it on, on is what holds without it.
    said_on = layer in switches or not any(next(states(x, "on"), None) for x in switches.values())
    if decision == "on" and said_on and history.sent:
        yield EXERCISED
    if layer not in switches:
        return
    spelled = history.scenario.env.get(layer, "") if history.scenario else ""
    if decision is None and switches[layer].means_off(spelled):
        how = "a word of its own" if spelled == spelled.strip() else "blanks around it"
        for sent in history.sent:
            yield Finding(
                clause="C8",
                expected=f"nothing sent: {layer} is {masked(spelled)}",
                observed=f"event {named(sent.event.name)} on the wire",
                evidence=(where(sent.request),),
                kind=f"{way_of(history, sent)} sent while {layer} says off with {how}",
            )


@check("C10")
def status_names_the_deciding_layer(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """By the names of the contract: a variable, the file's path, or ``default``."""
    timeline = moments(history)
    for call in history.calls:
        if not isinstance(call.params, ops.Explain) or call.kind != "ok":
            continue
        moment = timeline[call.step + 1]
        if moment.decision is None or not moment.settled:
            continue
        yield EXERCISED
        said = "on" if call.result.get("on") is True else "off"
        if (said, call.result.get("layer")) != (moment.decision, moment.layer):
            yield Finding(
                clause="C10",
                expected=f"{moment.decision} by {moment.layer}",
                observed=f"{said} by {named(call.result.get('layer'))}",
            )


@check("C11")
def a_change_is_honoured_at_once(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """From the next step on; what was queued before an opt-out does not leave after it."""
    timeline = moments(history)
    for change, end in _changes(timeline):
        if timeline[change + 1].decision != "off":
            continue
        off = range(change, end)
        for sent in history.sent:
            steps = captures_in(history, sent) | records_in(history, sent)
            if any(timeline[step + 1].decision == "on" for step in steps):
                yield EXERCISED
            for step in sorted(steps & set(off)):
                yield Finding(
                    clause="C11",
                    expected=f"step {step + 1} never sent: it ran after the opt-out of"
                    f" step {change + 1}",
                    observed=f"event {named(sent.event.name)} with its marker",
                    evidence=(where(sent.request), masked(sent.event.properties)),
                    kind="what came after an opt-out is sent",
                )
        # A request that was on its way is no news: what came before has to have had its time.
        if not change or not isinstance(history.steps[change - 1], do.Advance | do.Flush):
            continue
        for sent in _begun_during(history, list(off)[1:]):
            yield Finding(
                clause="C11",
                expected=f"nothing leaves after the opt-out of step {change + 1}",
                observed=f"event {named(sent.event.name)} in a later request",
                evidence=(where(sent.request), masked(sent.event.properties)),
                definite=False,
                kind="what was queued leaves after an opt-out",
            )
    yield from _not_noticed("C11", "sent: consent is on again", history, settled=False)
