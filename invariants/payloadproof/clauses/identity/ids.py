"""I1 to I6: the distinct id of a program's events to PostHog, over its runs.

Two ids that an event joins (``$identify``, ``$create_alias``, ``$merge_dangerously``) are one: the
person is. ``$groupidentify`` is about no person, and its id is left out.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal

from payloadproof.clauses.finding import EXERCISED, Finding
from payloadproof.clauses.run_checks import Runs, run_check
from payloadproof.evidence.difference import LEAST, dependent, told_apart
from payloadproof.evidence.quoting import masked, named
from payloadproof.evidence.runs import FIRST, HOME_READ_ONLY, Run, Said, as_text, ordinary
from payloadproof.evidence.sightings import planted_in
from payloadproof.recorder.ledger import Event
from payloadproof.recorder.persons import is_somebody

_JOINING = {
    "$identify": "$anon_distinct_id",
    "$create_alias": "alias",
    "$merge_dangerously": "alias",
}
ABOUT_GROUPS = "$groupidentify"


def ids_of(run: Run) -> tuple[frozenset[str], ...]:
    """The ids of a run's events to PostHog, those that were joined as one, in order."""
    return groups_of(said.event for said in _about_persons(run))


def groups_of(events: Iterable[Event]) -> tuple[frozenset[str], ...]:
    """The distinct ids of events, those that were joined as one, in order."""
    groups: list[set[str]] = []
    for event in events:
        ids = {as_text(event.distinct_id), *_joined(event)}
        touched = [group for group in groups if group & ids]
        groups = [group for group in groups if group not in touched]
        groups.append(ids.union(*touched))
    return tuple(map(frozenset, groups))


def _about_persons(run: Run) -> Iterator[Said]:
    for said in run.said:
        if said.host.kind == "posthog" and said.event.name != ABOUT_GROUPS:
            yield said


def _joined(event: Event) -> Iterator[str]:
    key = _JOINING.get(as_text(event.name))
    properties = event.properties
    if key and isinstance(properties, dict):
        for place in (properties, event.top_level):
            id_ = place.get(key)
            if isinstance(id_, str) and id_:
                yield id_


def _all_ids(run: Run) -> frozenset[str]:
    return frozenset().union(*ids_of(run))


def _with_ids(runs: Iterable[Run]) -> list[Run]:
    return [run for run in runs if ids_of(run)]


def shown(ids: Iterable[str]) -> str:
    """The first few of them, masked."""
    return ", ".join(masked(one) for one in sorted(ids)[:3])


@run_check("I1")
def one_id_on_every_event(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """Within one run, all hosts together."""
    for run in runs:
        if any(_about_persons(run)):
            yield EXERCISED
        groups = ids_of(run)
        if len(groups) > 1:
            names = sorted({as_text(said.event.name) for said in _about_persons(run)})
            yield Finding(
                clause="I1",
                expected="one distinct id on every event of a run",
                observed=f"{len(groups)} that no event joins: {shown(map(min, groups))}",
                evidence=(run.name, "events " + ", ".join(map(named, names[:6]))),
                kind="more than one distinct id in a run",
            )
            return


@run_check("I2")
def the_same_after_a_restart(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """Two starts in one home, nothing wrong in either."""
    for first, later in _restarts(runs):
        if later.fault:
            continue
        yield EXERCISED
        if not _all_ids(first) & _all_ids(later):
            yield Finding(
                clause="I2",
                expected="the distinct id of the first start, in the same home",
                observed=f"{shown(_all_ids(later))} after {shown(_all_ids(first))}",
                evidence=(first.name, later.name),
                kind="a new distinct id at the next start",
            )
            return


@run_check("I6")
def no_new_one_while_the_old_can_be_read(
    runs: Runs,
) -> Iterator[Finding | Literal["exercised"]]:
    """A later start in one home, with something wrong that does not keep the home from being read.

    A start that sends nothing then is as good as one that sends the old id.
    """
    for first, later in _restarts(runs):
        if not later.fault:
            continue
        yield EXERCISED
        if not _all_ids(first) & _all_ids(later):
            yield Finding(
                clause="I6",
                expected="the old distinct id or no event, where the old one can be read",
                observed=f"a new one: {shown(_all_ids(later))}",
                evidence=(later.name, f"before it: {first.name}"),
                kind=f"a new distinct id: {later.fault}",
            )


def _restarts(runs: Runs) -> Iterator[tuple[Run, Run]]:
    """Each later start that sent something, with the first untroubled one in the same home."""
    homes: defaultdict[str, list[Run]] = defaultdict(list)
    for run in sorted(_with_ids(runs), key=lambda run: run.start):
        if run.home:
            homes[run.home].append(run)
    for first, *later in homes.values():
        if not first.fault:
            yield from ((first, one) for one in later)


@run_check("I3")
def random_in_each_home(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """Two fresh homes of one person on one machine.

    Two homes that cannot be written are as fresh: an id that falls back on the machine then is not
    drawn. An id that everybody has concerns I5 an id of its own.
    """
    everybodys = frozenset().union(*map(_all_ids, _others(runs)))
    for homes, where in ((ordinary(runs), ""), (_unwritable(runs), " that cannot be written")):
        mine = _with_ids(homes)
        for one, another in itertools.combinations(mine, 2):
            yield EXERCISED
            common = in_common(_all_ids(one) - everybodys, _all_ids(another) - everybodys)
            if common:
                observed, what = common
                yield Finding(
                    clause="I3",
                    expected=f"a distinct id drawn at random: two fresh homes{where} have two",
                    observed=observed,
                    evidence=(one.name, another.name),
                    kind=f"{what} in a fresh home{where}",
                )
                break


def in_common(
    some: frozenset[str] | set[str], others: frozenset[str] | set[str]
) -> tuple[str, str] | None:
    """What the ids of two fresh homes have in common, as it is shown, and what that makes of it."""
    same = {id_ for id_ in some & others if is_somebody(id_)}
    if same:
        return f"{shown(same)} in both", "the same distinct id"
    alike = _nearly_equal(some, others)
    if alike:
        said = f"{shown(alike)}, most of whose characters are the same"
        return said, "a distinct id that is worked out"
    return None


def _nearly_equal(some: Iterable[str], others: Iterable[str]) -> tuple[str, str] | None:
    """Two UUIDs that agree in half of what is drawn of them: in the time, or in a machine.

    Of thirty digits that are drawn, fifteen agree by chance in one pair of some billions.
    """
    for one, another in itertools.product(sorted(some), sorted(others)):
        if one == another or not (_UUID.fullmatch(one) and _UUID.fullmatch(another)):
            continue
        # Two digits say of which version and kind it is.
        drawn = [at for at in range(len(one)) if one[at] != "-" and at not in (14, 19)]
        if sum(one[at] == another[at] for at in drawn) * 2 >= len(drawn):
            return one, another
    return None


# But for version 7, which says the time first and draws the rest: PostHog's clients make such ids.
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-689a-f][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def _unwritable(runs: Runs) -> list[Run]:
    """The first person's first starts in a home that cannot be written."""
    return [
        run
        for run in runs
        if run.fault == HOME_READ_ONLY
        and run.person == FIRST
        and run.start == 1
        and not (run.switch or run.changed)
    ]


@run_check("I4")
def nobodys_name_or_address(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """Neither what was planted, in any encoding, nor anything that depends on who they are."""
    named_ = False
    for run in runs:
        for id_ in sorted(_all_ids(run)):
            if run.planted:
                yield EXERCISED
            for planted, encoding in planted_in(run, id_):
                named_ = True
                yield Finding(
                    clause="I4",
                    expected="a distinct id that says nothing of who runs the program, or where",
                    observed=f"{masked(id_)}, which holds {planted.what}, {encoding}",
                    evidence=(run.name,),
                    kind=f"a distinct id that holds {planted.what}",
                )
        if named_:
            return
    mine, theirs = _with_ids(ordinary(runs)), _others(runs)
    if len(mine) < LEAST or not theirs:
        return
    yield EXERCISED
    for one in told_apart(dependent(mine, theirs), mine, _changed(runs)):
        if one.place.of == "value" and one.place.path == ("distinct_id",):
            by = " and ".join(one.by)
            yield Finding(
                clause="I4",
                expected="a distinct id that says nothing of who runs the program, or where",
                observed=f"one that is worked out from the person or the machine{by and ': '}{by}",
                evidence=(mine[0].name, mine[1].name, theirs[0].name),
                kind="a distinct id that depends on who runs the program",
            )
            return


@run_check("I5")
def one_that_tells_installs_apart(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """Nothing that stands for no id, and nothing that two people on two machines share."""
    for run in runs:
        for id_ in sorted(_all_ids(run)):
            yield EXERCISED
            if not is_somebody(id_):
                yield Finding(
                    clause="I5",
                    expected="an id of the install's own",
                    observed=f"{masked(id_)}, which PostHog takes for no id",
                    evidence=(run.name,),
                    kind="a distinct id that stands for none",
                )
                return
    for one in _with_ids(ordinary(runs)):
        for other in _others(runs):
            same = _all_ids(one) & _all_ids(other)
            if same:
                yield Finding(
                    clause="I5",
                    expected="two distinct ids for two people on two machines",
                    observed=f"{shown(same)} for both",
                    evidence=(one.name, other.name),
                    kind="one distinct id for everybody",
                )
                return


def _others(runs: Runs) -> list[Run]:
    """The untroubled first starts of other people."""
    return [
        run
        for run in _with_ids(runs)
        if run.person != FIRST and run.start == 1 and not (run.switch or run.fault)
    ]


def _changed(runs: Runs) -> dict[str, Run]:
    return {run.changed: run for run in runs if run.changed and not (run.switch or run.fault)}
