"""What a run has to go by, and the pieces that scenarios of all families are made of.

Everything product-specific comes out of the contract, so that a contract of three events gets
scenarios too. Each strategy takes a :class:`Ground`, what a run has to go by.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.contract import ConsentFile, ConsentLayer, Contract, KillSwitch, Switch, catalogue
from payloadproof.generate import payloads
from payloadproof.protocol.messages import AdvanceClock, Capabilities, EndSession, Record
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
        return catalogue.session_fold(self.contract) is not None and ops <= {*self.capabilities.ops}

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


def least_session(ground: Ground) -> Steps:
    """One record and an end, where there are sessions."""
    fold = catalogue.session_fold(ground.contract) if ground.sessions else None
    if fold is None:
        return []
    carrier = str(fold.properties[str(fold.attribution)].of)
    record = do.Record(event=fold.occurrence, session=SESSION, properties={carrier: LABEL})
    return [record, do.EndSession(session=SESSION)]


SESSION = 123_456_789_012_347


INSTALL_ID = "3f0c2b5e-6a1d-4f7e-9b8a-0c1d2e3f4a5b"
