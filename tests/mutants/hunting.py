"""How one wrong program is hunted: with what the suite generates, ended at the first finding.

Rule 1: nobody's scenario is written for it, and the opening one of ``check`` is not run: what was
written by hand would stand for what is generated.
Rule 2: what is cheap comes first: each kind of scenario in brief, then each at length.
Rule 3: the same program meets the same scenarios in every hunt, whatever modules are imported.
Rule 4: what it cost is told in processor time, of this process and its children: how long a thing
took says more about what else ran on the machine.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from payloadproof.adapters.connect import connector
from payloadproof.clauses.clause import clauses
from payloadproof.clauses.registry import Finding
from payloadproof.contract import load
from payloadproof.generate.ground import Ground
from payloadproof.generate.property import Property
from payloadproof.outcome.accepted import Entry, in_force, kinds
from payloadproof.outcome.plan import Plan
from payloadproof.run.check import running, surroundings
from payloadproof.run.explore import Explorer
from payloadproof.run.properties import PROFILES, SUITE
from payloadproof.run.seeds import alone

CONTRACT = "claude_mem"
#: What a check has, and less: where there are many kinds, a little of each comes first.
SIZES = PROFILES | {"brief": PROFILES["quick"]._replace(examples=8)}


class Hunted(NamedTuple):
    """What came of it.

    ``finding``: the first by a clause that was wanted; ``beside``: the other clauses that were seen
    broken on the way; ``cost``: seconds of processor time; ``judged``: whether any clause that was
    wanted can be judged of this program, on this machine.
    """

    finding: Finding | None
    beside: tuple[str, ...]
    cost: float
    scenarios: int
    judged: bool = True


def planned(spec: str, only: Iterable[str], *, contract: str = CONTRACT) -> Plan:
    """The plan of a hunt, or of a check without one: nothing is made small, nothing is kept."""
    loaded = load(contract)
    reached = connector(spec, without=loaded.variable_names)
    return Plan(loaded, contract, reached, tuple(only), shrink=False)


def lacking(plan: Plan, clause: str) -> str | None:
    """Why this machine cannot judge a clause of a program."""
    return clauses()[clause].not_run(surroundings(plan._replace(profile="deep")))


def failing() -> tuple[str, ...]:
    """The clauses that a run can fail by."""
    return tuple(name for name, clause in clauses().items() if clause.level != "INFO")


def spent() -> float:
    """Seconds of processor time so far, with those of children that have ended."""
    return sum(os.times()[:4])


def hunt(
    plan: Plan,
    wanted: Collection[str],
    *,
    seed: int,
    sizes: Iterable[str] = ("quick", "deep"),
    suite: Iterable[Property] | None = None,
    accepted: Iterable[Entry] = (),
    beyond: bool = False,
    on_kind: Callable[[Property], object] = lambda _: None,
    enough: Callable[[], bool] = lambda: False,
) -> Hunted:
    """Look for a finding by one of ``wanted``, with every clause of the plan as a witness.

    Args:
        plan: its clauses judge each scenario.
        wanted: the clauses whose first finding ends the hunt.
        seed: what the scenarios are drawn by.
        sizes: profiles, each a pass over all kinds of scenario.
        suite: the kinds in their order; without it, those that are made for what is wanted.
        accepted: what the program is known for, and passed over.
        beyond: only what takes something that this run has, as a process to crash: the rest was
            done without.
        on_kind: told of each kind before it begins.
        enough: asked before each scenario whether the hunt is given up.

    Raises:
        HarnessError: the program cannot be reached or breaks the protocol.
    """
    began = spent()
    # What needs a figure of memory is judged at length alone.
    profile = "deep" if any("deep profile" in clauses()[one].within for one in wanted) else "ci"
    plan = plan._replace(profile=profile)
    known = in_force(accepted)
    with alone(), running(plan) as (runner, ground):
        able = [one for one in plan.clauses if judges(one, ground)]
        ends = [one for one in able if one in wanted]
        beside: dict[str, None] = {}

        def told(finding: Finding | None) -> Hunted:
            rest = tuple(one for one in beside if finding is None or one != finding.clause)
            return Hunted(finding, rest, spent() - began, runner.scenarios, bool(ends))

        made = SUITE if suite is None else suite
        if suite is None:
            made = tuple(prop for prop in SUITE if {*ends} & {*prop.aims})
        props = [prop for prop in made if ends and prop.possible(ground)]
        if beyond:
            props = [narrowed for prop in props if (narrowed := _beyond(prop, ground))]
        for size, prop in itertools.product(sizes, props):
            explorer = Explorer(
                runner,
                ground,
                able,
                profile=SIZES[size],
                seed_=seed,
                examples_in=None,
                kinds=kinds,
                accepted=known,
                enough=enough,
            )
            on_kind(prop)
            # Whatever it was made for: a finding that was wanted ends it.
            explorer.explore(prop._replace(aims=tuple(ends)), shrink=False)
            beside |= dict.fromkeys(one.finding.clause for one in explorer.found.values())
            for one in ends:
                if one in explorer.found:
                    return told(explorer.found[one].finding)
            if enough():
                break
        return told(None)


def judges(clause: str, ground: Ground) -> bool:
    """Whether a clause can be judged of what a run reaches."""
    entry = clauses()[clause]
    return not (
        entry.not_applicable(ground.contract)
        or entry.unsupported(ground.capabilities)
        or entry.not_run(ground.surroundings)
    )


def _beyond(prop: Property, ground: Ground) -> Property | None:
    """A kind without the scenarios that are possible without what the run has besides."""
    bare = ground._replace(surroundings=frozenset())
    if not prop.possible(bare):
        return prop
    usual = [*prop.cases(bare)]
    more = [case for case in prop.cases(ground) if case not in usual]
    return prop._replace(cases=lambda _: more, share=0.0) if more else None
