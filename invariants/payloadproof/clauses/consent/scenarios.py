"""Scenarios about a decision: the table, changes, how it is spelled, damaged, kept, debugged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.clauses.consent import cases
from payloadproof.contract import ConsentLayer, Switch, catalogue, settings
from payloadproof.contract.consent import states
from payloadproof.generate import ground as grounds
from payloadproof.generate import payloads
from payloadproof.generate.errors import can_raise, frames, label, ways
from payloadproof.generate.ground import (
    LABEL,
    SESSIONS,
    Ground,
    Steps,
    all_flips,
    consent_environments,
    consent_texts,
    flips,
    one_session,
    opted_in,
)
from payloadproof.generate.networks import markable
from payloadproof.protocol.messages import Fault
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import FIRST_MARK, NO_FILES


@st.composite
def changes(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """On, off and on again, each step marked; judged at once, or when the change has settled."""
    contract = ground.contract
    flip = draw(flips(contract))
    # Of length 0 it only lets what is on its way arrive.
    waits = (0, contract.consent.honoured_within_ms + 1_000)
    wait = do.Advance(ms=draw(st.sampled_from(waits)))
    session = draw(SESSIONS)
    steps: Steps = []

    def some() -> None:
        for _ in range(draw(st.integers(1, 2))):
            steps.append(draw(payloads.good_captures(contract, step=len(steps))))
        if ground.sessions and draw(st.booleans()):
            mark = 2 ** len(steps)
            steps.append(draw(payloads.good_records(contract, session, LABEL, mark=mark)))

    ends: list[do.AnyStep] = [do.EndSession(session=session)] if ground.sessions else []
    some()
    if draw(st.booleans()):
        steps.append(do.Flush())
    steps.extend([do.Advance(ms=0), flip.off, wait])
    some()
    if draw(st.booleans()):
        steps += [*ends, do.Flush()]
    steps.extend([flip.on, wait])
    some()
    return ground.scenario([*steps, *ends, do.Flush(), do.Shutdown()], **flip.start)


def deleted_decisions(ground: Ground) -> Iterator[do.Scenario]:
    """A decision that a start finds, taken back by deleting its file while the program runs."""
    contract, layer = ground.contract, ground.contract.consent_file
    marked = markable(contract)
    if layer is None or marked is None:
        return
    name, event, key = marked
    without = contract.consent.decide({}, None)[0]
    for decision in ("on", "off"):
        text = layer.holding(decision, beside=layer.identified(grounds.INSTALL_ID))
        if text is None or contract.consent.decide({}, text)[0] in (without, "silent"):
            continue
        steps: Steps = [payloads.capture_of(name, event, {key: FIRST_MARK})]
        settled = do.Advance(ms=contract.consent.honoured_within_ms + 1_000)
        steps += [do.Flush(), do.Advance(ms=0), do.WriteConsent(text=None), settled]
        steps.append(payloads.capture_of(name, event, {key: FIRST_MARK + len(steps)}))
        yield ground.scenario([*steps, do.Flush(), do.Shutdown()], env={}, consent_text=text)


def kept_files(ground: Ground) -> Iterator[do.Scenario]:
    """Every state of a sound file that a program may have to write into."""
    layer = ground.contract.consent_file
    assert layer
    assert layer.id_keys
    ids: list[Any] = [
        grounds.INSTALL_ID,
        "",
        "not-an-id",
        7,
        None,
        # Of version 1: it holds the address of a machine, and is not random.
        "c232ab00-9414-11ec-b3c8-9f6bdeced846",
    ]
    more: dict[str, Any] = {"decidedAt": "2026-01-01T00:00:00Z", "more": {"a": [1]}}
    one_more: dict[str, Any] = {"more": 1}
    if layer.format != "json":  # other formats say less, or say it in several ways
        ids = [grounds.INSTALL_ID]
        table = layer.keys[0] if len(layer.keys) > 1 else ""
        more = one_more = {table: {"more": "1"}} if table else {"more": "1"}
    contents: list[dict[str, Any]] = [{}, more]
    contents += [_merged(layer.identified(value), one_more) for value in ids]
    texts = [layer.written(word, beside=one) for one in contents for word in (None, *layer.on[:1])]
    for text in (None, *texts):
        yield ground.scenario(
            [*_plain(ground), do.Flush(), do.Shutdown()],
            env=opted_in(ground.contract)["env"],
            consent_text=text,
        )


def _merged(content: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    for path, value in settings.leaves(more):
        content = settings.put(content, path, value)
    return content


@st.composite
def kept_decisions(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """The same with what is captured, and where, left to chance."""
    scenario = draw(st.sampled_from(list(kept_files(ground))))
    captured = draw(st.lists(payloads.good_captures(ground.contract), min_size=1, max_size=4))
    return msgspec.structs.replace(scenario, steps=(*captured, do.Flush(), do.Shutdown()))


def damaged_files(ground: Ground) -> Iterator[do.Scenario]:
    """What is left of an opt-out when a file is written badly or by hand."""
    for text in _damaged_texts(ground):
        steps = [*_plain(ground), do.Flush(), do.Shutdown()]
        yield ground.scenario(steps, env={}, consent_text=text)


def _damaged_texts(ground: Ground) -> list[str]:
    """Those for which the table is silent: what one format calls damage another can read."""
    layer = ground.contract.consent_file
    sound = layer.holding("off") if layer else None
    if layer is None or sound is None or layer.present is not None:
        return []
    misfits: list[Any] = ["false", "off", "", 0, [], {}]
    texts = [
        "",
        " ",
        "off",
        "null",
        "[]",
        f"[{sound}]",
        sound[:-1],
        sound[: len(sound) // 2],
        sound + sound,
        f"// do not track\n{sound}",
        sound.replace('"', "'"),
        "[" * 10_000,
    ]
    if layer.format in ("json", "toml"):
        texts += [layer.written(value) for value in misfits]
    elif layer.format == "yaml":
        texts += [layer.written(True).replace("true", word) for word in ("no", "off", '"false"')]
    alone = (text for text in texts if layer.says(text) == "silent")
    return list(dict.fromkeys(alone))


def taken_places(ground: Ground) -> Iterator[do.Scenario]:
    """No file where the consent file should be: one that can be read may have held an opt-out.

    A pipe blocks whoever opens it, and a folder and a link to itself fail when they are read.
    """
    text = _damaged_texts(ground)[0]
    for instead in NO_FILES:
        steps = [*_plain(ground), do.Flush(), do.Shutdown()]
        scenario = ground.scenario(steps, env={}, consent_text=text)
        yield msgspec.structs.replace(scenario, instead={"consent": instead})


def damaged_decisions(ground: Ground) -> SearchStrategy[do.Scenario]:
    """Chance adds the environments under which the file does not matter."""
    files = st.sampled_from(list(damaged_files(ground)))
    none: SearchStrategy[dict[str, str]] = st.just({})
    environments = none | consent_environments(ground.contract)
    return st.tuples(files, environments).map(
        lambda pair: msgspec.structs.replace(pair[0], env=pair[1])
    )


def overruled(ground: Ground, scenario: do.Scenario) -> do.Scenario:
    """The same where somebody says on: in the environment, before any file is asked, or else in it.

    A switch that turns nothing on is left out instead.
    """
    layers = ground.contract.consent.layers
    file = ground.contract.consent_file or ground.contract.consent_command
    before = layers[: layers.index(file)] if file else layers
    for env, text in ((env, text) for layer in before for env, text in states(layer, "on")):
        if ground.contract.consent.decide(env, text)[0] == "on":
            return msgspec.structs.replace(scenario, env=env)
    state = opted_in(ground.contract)
    text = state.get("consent_text") or (file.holding("on") if file else None)
    return msgspec.structs.replace(scenario, env=state["env"], consent_text=text)


def spelled_decisions(ground: Ground) -> Iterator[do.Scenario]:
    """Every spelling of off that the product's own list lacks."""
    switch = _switch(ground)
    assert switch
    padded = [pad.format(word) for word in switch.off for pad in (" {}", "{} ", "\t{}\n")]
    words = [cased for word in switch.off_should for cased in (word, word.upper(), f" {word} ")]
    cased = [word.upper() for word in switch.off if switch.exact and word.upper() != word]
    for word in [*padded, *words, *cased]:
        steps = [*_plain(ground), do.Flush(), do.Shutdown()]
        yield ground.scenario(steps, env={switch.variable: word})


@st.composite
def spelled(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """The same beside a file that consents."""
    scenario = draw(st.sampled_from(list(spelled_decisions(ground))))
    return msgspec.structs.replace(scenario, consent_text=draw(consent_texts(ground.contract)))


@st.composite
def debugged(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Debug mode, and everything that a program does."""
    contract = ground.contract
    steps: Steps = draw(st.lists(payloads.good_captures(contract), min_size=1, max_size=3))
    steps += draw(one_session(ground))
    if can_raise(ground) and draw(st.booleans()):
        fault = Fault(type=label(0), message="the lid is open", frames=frames(0))
        steps.append(do.RaiseError(error=fault, via=draw(ways(ground))))
    if ground.virtual and draw(st.booleans()):
        steps.append(do.Advance(ms=contract.consent.honoured_within_ms + 1_000))
    state = opted_in(contract)
    state["env"] = state["env"] | {str(contract.variables.debug): "1"}
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], **state)


def explained(ground: Ground) -> Iterator[do.Scenario]:
    """The whole precedence table, with the question instead of events."""
    for scenario in cases.consent_table(ground):
        yield msgspec.structs.replace(scenario, steps=(do.Explain(),))
    if not ground.virtual:
        return
    settle = do.Advance(ms=ground.contract.consent.honoured_within_ms + 1_000)
    for flip in all_flips(ground.contract):
        turns = [do.Explain(), flip.off, settle, do.Explain(), flip.on, settle, do.Explain()]
        yield ground.scenario(turns, **flip.start)


@st.composite
def explained_changes(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """The question under other spellings."""
    return ground.scenario(
        [do.Explain()],
        env=draw(consent_environments(ground.contract)),
        consent_text=draw(consent_texts(ground.contract)),
    )


def _plain(ground: Ground) -> Steps:
    """One capture for each transport."""
    events = catalogue.plainly_sent(ground.contract)
    by_transport = {event.transport: (name, event) for name, event in events.items()}
    return [
        do.Capture(event=name, properties={}, person=event.profile, transport=event.transport)
        for name, event in by_transport.values()
    ]


def _switch(ground: Ground) -> Switch | None:
    layers: tuple[ConsentLayer, ...] = ground.contract.consent.layers
    return next((x for x in layers if isinstance(x, Switch) and (x.off or x.off_should)), None)


def can_be_damaged(ground: Ground) -> bool:
    """Whether the contract has a file that can hold an opt-out, and be damaged."""
    return bool(_damaged_texts(ground))


def keeps_an_id(ground: Ground) -> bool:
    """Whether the contract's file holds an install id."""
    layer = ground.contract.consent_file
    return layer is not None and bool(layer.id_keys)


def spells(ground: Ground) -> bool:
    """Whether a variable of the contract turns telemetry on and off."""
    return _switch(ground) is not None


def can_be_debugged(ground: Ground) -> bool:
    """Whether the contract has a debug mode."""
    return ground.contract.variables.debug is not None


def consented(ground: Ground, scenario: do.Scenario) -> do.Scenario:
    """The consent twin: the same steps, and nothing that could turn consent off."""
    kept = [s for s in scenario.steps if not isinstance(s, do.SetEnv | do.WriteConsent)]
    return ground.scenario(kept)


@st.composite
def consent_table(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """One environment and file throughout; ordinary captures, and a session."""
    steps: Steps = draw(st.lists(payloads.good_captures(ground.contract), min_size=1, max_size=3))
    if draw(st.booleans()):
        steps += draw(one_session(ground))
    # Half of them without a variable, or the file below them would seldom decide.
    return ground.scenario(
        [*steps, do.Flush(), do.Shutdown()],
        env=draw(st.just({}) | consent_environments(ground.contract)),
        consent_text=draw(consent_texts(ground.contract)),
    )


@st.composite
def consent_changes(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """On or off, then the other, and back, each long enough to be noticed, each step marked."""
    contract = ground.contract
    flip = draw(flips(contract))
    settle = do.Advance(ms=contract.consent.honoured_within_ms + 1_000)
    session = draw(SESSIONS)
    steps: Steps = []

    def some(least: int) -> None:
        for _ in range(draw(st.integers(least, 2))):
            steps.append(draw(payloads.good_captures(contract, step=len(steps))))
        if ground.sessions and draw(st.booleans()):
            # Powers of two from the step's index: 2**40 is still exact, and still a count.
            mark = 2 ** len(steps)
            steps.append(draw(payloads.good_records(contract, session, "observer-a", mark=mark)))

    start = flip.start
    if draw(st.booleans()):
        some(0)
        # What is flushed is out of the way: only what is folded is still held back. What is not
        # flushed is queued somewhere, and has the same 30 s.
        if draw(st.booleans()):
            steps.append(do.Flush())
        steps += [flip.off, settle]
    else:
        # Off from the very start: nothing cached, nothing buffered.
        steps += [flip.off]
    some(1)
    steps += [flip.on, settle]
    some(1)
    if ground.sessions:
        steps.append(do.EndSession(session=session))
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], **start)
