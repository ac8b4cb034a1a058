"""What a run has to go by, and the pieces that scenarios of all families are made of.

Everything product-specific comes out of the contract, so that a contract of three events gets
scenarios too. Each strategy takes a :class:`Ground`, what a run has to go by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import EllipsisType
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.contract import (
    ConsentCommand,
    ConsentFile,
    Contract,
    KillSwitch,
    Switch,
    catalogue,
    settings,
)
from payloadproof.contract.command import Decision
from payloadproof.contract.consent import states
from payloadproof.generate import payloads
from payloadproof.protocol.messages import AdvanceClock, Capabilities, EndSession, Record
from payloadproof.scenario import steps as do
from payloadproof.scenario.corpus import LANGUAGES, PLANTED

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
    for env, text in _ways(contract, "on"):
        if contract.consent.decide(env, text)[0] == "on":
            return {"env": env} if text is None else {"env": env, "consent_text": text}
    raise ValueError(f"the consent chain of {contract.product.name} can never say on")


def opted_out(contract: Contract) -> dict[str, Any] | None:
    """``env`` and ``consent_text`` of consent off by the first layer that can say so, if any."""
    start = opted_in(contract)
    for env, text in _ways(contract, "off"):
        state = start | {"env": start["env"] | env}
        if text is not None:
            state["consent_text"] = text
        if contract.consent.decide(state["env"], state.get("consent_text"))[0] == "off":
            return state
    return None


def _ways(contract: Contract, decision: Decision) -> Iterator[tuple[dict[str, str], str | None]]:
    for layer in contract.consent.layers:
        yield from states(layer, decision)


def consent_environments(contract: Contract) -> SearchStrategy[dict[str, str]]:
    """Every layer's variable, set and unset, in the spellings the contract knows and others."""
    choices = {
        layer.variable: _spellings(layer)
        for layer in contract.consent.layers
        if isinstance(layer, KillSwitch | Switch)
    }
    return st.fixed_dictionaries({}, optional=choices)


def _spellings(layer: KillSwitch | Switch) -> SearchStrategy[str]:
    if isinstance(layer, KillSwitch):
        cased = [word.upper() for word in layer.unset if word.upper() != word]
        return st.sampled_from([*layer.unset, "1", "true", "yes", "TRUE", "2", *cased, ""])
    words = [*layer.off, *layer.on]
    cases: list[Callable[[str], str]] = [str, str.upper, str.title]
    cased_too = st.tuples(st.sampled_from(words), st.sampled_from(cases))
    # What only begins like a word of the list is another word.
    near = [f"{word}{word[-1]}" for word in words if word.isalpha()]
    return cased_too.map(lambda pair: pair[1](pair[0])) | st.sampled_from(["", "maybe", *near])


def sound_texts(layer: ConsentFile, install_id: str | None = None) -> list[str | None]:
    """What the file may soundly hold, with this install id in it; None for no file."""
    if layer.present is not None:
        return [None, ""]
    beside = layer.identified(install_id) if install_id else {}
    words = (*layer.on[:1], *layer.off[:1], *layer.on[1:], *layer.off[1:])
    texts = [layer.written(word, beside=beside) for word in words]
    if layer.format != "plain":
        texts.append(layer.written(None, beside=beside))
    if layer.format in ("json", "yaml"):
        content = settings.put(beside, layer.keys, None)
        texts.append(settings.written(layer.format, content))
    return [None, *texts]


def consent_texts(contract: Contract) -> SearchStrategy[str | None]:
    """What the consent file may soundly hold, or which command was run; None for neither."""
    if contract.consent_command is not None:
        return st.sampled_from(contract.consent_command.texts)
    layer = contract.consent_file
    if layer is None:
        return st.none()
    plain = st.sampled_from(sound_texts(layer))
    if not layer.id_keys:
        return st.none() | plain
    made = st.uuids(version=4).flatmap(lambda one: st.sampled_from(sound_texts(layer, str(one))))
    return st.none() | plain | made


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
    """Each layer's own way, as far as it has one."""
    install_id = str(draw(st.uuids(version=4)))
    flip: Flip = draw(st.sampled_from(list(_flips(contract, install_id))))
    return flip


def all_flips(contract: Contract) -> tuple[Flip, ...]:
    """Each layer's own way, in the order of the chain."""
    return tuple(_flips(contract, INSTALL_ID))


def can_flip(ground: Ground) -> bool:
    """Whether any layer can turn telemetry off and on again while a program runs."""
    return next(_flips(ground.contract, INSTALL_ID), None) is not None


def _flips(contract: Contract, install_id: str) -> Iterator[Flip]:
    """For each layer the first way by which it decides, both times."""
    for layer in contract.consent.layers:
        if isinstance(layer, ConsentFile):
            beside = layer.identified(install_id)
            texts = [layer.holding(one, beside=beside) for one in _BOTH]
            flip = _flipped_by(contract, *_of_one_length(texts))
        elif isinstance(layer, ConsentCommand):
            flip = _flipped_by(contract, *map(layer.holding, _BOTH)) if layer.on else None
        else:
            flip = _flipped_by_variable(contract, layer)
        if flip is not None:
            yield flip


_BOTH: tuple[Decision, Decision] = ("on", "off")


def _of_one_length(texts: list[str | None]) -> list[str | None]:
    """The shorter one with empty lines after it: whoever looks at sizes alone sees no change."""
    longest = max(len(text) for text in texts if text is not None) if any(texts) else 0
    return [text and text.ljust(longest, "\n") for text in texts]


def _flipped_by(contract: Contract, on: str | None, off: str | None) -> Flip | None:
    """By a file, or a command that was run."""
    start: dict[str, Any] = {"env": {}, "consent_text": on}
    decided = [contract.consent.decide({}, text)[0] for text in (on, off)]
    if decided != ["on", "off"]:
        return None
    return Flip(start, do.WriteConsent(text=off), do.WriteConsent(text=on))


def _flipped_by_variable(contract: Contract, layer: KillSwitch | Switch) -> Flip | None:
    start = opted_in(contract)
    decide, text = contract.consent.decide, start.get("consent_text")
    offs: list[str | None] = [env[layer.variable] for env, _ in states(layer, "off")]
    ons: list[str | None] = [env[layer.variable] for env, _ in states(layer, "on")]

    def after(value: str | None) -> str | None:
        env = start["env"] | {layer.variable: value}
        return decide({k: v for k, v in env.items() if v is not None}, text)[0]

    off = next((value for value in (*offs, None) if after(value) == "off"), ...)
    on = next((value for value in (*ons, None) if after(value) == "on"), ...)
    if isinstance(off, EllipsisType) or isinstance(on, EllipsisType):
        return None
    changes = (do.SetEnv(env={layer.variable: value}) for value in (off, on))
    return Flip(start, *changes)


def at_work(contract: Contract) -> dict[str, Any]:
    """Consent on, where the variables of the machine hold what is somebody's own.

    What stands for a language is of letters alone, since a digit would give it away.
    """
    state = opted_in(contract)
    planted = dict.fromkeys(PLANTED, "{canary:0}") | dict.fromkeys(LANGUAGES, "{canary:4:name}")
    return state | {"env": planted | state["env"]}


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
