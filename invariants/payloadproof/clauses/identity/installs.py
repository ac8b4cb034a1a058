"""I1, I3 and I5 over the scenarios of an adapter: one process, one id; another home, another id.

Rule 1: a process is judged by itself, since not every program keeps an id; C6 one install id looks
across processes where the contract says where it is kept.
Rule 2: who opts out may forget the id, and get another one later: consent is on throughout.
Rule 3: a scenario with planted secrets runs twice, in two homes. They are two installs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal

from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.identity.ids import ABOUT_GROUPS, groups_of, in_common, shown
from payloadproof.clauses.timeline import moments
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import masked, named, where
from payloadproof.evidence.runs import as_text
from payloadproof.recorder.persons import is_somebody
from payloadproof.scenario import steps as do


@check("I1")
def one_id_in_a_process(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Where nobody but the program itself brings another id.

    Whoever deletes the file may want a new one. Written anew without an id it holds a decision, and
    whoever has sent an id goes on with it.
    """
    if not _settled(history):
        return
    by_process: defaultdict[int, list[Sent]] = defaultdict(list)
    for sent in _about_persons(history):
        yield EXERCISED
        by_process[history.process(sent.request.began_at)].append(sent)
    for some in by_process.values():
        groups = groups_of(sent.event for sent in some)
        if len(groups) > 1:
            firsts: dict[str, Sent] = {}
            for sent in some:
                firsts.setdefault(as_text(sent.event.distinct_id), sent)
            yield Finding(
                clause="I1",
                expected="one distinct_id on every event of a process",
                observed=f"{len(groups)} that no event joins: {shown(map(min, groups))}",
                evidence=tuple(
                    where(sent.request, sent.event.name) for sent in list(firsts.values())[:3]
                ),
                kind="more than one distinct id in a run",
            )
            return


@check("I3")
def random_in_each_home(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """The two runs of a scenario whose consent file brings no id of its own."""
    twin, scenario = history.twin, history.scenario
    if twin is None or scenario is None or _brings_an_id(history):
        return
    mine, theirs = (_ids(_about_persons(one)) for one in (history, twin))
    if mine and theirs:
        yield EXERCISED
    common = in_common(mine, theirs)
    if common:
        observed, what = common
        yield Finding(
            clause="I3",
            expected="a distinct_id drawn at random: two fresh homes have two",
            observed=observed,
            evidence=(where(history.sent[0].request), where(twin.sent[0].request)),
            kind=f"{what} in a fresh home",
        )


@check("I5")
def an_id_of_its_own(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Nothing that PostHog takes for no id."""
    for sent in _about_persons(history) if history.scenario else ():
        yield EXERCISED
        id_ = as_text(sent.event.distinct_id)
        if sent.event.distinct_id is None or not is_somebody(id_):
            yield Finding(
                clause="I5",
                expected="a distinct_id of the install's own",
                observed=f"{named(sent.event.name)} with {masked(sent.event.distinct_id)},"
                " which PostHog takes for no id",
                evidence=(where(sent.request),),
                kind="a distinct id that stands for none",
            )
            return


def _settled(history: History) -> bool:
    """Consent on from start to end, one program in the home at a time, and no id from elsewhere."""
    written = [step.text for step in history.steps if isinstance(step, do.WriteConsent)]
    if None in written or (written and _brings_an_id(history)):
        return False
    return {moment.decision for moment in moments(history)} == {"on"} and not any(
        isinstance(step, do.Race) or (isinstance(step, do.Backfill) and step.rival)
        for step in history.steps
    )


def _about_persons(history: History) -> Iterator[Sent]:
    yield from (sent for sent in history.sent if sent.event.name != ABOUT_GROUPS)


def _ids(sents: Iterable[Sent]) -> frozenset[str]:
    return frozenset().union(*groups_of(sent.event for sent in sents))


def _brings_an_id(history: History) -> bool:
    layer, scenario = history.contract.consent_file, history.scenario
    key = layer.id_keys[-1] if layer and layer.id_keys else None
    texts = [scenario.consent_text if scenario else None]
    texts += [step.text for step in history.steps if isinstance(step, do.WriteConsent)]
    return key is not None and any(text is not None and key in text for text in texts)
