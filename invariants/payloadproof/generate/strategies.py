"""Scenarios from a contract: consent, sessions, leaks, hostile input, bad networks.

Everything product-specific comes out of the contract, so that a contract of three events gets
scenarios too. Each strategy takes a :class:`Ground`, what a run has to go by.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.contract import ConsentFile, ConsentLayer, Contract, KillSwitch, Switch
from payloadproof.generate import payloads
from payloadproof.protocol.messages import AdvanceClock, Capabilities, EndSession, Record
from payloadproof.recorder.script import Answer, Behaviour, Cut, Refuse, Reset, Withhold
from payloadproof.scenario import steps as do

# Ids of 15 digits and more, none of them round: no time, count or power of ten holds one by chance.
SESSIONS = st.integers(0, 10**6).map(lambda n: 123_456_789_012_347 + n * 7_654_321_097)
LABEL = "observer-a"  # what a scenario's only session is told apart by
Steps = list[do.AnyStep]


class Ground(NamedTuple):
    """What scenarios are made from. ``now_ms``: epoch milliseconds at which they start."""

    contract: Contract
    capabilities: Capabilities
    now_ms: int
    surroundings: frozenset[str] = frozenset()  # by the names of clauses.SURROUNDINGS

    @property
    def sessions(self) -> bool:
        """Whether sessions can be recorded and ended here."""
        ops = {Record.op, EndSession.op}
        return payloads.session_fold(self.contract) is not None and ops <= {*self.capabilities.ops}

    @property
    def virtual(self) -> bool:
        """Whether time can be moved."""
        return self.capabilities.clock == "virtual" and AdvanceClock.op in self.capabilities.ops

    def scenario(self, steps: Sequence[do.AnyStep], **state: Any) -> do.Scenario:
        """A scenario that starts at the common time, with consent on unless ``state`` says more."""
        return do.Scenario(
            steps=tuple(steps), now_ms=self.now_ms, **(state or opted_in(self.contract))
        )


def opted_in(contract: Contract) -> dict[str, Any]:
    """The least ``env`` and ``consent_text`` with which the contract's chain says on."""
    if contract.consent.default == "on":
        return {"env": {}}
    for layer in contract.consent.layers:
        match layer:
            case Switch(variable=variable, on=on):
                return {"env": {variable: on[0]}}
            case ConsentFile(key=key):
                return {"env": {}, "consent_text": json.dumps({key: True})}
            case _:
                continue
    raise ValueError(f"the consent chain of {contract.product.name} can never say on")


def consented(ground: Ground, scenario: do.Scenario) -> do.Scenario:
    """The consent twin: the same steps, and nothing that could turn consent off."""
    kept = [s for s in scenario.steps if not isinstance(s, do.SetEnv | do.WriteConsent)]
    return ground.scenario(kept)


def consent_environments(contract: Contract) -> SearchStrategy[dict[str, str]]:
    """Every layer's variable, set and unset, in the spellings the contract knows and others."""
    choices = {
        layer.variable: _spellings(layer)
        for layer in contract.consent.layers
        if not isinstance(layer, ConsentFile)
    }
    return st.fixed_dictionaries({}, optional=choices)


def _spellings(layer: ConsentLayer) -> SearchStrategy[str]:
    match layer:
        case KillSwitch(unset=unset):
            return st.sampled_from([*unset, "1", "true", "yes", "TRUE", "2"])
        case Switch(on=on, off=off):
            known = st.sampled_from([*off, *on])
            cases: list[Callable[[str], str]] = [str, str.upper, str.title]
            cased = st.tuples(known, st.sampled_from(cases))
            return cased.map(lambda pair: pair[1](pair[0])) | st.sampled_from(["", "maybe"])
        case _:
            raise AssertionError(layer)


def consent_texts(contract: Contract) -> SearchStrategy[str | None]:
    """What the consent file may soundly hold; None for no file."""
    layer = contract.consent_file
    if layer is None:
        return st.none()
    decided = st.sampled_from([{layer.key: True}, {layer.key: False}, {layer.key: None}, {}])
    identified: SearchStrategy[dict[str, Any]] = st.just({})
    if layer.install_id:
        key = layer.install_id
        identified = st.just({}) | st.uuids(version=4).map(lambda made: {key: str(made)})
    whole = st.tuples(decided, identified).map(lambda parts: json.dumps(parts[0] | parts[1]))
    return st.none() | whole


@st.composite
def one_session(draw: st.DrawFn, ground: Ground) -> Steps:
    """A session of one good record; nothing where there are no sessions."""
    if not ground.sessions:
        return []
    session = draw(SESSIONS)
    record = draw(payloads.good_records(ground.contract, session, LABEL))
    return [record, do.EndSession(session=session)]


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


class Flip(NamedTuple):
    """One way to opt out and in again."""

    start: dict[str, Any]
    off: do.AnyStep
    on: do.AnyStep


@st.composite
def flips(draw: st.DrawFn, contract: Contract) -> Flip:
    """Each layer's own way."""
    start = opted_in(contract)
    layer = draw(st.sampled_from(contract.consent.layers))
    match layer:
        case KillSwitch(variable=variable):
            return Flip(start, do.SetEnv(env={variable: "1"}), do.SetEnv(env={variable: None}))
        case Switch(variable=variable, on=on, off=off):
            steps = (do.SetEnv(env={variable: value[0]}) for value in (off, on))
            return Flip(start, *steps)
        case ConsentFile(key=key, install_id=install_id):
            kept = {install_id: str(draw(st.uuids(version=4)))} if install_id else {}
            texts = [json.dumps({key: value, **kept}) for value in (True, False)]
            opted_out, opted_in_again = (do.WriteConsent(text=text) for text in texts[::-1])
            return Flip({"env": {}, "consent_text": texts[0]}, opted_out, opted_in_again)


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


@st.composite
def dirty_payloads(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Good captures with dirt among them, and events that nobody declared."""
    contract = ground.contract
    stray = st.sampled_from(
        [*contract.forbidden_events, "undeclared_event", "$pageview", "$identify"]
    )
    steps: Steps = []
    for _ in range(draw(st.integers(1, 4))):
        good = draw(payloads.good_captures(contract))
        properties = good.properties | draw(
            payloads.dirt(
                contract,
                contract.events[good.event].properties,
                ground.capabilities.hostile,
            )
        )
        event = draw(stray) if draw(st.integers(0, 3)) == 0 else good.event
        steps.append(
            do.Capture(
                event=event,
                properties=properties,
                person=good.person and event == good.event,
                transport=good.transport,
            )
        )
    steps.append(draw(payloads.good_captures(contract)))
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])


@st.composite
def leaks(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Canaries wherever a program has something private at hand."""
    contract = ground.contract
    carriers = st.sampled_from(
        [
            "{canary:1}",
            "/home/{canary:1}/work/acme",
            "C:\\Users\\{canary:1}\\acme",
            "please summarise {canary:1}",
            {"inner": "{canary:1}"},
            {"{canary:1}": 1},
            ["{canary:1}"],
        ]
    )
    steps: Steps = []
    for _ in range(draw(st.integers(1, 3))):
        good = draw(payloads.good_captures(contract))
        planted: dict[str, Any] = {draw(payloads.unlisted_keys(contract)): draw(carriers)}
        if draw(st.booleans()):
            planted["{canary:2}"] = draw(st.integers(0, 9))
        listed = contract.events[good.event].properties
        if draw(st.booleans()) and listed:
            # Nested: a whitelist that looks at keys alone lets it through.
            nested_in = draw(st.sampled_from(listed))
            planted[nested_in] = {"deeper": ["{canary:1}"]}
        steps.append(
            do.Capture(
                event=good.event,
                properties=good.properties | planted,
                person=good.person,
                transport=good.transport,
            )
        )
    if draw(st.booleans()):
        steps.append(do.Capture(event="{canary:3}", properties={"note": "{canary:1}"}))
    if ground.sessions and draw(st.booleans()):
        session = draw(SESSIONS)
        record = draw(payloads.good_records(contract, session, LABEL))
        private = {"project": "{canary:1}", "prompt": "{canary:2}"}
        steps += [
            do.Record(event=record.event, session=session, properties=record.properties | private),
            do.EndSession(session=session),
        ]
    state = opted_in(contract)
    state["env"] = state["env"] | {"ACME_PROJECT": "{canary:0}"}
    return ground.scenario([*steps, do.Flush(), do.Shutdown()], **state)


@st.composite
def interleavings(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Records and ends of a few sessions in any order, ends twice over and flushes among them."""
    sessions = draw(st.lists(SESSIONS, min_size=1, max_size=4, unique=True))
    steps: Steps = []
    kinds = st.sampled_from(["record", "record", "record", "end", "flush"])
    for kind in draw(st.lists(kinds, min_size=1, max_size=12)):
        index = draw(st.integers(0, len(sessions) - 1))
        session = sessions[index]
        if kind == "record":
            label = f"observer-{payloads.LETTERS[index]}"
            record = draw(payloads.good_records(ground.contract, session, label))
            times = draw(st.sampled_from([1, 1, 1, 2, 5]))
            numbers = [
                key
                for key in record.properties
                if ground.contract.properties[key].type in ("count", "number")
            ]
            if numbers and draw(st.integers(0, 4)) == 0:
                spoiled = draw(st.sampled_from(numbers))
                bad = draw(st.sampled_from(payloads.invalid(ground.contract.properties[spoiled])))
                record.properties[spoiled] = bad
            steps.append(
                do.Record(
                    event=record.event, session=session, properties=record.properties, times=times
                )
            )
        else:
            steps.append(do.EndSession(session=session) if kind == "end" else do.Flush())
    steps += [do.EndSession(session=session) for session in sessions if draw(st.booleans())]
    return ground.scenario([*steps, do.Flush(), do.Shutdown()])


@st.composite
def hostilities(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Values that JSON cannot hold, as properties, inside them, and as the event's name."""
    contract = ground.contract
    evil = payloads.hostile(ground.capabilities.hostile)
    steps: Steps = []
    for _ in range(draw(st.integers(1, 3))):
        good = draw(payloads.good_captures(contract))
        listed = contract.events[good.event].properties
        keys = st.sampled_from(listed) if listed else payloads.unlisted_keys(contract)
        inside = st.dictionaries(
            keys | payloads.unlisted_keys(contract), evil, min_size=1, max_size=3
        )
        properties = draw(evil) if draw(st.booleans()) else good.properties | draw(inside)
        event = draw(st.just(good.event) | evil) if draw(st.booleans()) else good.event
        steps.append(
            do.Capture(
                event=event,
                properties=properties,
                person=good.person,
                transport=good.transport,
            )
        )
    if ground.sessions:
        session = draw(SESSIONS)
        record = draw(payloads.good_records(contract, session, LABEL))
        inside = st.dictionaries(st.sampled_from([*record.properties]), evil, min_size=1)
        bad = draw(evil) if draw(st.booleans()) else record.properties | draw(inside)
        steps += [
            do.Record(event=record.event, session=session, properties=bad),
            do.EndSession(session=session),
            do.EndSession(session=session),
        ]
    steps += [draw(payloads.good_captures(contract)), do.Flush(), do.Shutdown()]
    return ground.scenario(steps)


NETWORKS: tuple[Behaviour, ...] = (
    Withhold(),
    Answer(status=500, body="oops"),
    Answer(status=503, body=""),
    Answer(body="<html>not what you expected"),
    Reset(),
    Cut(),
    Refuse(),
)


@st.composite
def bad_networks(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Enough captures to make a client send, while the server does not answer as it should."""
    contract = ground.contract
    behaviour = draw(st.sampled_from(NETWORKS))
    some = st.lists(payloads.good_captures(contract), min_size=1, max_size=3)
    steps: Steps = [*draw(some)]
    # A connection that is open already when the trouble begins, or none.
    if draw(st.booleans()):
        steps.append(do.Flush())
    steps.append(do.Network(behaviour=behaviour))
    steps += draw(some) * draw(st.sampled_from([1, 25]))
    if ground.sessions:
        session = draw(SESSIONS)
        record = draw(payloads.good_records(contract, session, LABEL))
        steps += [record, do.EndSession(session=session)]
    steps += draw(some)
    if isinstance(behaviour, Withhold):
        steps.append(do.Flush())  # the runner releases first: whoever sends only now has been seen
    return ground.scenario(steps)


@st.composite
def afterlives(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Shutdown, and a program that does not know it yet."""
    contract = ground.contract
    steps: Steps = draw(st.lists(payloads.good_captures(contract), min_size=1, max_size=3))
    session = draw(SESSIONS)
    if ground.sessions and draw(st.booleans()):
        steps.append(draw(payloads.good_records(contract, session, LABEL)))
    steps.append(do.Shutdown())
    # A command-line event comes from a process of its own, which this shutdown does not end.
    worker = payloads.good_captures(contract).filter(lambda step: step.transport == "worker")
    kinds = st.sampled_from(["capture", "record", "end"])
    for kind in draw(st.lists(kinds, min_size=1, max_size=4)):
        if kind == "capture" or not ground.sessions:
            steps.append(draw(worker))
        elif kind == "record":
            steps.append(draw(payloads.good_records(contract, session, LABEL)))
        else:
            steps.append(do.EndSession(session=session))
    ending: do.AnyStep = do.Flush() if draw(st.booleans()) else do.Shutdown()
    return ground.scenario([*steps, ending])
