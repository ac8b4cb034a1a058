"""E1 to E10 but E4 and E7: what an error may say, judged on every byte and on the event's text.

Secrets are known: they were planted. Where none was, as in a recording, shapes are looked for.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

from payloadproof.clauses.beats import Said
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.raised import (
    Error,
    errors,
    frames_of,
    identity,
    planted_in,
    raises,
    steps_of,
)
from payloadproof.clauses.search import canaries_in, haystacks, leaked
from payloadproof.clauses.timeline import moments
from payloadproof.contract.secrets import shape_in
from payloadproof.evidence.fields import PERSON_KEYS, properties_of
from payloadproof.evidence.history import History
from payloadproof.evidence.quoting import masked, named, where
from payloadproof.evidence.search import AS_IT_IS
from payloadproof.generate.error_texts import STRICT
from payloadproof.protocol import messages as ops
from payloadproof.scenario import steps as do

# Keys under which SDKs send what stands in a source file or in a frame.
_SOURCE_KEYS = frozenset(
    {"context_line", "pre_context", "post_context", "code_variables", "vars", "locals", "abs_path"}
)


@check("E1")
def the_listed_never_survives(history: History) -> Said:
    """In type, message, stack, cause chain and names of frames."""
    for error in errors(history):
        for text in (error.message, *error.fields.values()):
            if shape := shape_in(text):
                yield Finding(
                    clause="E1",
                    expected="no path, address, key or URL query in the text of an error",
                    observed=shape,
                    evidence=(where(error.sent.request, error.sent.event.name), masked(text)),
                    kind="the class of an error as it is" if _shapely(error.type) else shape,
                )
                break
    strict = {i: step for i, step in raises(history).items() if step.plants in STRICT}
    if strict and any(errors(history)):
        yield EXERCISED
    for index, step in strict.items():
        for number in sorted(_in_text(step)):
            if leak := leaked(history, number):
                yield _survived("E1", index, step, leak[0], where(leak[1]))


def _shapely(name: str) -> bool:
    # As the fields are looked at: JSON doubles what a path separates with.
    return shape_in(json.dumps(name)) is not None


def _in_text(step: do.RaiseError) -> set[int]:
    """Canaries in what an error says of itself; source, variables and files are E3's."""
    found: set[int] = set()
    for fault in planted_in(step):
        found |= canaries_in([fault.type, fault.message, [f.function for f in fault.frames]])
        if "{home}" in str(fault.message):
            found.add(0)
    return found


def _survived(clause: str, index: int, step: do.RaiseError, how: str, place: str) -> Finding:
    return Finding(
        clause=clause,
        expected=f"no piece of the {step.plants} of step {index + 1} in any byte sent",
        observed=f"a piece of it {how}",
        evidence=(place, f"raised by way of {step.via}"),
        kind="the class of an error as it is"
        if any(canaries_in(fault.type) for fault in planted_in(step))
        else f"a piece of {step.plants}, {how}",
    )


@check("E2")
def errors_are_bounded(history: History) -> Said:
    """By the contract's lengths, in characters, and its number of frames."""
    for error in errors(history):
        own = history.contract.events[str(error.sent.event.name)].own_properties
        roles = error.roles
        steps = [raises(history)[index] for index in steps_of(history, error)]
        if any(len(str(s.error.message)) > (own[roles.message].max_chars or 0) for s in steps):
            yield EXERCISED
        bounds = {
            roles.type: own[roles.type].max_chars,
            roles.message: own[roles.message].max_chars,
            roles.stack: own[roles.stack].max_chars if roles.stack else None,
            "$exception_type": own[roles.type].max_chars,
            "$exception_message": own[roles.message].max_chars,
        }
        carried = [(key, text) for key, text in properties_of(error.sent).items() if key in bounds]
        for listed in error.listed:
            bounds |= {"type": bounds[roles.type], "value": bounds[roles.message]}
            carried += [(key, listed[key]) for key in ("type", "value") if key in listed]
        for key, text in carried:
            most = bounds[key]
            if most is not None and isinstance(text, str) and len(text) > most:
                yield _too_much(error, key, f"at most {most} characters", f"{len(text)}")
        most_frames = roles.frames_max
        for listed in error.listed:
            if len(frames_of(listed)) > most_frames:
                seen = f"{len(frames_of(listed))}"
                yield _too_much(error, "$exception_list", f"at most {most_frames} frames", seen)
        stack = str(properties_of(error.sent).get(roles.stack or "", ""))
        for step in steps:
            functions = {frame.function for frame in step.error.frames}
            kept = sum(function in stack for function in functions)
            if roles.stack and kept > most_frames:
                yield _too_much(error, roles.stack, f"at most {most_frames} frames", f"{kept}")
    yield from _halves(history)


def _halves(history: History) -> Said:
    """A piece of a secret, where all of it was not sent, out of a text that had to be cut."""
    for index, step in raises(history).items():
        for number in sorted(canaries_in(_cut(history, step)) if step.plants in STRICT else ()):
            leak = leaked(history, number)
            whole = history.canaries[number].lower().encode() if leak else b""
            # In another encoding what was not cut looks like a half, too.
            as_it_is = leak and leak[0] == AS_IT_IS
            if leak and as_it_is and not any(whole in hay for _, hay in haystacks(history)):
                yield Finding(
                    clause="E2",
                    expected=f"no half of the {step.plants} of step {index + 1} after a cut",
                    observed="a piece of it, and not all of it",
                    evidence=(where(leak[1]), f"raised by way of {step.via}"),
                )


def _cut(history: History, step: do.RaiseError) -> list[str]:
    """The texts of a step that are longer than some event may say."""
    cut: list[str] = []
    for name, roles in history.contract.errors.items():
        own = history.contract.events[name].own_properties
        for fault in planted_in(step):
            functions = " ".join(frame.function for frame in fault.frames)
            parts = ((roles.type, fault.type), (roles.message, fault.message))
            for key, text in (*parts, (roles.stack, functions)):
                most = own[key].max_chars if key else None
                if most is not None and isinstance(text, str):
                    told = do.planted(text, history.canaries)
                    cut += [text] if len(told) > most else []
    return cut


def _too_much(error: Error, key: str, expected: str, observed: str) -> Finding:
    return Finding(
        clause="E2",
        expected=f"{expected} in {key}",
        observed=observed,
        evidence=(where(error.sent.request, error.sent.event.name, key),),
    )


@check("E3")
def no_source_and_no_variables(history: History) -> Said:
    """What stands in the frames: source lines, variables, directories of files."""
    for error in errors(history):
        for frame in error.frames:
            for key in sorted(_SOURCE_KEYS & frame.keys()):
                if frame[key]:
                    yield Finding(
                        clause="E3",
                        expected="no source code, variables or whole paths in a frame",
                        observed=f"key {named(key)}",
                        evidence=(where(error.sent.request, error.sent.event.name, key),),
                    )
    for index, step in raises(history).items():
        frames = [frame for fault in planted_in(step) for frame in fault.frames]
        places = {
            "source line": canaries_in([frame.source for frame in frames]),
            "variable": canaries_in([frame.locals for frame in frames]),
            "directory": canaries_in([frame.file for frame in frames]),
        }
        if any("{home}" in frame.file for frame in frames):
            places["directory"].add(0)
        if any(places.values()) and any(index in steps_of(history, e) for e in errors(history)):
            yield EXERCISED
        for place, numbers in places.items():
            for leak in filter(None, (leaked(history, number) for number in sorted(numbers))):
                yield Finding(
                    clause="E3",
                    expected=f"nothing of a {place} of a frame of step {index + 1} in a byte sent",
                    observed=f"a piece of it {leak[0]}",
                    evidence=(where(leak[1]), f"raised by way of {step.via}"),
                )


@check("E5")
def a_sent_message_stays(history: History) -> Said:
    """What was sent, raised again, is sent as it is."""
    again = {i for i, step in raises(history).items() if step.error.message == do.SENT}
    handed = {
        call.step: call.params.error.message
        for call in history.calls
        if call.step in again and isinstance(call.params, ops.RaiseError)
    }
    for error in errors(history):
        for index in steps_of(history, error):
            message = handed.get(index)
            if not message or message == do.SENT:
                continue
            yield EXERCISED
            if error.message != message:
                yield Finding(
                    clause="E5",
                    expected="a message that was sent, sent again as it is",
                    observed="another message",
                    evidence=(
                        where(error.sent.request, error.sent.event.name),
                        masked(message),
                        masked(error.message),
                    ),
                )


@check("E6")
def secrets_of_a_kind_look_alike(history: History) -> Said:
    """The twin has other secrets of the same kinds, lengths and classes of characters."""
    if history.twin is None:
        return
    others = {_key(history.twin, error): error for error in errors(history.twin)}
    for error in errors(history):
        key = _key(history, error)
        other = others.get(key)
        if not key or other is None:
            continue
        yield EXERCISED
        for field in sorted(error.fields.keys() | other.fields.keys()):
            mine, theirs = error.fields.get(field, ""), other.fields.get(field, "")
            if mine != theirs:
                step = raises(history)[key[0]]
                yield Finding(
                    clause="E6",
                    expected=f"{field} the same for any {step.plants or 'secret'} of its kind",
                    observed="another text for another secret",
                    evidence=(
                        where(error.sent.request, error.sent.event.name, field),
                        masked(mine),
                        masked(theirs),
                    ),
                    kind=_told_by(history, error, other, step),
                )
                break


def _told_by(history: History, error: Error, other: Error, step: do.RaiseError) -> str:
    """For the kind of a finding: what comes through has clauses of its own, by its kind."""
    if error.type != other.type:
        return "the class of an error tells secrets apart"
    if any(leaked(history, number) for number in _in_text(step)):
        return "what comes through is told apart"
    return "what is taken out is told apart"  # by chance of how a secret was drawn


def _key(history: History, error: Error) -> tuple[int, int] | None:
    steps = steps_of(history, error)
    return (steps[0], error.times) if steps else None


@check("E8")
def no_profile_from_an_error(history: History) -> Said:
    """Neither built nor written to."""
    for error in errors(history):
        yield EXERCISED
        carried = properties_of(error.sent)
        wrong = [key for key in PERSON_KEYS if key in carried or key in error.sent.event.top_level]
        if carried.get("$process_person_profile") is not False:
            wrong.append("$process_person_profile")
        for key in wrong:
            yield Finding(
                clause="E8",
                expected="an error without a person profile",
                observed=f"{named(key)}: {masked(carried.get(key))}",
                evidence=(where(error.sent.request, error.sent.event.name, key),),
            )


@check("E9")
def the_logger_hands_it_on_once(history: History) -> Said:
    """And writes all of it in the local log first."""
    on = history.delivered and {moment.decision for moment in moments(history)} == {"on"}
    sent = Counter(index for error in errors(history) for index in steps_of(history, error))
    equal = Counter(identity(step.error) for step in raises(history).values())
    for index, step in raises(history).items():
        if step.via != "logger" or step.times != 1 or not isinstance(step.error.message, str):
            continue
        if equal[identity(step.error)] > 1:
            continue  # folded, as B5 has it
        if sent[index]:
            yield EXERCISED
        # A class whose name holds a secret is sent under another name, and cannot be told.
        due = on and step.error.type.isidentifier() and not switched_off(history)
        if sent[index] > 1 or (due and not sent[index]):
            yield Finding(
                clause="E9",
                expected=f"the error of step {index + 1}, given to the logger, sent once",
                observed=f"sent {sent[index]} times",
                definite=sent[index] > 1,
            )
        whole = do.planted(step.error.message, history.canaries)
        # A log of one line for each record writes a line's end, or a quote, in its own way.
        lines = [line.strip() for line in whole.splitlines() if "{" not in line]
        kept = all(line in history.log or json.dumps(line)[1:-1] in history.log for line in lines)
        can_log = history.scenario is None or history.scenario.can_log
        if history.contract.files.log and can_log and not kept:
            yield Finding(
                clause="E9",
                expected=f"the message of step {index + 1} whole in the local log",
                observed="a log without it",
                definite=False,
            )


def switched_off(history: History) -> bool:
    """Whether the contract's variable stops errors at some time of the scenario."""
    variable = history.contract.variables.errors
    if variable is None or history.scenario is None:
        return False
    changes = [step.env for step in history.steps if isinstance(step, do.SetEnv)]
    told: list[Mapping[str, str | None]] = [history.scenario.env, *changes]
    return any(variable in env for env in told)


@check("E10")
def recall_by_kind(history: History) -> Said:
    """A figure for each kind of which something came through."""
    planted = Counter(step.plants for step in raises(history).values() if step.plants)
    if not planted or not any(errors(history)):
        return
    yield EXERCISED
    through: Counter[str] = Counter()
    for step in raises(history).values():
        if step.plants and any(leaked(history, number) for number in _in_text(step)):
            through[step.plants] += 1
    if through:
        yield Finding(
            clause="E10",
            expected=f"nothing of {planted.total()} secrets of {len(planted)} kinds",
            observed=", ".join(f"{k} {n} of {planted[k]}" for k, n in sorted(through.items())),
            kind="some of what was planted",
        )
