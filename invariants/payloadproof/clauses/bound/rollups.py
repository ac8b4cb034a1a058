"""B1 and B2: what a rollup must hold, by the contract's arithmetic over what was recorded."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from payloadproof.clauses.beats import quoted, shutdown_in, total
from payloadproof.clauses.bound.arithmetic import Occurrence, averages, predicted, tellable, valid
from payloadproof.clauses.bound.lives import (
    Life,
    alone_in,
    attributable,
    carrying,
    consenting,
    countable,
    session_rollups,
    undisturbed,
)
from payloadproof.clauses.circumstances import amid
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.contract import Fold
from payloadproof.evidence.fields import properties_of
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import masked, named
from payloadproof.scenario import steps as do

#: The records that must be in what is sent, and those that may be.
Bounds = tuple[list[Occurrence], list[Occurrence]]


def _unswept(history: History) -> bool:
    """Whether no safety sweep was due, or none could have split anything.

    None is due before its time: a session of more records than a sweep waits for, ended before,
    makes one rollup like any other (B3 sweeps of long sessions).
    """
    limits = history.contract.limits
    records: Counter[int | None] = Counter()
    for step in history.steps:
        if isinstance(step, do.Record):
            records[step.session] += step.times
    waited = sum(step.ms for step in history.steps if isinstance(step, do.Advance))
    if any(isinstance(step, do.SetClock) for step in history.steps):
        return False
    most = limits.safety_max_records
    largest = max(records.values(), default=0)
    # While a scenario of a thousand records runs some seconds pass; a sweep is minutes away. Of
    # exactly as many as it waits for either is right.
    none_due = limits.safety_sweep_ms is not None and waited == 0 and largest != most
    return none_due or (
        (most is None or largest < most)
        and (limits.safety_max_age_ms is None or waited < limits.safety_max_age_ms)
    )


@check("B1")
def one_session_one_rollup(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Records and an end make exactly one rollup, of those records and no others."""
    if not undisturbed(history):
        return
    if not _unswept(history):
        yield from _ended_twice(history)
        return
    for name, fold, all_lives in session_rollups(history):
        for marker, count in Counter(life.marker for life in all_lives if life.ended).items():
            ended = [life for life in all_lives if life.ended and life.marker == marker]
            sent = [
                one
                for one in carrying(history, name, fold, marker)
                if properties_of(one).get(str(fold.reason)) != fold.reason_shutdown
            ]
            if sent:
                yield EXERCISED
            if len(sent) != count:
                yield Finding(
                    clause="B1",
                    expected=f"exactly {count} {name} for {count} ended session(s)"
                    f" of {sum(len(life.records) for life in ended)} records",
                    observed=f"{len(sent)}",
                    evidence=tuple(quoted(one) for one in sent[:4]),
                    # Too many are bytes on the wire; too few are an absence.
                    definite=len(sent) > count,
                    kind=f"{'more' if len(sent) > count else 'fewer'} {name} than sessions"
                    + amid(history),
                )
                continue
            for one in sent:
                reason = properties_of(one).get(str(fold.reason))
                if fold.reason and reason != fold.reason_session_end:
                    yield Finding(
                        clause="B1",
                        expected=f"{fold.reason} {fold.reason_session_end}",
                        observed=named(reason),
                        evidence=(quoted(one),),
                    )
            yield from _mixed(history, fold, ended, sent)
        if any(life.ended for life in all_lives):
            yield from _strangers(history, name, fold, all_lives)


def _ended_twice(history: History) -> Iterator[Finding]:
    """What a sweep may have sent says so; what says that a session ended is sent once for each."""
    for name, fold, all_lives in session_rollups(history):
        for marker, count in Counter(life.marker for life in all_lives if life.ended).items():
            ends = [
                one
                for one in carrying(history, name, fold, marker)
                if fold.reason and properties_of(one).get(fold.reason) == fold.reason_session_end
            ]
            if len(ends) > count:
                yield Finding(
                    clause="B1",
                    expected=f"at most {count} {name} that says {fold.reason_session_end}",
                    observed=f"{len(ends)}",
                    evidence=tuple(quoted(one) for one in ends[:4]),
                    kind=f"more {name} than sessions{amid(history)}",
                )
                return


def _mixed(history: History, fold: Fold, ended: list[Life], sent: list[Sent]) -> Iterator[Finding]:
    """Each rollup holds one session's records; compared in the order the sessions ended.

    Where a record holds an invalid number, only how many there are: its sums are B2's.
    """
    contract = history.contract
    for life, one in zip(ended, sent, strict=True):
        sound = all(valid(contract, record) == record for record in life.records)
        for key, expected in predicted(contract, fold, life.records).items():
            observed = properties_of(one).get(key)
            told = tellable(contract, key, expected)
            if observed != expected and told and (sound or fold.properties[key].of is None):
                yield Finding(
                    clause="B1",
                    expected=f"{key} {expected:g} from the session's {len(life.records)} record(s)",
                    observed=masked(observed),
                    evidence=(quoted(one),),
                    kind=f"{key} is not that of one session{amid(history)}",
                )
                return


def _strangers(history: History, name: str, fold: Fold, all_lives: list[Life]) -> Iterator[Finding]:
    """A rollup that belongs to no session of the scenario."""
    # A list: what the wire holds may be anything, and has no hash then.
    carrier = str(fold.properties[str(fold.attribution)].of)
    records = [record for life in all_lives for record in life.records]
    markers = [str(record[carrier]) if carrier in record else None for record in records]
    for sent in history.named(name):
        if properties_of(sent).get(str(fold.attribution)) not in markers:
            yield Finding(
                clause="B1",
                expected=f"each {name} to carry its own session's {fold.attribution}",
                observed=masked(properties_of(sent).get(str(fold.attribution))),
                evidence=(quoted(sent),),
                kind=f"{name} with the {fold.attribution} of no session{amid(history)}",
            )


@check("B2")
def nothing_lost_nothing_twice(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """Over all rollups of a session the counts and sums equal what was recorded.

    Where a process was killed, the network failed or consent changed they are at most that, and at
    least what a process recorded that nothing troubled and that shut down.
    """
    if not undisturbed(history):
        yield from _within_bounds(history)
        return
    if shutdown_in(history) == len(history.steps):
        return
    for name, fold, all_lives in session_rollups(history):
        for marker in sorted({life.marker for life in all_lives}):
            records = [r for life in all_lives if life.marker == marker for r in life.records]
            sent = carrying(history, name, fold, marker)
            if sent:
                yield EXERCISED
            yield from unlike(history, fold, records, sent, ("B2", name))


def _within_bounds(history: History) -> Iterator[Finding | Literal["exercised"]]:
    if not countable(history):
        return
    steady = history.untroubled and consenting(history)
    for name, event in history.contract.rollups.items():
        fold = event.fold
        if event.grain != "session" or fold is None or not attributable(history, fold):
            continue
        for marker, (kept, every) in sorted(_by_process(history, fold).items()):
            sent = carrying(history, name, fold, marker)
            if sent:
                yield EXERCISED
            least = kept if steady else []
            yield from outside(history, fold, (least, every), sent, ("B2", name))


def _by_process(history: History, fold: Fold) -> dict[str, Bounds]:
    """By marker: the records that a process made which shut down later, and all of them."""
    carrier = str(fold.properties[str(fold.attribution)].of)
    alone = alone_in(history, fold)
    found: dict[str, Bounds] = {}
    crashes = [i for i, step in enumerate(history.steps) if isinstance(step, do.Crash)]
    for begin, end in itertools.pairwise([0, *crashes, len(history.steps)]):
        steps = history.steps[begin:end]
        shut = next((i for i, step in enumerate(steps) if isinstance(step, do.Shutdown)), None)
        for step in steps[:shut]:
            if isinstance(step, do.Record) and step.event == fold.occurrence:
                marker = alone or str(step.properties.get(carrier))
                kept, every = found.setdefault(marker, ([], []))
                every += [step.properties] * step.times
                kept += [step.properties] * (0 if shut is None else step.times)
    return found


def outside(
    history: History,
    fold: Fold,
    bounds: Bounds,
    sent: Sequence[Sent],
    named_: tuple[str, str],
) -> Iterator[Finding]:
    """The first count or sum over all of ``sent`` that is out of bounds; ``unlike`` says more."""
    clause, name = named_
    kept, every = bounds
    least = predicted(history.contract, fold, kept)
    for key, most in predicted(history.contract, fold, every).items():
        observed = total(properties_of(one).get(key) for one in sent)
        # Parts of a sum may be rounded otherwise than the whole.
        slack = 1e-9 * abs(most)
        within = least[key] - slack <= observed <= most + slack
        if not within and tellable(history.contract, key, most):
            yield Finding(
                clause=clause,
                expected=f"{key} {least[key]:.15g} to {most:.15g} over all {name} of"
                f" {len(every)} record(s), {len(kept)} of them sure to be sent",
                observed=f"{observed:.15g} over {len(sent)}",
                evidence=tuple(quoted(one) for one in sent[:4]),
                definite=observed > most,
                kind=_told(history, name, key, every, more=observed > most) + " amid trouble",
            )
            return


def _uncommon(
    history: History,
    fold: Fold,
    records: list[Occurrence],
    sent: Sent,
    named_: tuple[str, str],
) -> Iterator[Finding]:
    """A most frequent value that is not; of those that are equally frequent either will do."""
    clause, name = named_
    for key, tally in fold.properties.items():
        if tally.op != "mode":
            continue
        kept = (valid(history.contract, record) for record in records)
        times = Counter(record[tally.of] for record in kept if tally.of in record)
        most = [value for value, number in times.items() if number == max(times.values())]
        observed = properties_of(sent).get(key)
        if observed not in most if most else observed is not None:
            yield Finding(
                clause=clause,
                expected=f"{key} {' or '.join(map(masked, most[:3])) or 'absent'},"
                f" the most frequent of {len(records)} record(s)",
                observed=masked(observed),
                evidence=(quoted(sent),),
                kind=f"{key} of {name} is not the most frequent{amid(history)}",
            )
            return


def _told(
    history: History, name: str, key: str, records: Iterable[Occurrence], *, more: bool
) -> str:
    """For the kind of a finding: which figure is wrong, and how.

    Of records that hold what does not fit it is one mistake, whichever figure it comes out in.
    """
    fold = history.contract.rollups[name].fold
    assert fold
    tallied = history.contract.properties.keys() & {x.of for x in fold.properties.values()}
    if fold.properties[key].of is not None and any(
        (valid(history.contract, record).keys() ^ record.keys()) & tallied for record in records
    ):
        return f"a figure of {name} made of what does not fit its property"
    return f"{key} of {name} is too {'great' if more else 'small'}{amid(history)}"


def unlike(
    history: History,
    fold: Fold,
    records: list[Occurrence],
    sent: Sequence[Sent],
    named_: tuple[str, str],
) -> Iterator[Finding]:
    """The first count or sum over all of ``sent`` that is not what ``records`` add up to.

    Averages too, where there is one rollup alone. ``named_``: the clause that is broken, and the
    name of the rollup.
    """
    clause, name = named_
    contract = history.contract
    for key, expected in predicted(contract, fold, records).items():
        observed = total(properties_of(one).get(key) for one in sent)
        if observed != expected and tellable(contract, key, expected):
            yield Finding(
                clause=clause,
                expected=f"{key} {expected:.15g} over all {name} of {len(records)} record(s)",
                observed=f"{observed:.15g} over {len(sent)}",
                evidence=tuple(quoted(one) for one in sent[:4]),
                definite=observed > expected,
                kind=_told(history, name, key, records, more=observed > expected),
            )
            break
    if len(sent) != 1:
        return
    yield from _uncommon(history, fold, records, sent[0], named_)
    for key, expected in averages(contract, fold, records).items():
        observed = total([properties_of(sent[0]).get(key)])
        near = math.isclose(observed, expected, rel_tol=1e-9)
        if not near and tellable(contract, key, expected):
            yield Finding(
                clause=clause,
                expected=f"{key} {expected:g}, over the records that carried the value",
                observed=f"{observed:g}",
                evidence=(quoted(sent[0]),),
                kind=_told(history, name, key, records, more=observed > expected),
            )
            return
