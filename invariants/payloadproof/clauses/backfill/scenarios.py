"""Scenarios of the past: databases of every kind, and networks, markers and consents around them.

What the databases hold is :mod:`remembered`'s matter.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from payloadproof.clauses.backfill.remembered import (
    DAY_MS,
    HOUR_MS,
    LONG,
    backfill_of,
    bare,
    busy,
    databases,
    last_midnight,
    rows_at,
)
from payloadproof.contract import Contract, KillSwitch, Switch
from payloadproof.contract.backfill import Backfill
from payloadproof.contract.consent import states
from payloadproof.generate.ground import INSTALL_ID, Ground, opted_in
from payloadproof.protocol.messages import RunBackfill
from payloadproof.recorder.script import (
    Answer,
    Behaviour,
    Cut,
    LoseAnswer,
    Refuse,
    Reset,
    Single,
    Slow,
    Times,
)
from payloadproof.scenario import steps as do
from payloadproof.scenario.databases import Database, Row, State, Table, Value
from payloadproof.scenario.steps import NO_FILES

_ASLEEP_MS = 25 * HOUR_MS  # a machine may sleep so long: a day of timers has nothing to do here
_STARTS = (0, 12 * HOUR_MS - 1, 12 * HOUR_MS)
_LONGER = 260
_YEARS = 800  # days: more than two years
_UNANSWERED = Slow(head_s=0.05)  # long enough that a kill comes before the answer

# No behaviour here says that everything was taken.
REFUSALS: tuple[Behaviour, ...] = (
    Answer(status=402),
    Answer(body='{"status":"Ok","quota_limited":["events"]}'),
    Answer(body='{"quota_limited":["events"]}'),
    Answer(body="<html>please log in</html>"),
    Answer(body='{"status":0}'),
    Answer(body="{}"),
    Answer(status=400),
    Cut(),
)
# What clients try again over seconds, each time they meet it.
OUTAGES: tuple[Behaviour, ...] = (LoseAnswer(), Reset(), Answer(status=500), Refuse())
PASSING: tuple[Behaviour, ...] = (
    Times(1, Answer(status=402)),
    Times(1, Answer(body='{"status":"Ok","quota_limited":["events"]}')),
    Times(1, LoseAnswer()),
    Times(1, Reset()),
    Times(1, Answer(status=503)),
)
_UNREADABLE: tuple[State, ...] = (
    "missing",
    "directory",
    "encrypted",
    "locked",
    "corrupt",
    "torn",
)


def has_a_past(ground: Ground) -> bool:
    """Whether the contract and the adapter have backfills, at a time that can be known."""
    return (
        ground.contract.backfill is not None
        and ground.virtual
        and RunBackfill.op in ground.capabilities.ops
    )


def _at(ground: Ground, steps: list[do.AnyStep], now_ms: int, **state: Any) -> do.Scenario:
    state = opted_in(ground.contract) | state
    return do.Scenario(steps=tuple(steps), now_ms=now_ms, **state)


def _starts(ground: Ground) -> SearchStrategy[int]:
    """Around the hour at which the last day changes, and midnight."""
    starts = (*_STARTS, DAY_MS - 1, 17 * HOUR_MS)
    return st.sampled_from(starts).map(lambda ms: ground.now_ms + ms)


@st.composite
def pasts(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Any database, once over a sound network; at times again a day later."""
    now = draw(_starts(ground))
    private = draw(st.integers(0, 3)) == 0
    database = draw(databases(backfill_of(ground.contract), now, private=private))
    steps: list[do.AnyStep] = [do.Backfill()]
    if draw(st.integers(0, 3)) == 0:
        steps += [do.Advance(ms=_ASLEEP_MS), do.Backfill()]
    return _at(ground, steps, now, history=database)


def each_state(ground: Ground) -> Iterator[do.Scenario]:
    """A database in every state, and one of several batches."""
    backfill = backfill_of(ground.contract)
    small = busy(backfill, ground.now_ms, 3)
    states: tuple[State, ...] = ("sound", "wal", "empty", *_UNREADABLE)
    for state in states:
        # Torn is the last table: the first one, with the rows, can be read.
        tables = small | {n: t for n, t in bare(backfill).items() if n not in small}
        history = Database(tables=tables, state=state)
        yield _at(ground, [do.Backfill()], ground.now_ms, history=history)
    yield from _each_column_missing(ground)
    for tables in (busy(backfill, ground.now_ms, _LONGER), bare(backfill)):
        steps: list[do.AnyStep] = [do.Backfill(), do.Backfill()]
        yield _at(ground, steps, ground.now_ms, history=Database(tables=tables))
    yield from _each_boundary(ground)
    # Since the floor, and of more than one year, if there was one.
    whole = (ground.now_ms - backfill.lag_ms - backfill.floor_ms) // DAY_MS
    history = Database(tables=busy(backfill, ground.now_ms, max(1, min(whole, _YEARS))))
    yield _at(ground, [do.Backfill()], ground.now_ms, history=history)


def _each_column_missing(ground: Ground) -> Iterator[do.Scenario]:
    """An older install: a row in each table, and in all of them one column that is not there yet.

    A time or what stands for the first activity is left to chance: without it there is no past.
    """
    backfill = backfill_of(ground.contract)
    columns = {
        name: [one for one in table.columns if one != table.epoch]
        for name, table in backfill.tables.items()
    }
    long_ago = last_midnight(backfill, ground.now_ms) - 3 * DAY_MS
    for index in range(max(map(len, columns.values()), default=0)):
        tables: dict[str, Table] = {}
        for name, table in backfill.tables.items():
            lost = columns[name][index : index + 1]
            values: dict[str, Value] = dict.fromkeys(table.text, "alpha")
            values |= dict.fromkeys(table.numbers, 7) | {table.epoch: long_ago}
            kept = {column: value for column, value in values.items() if column not in lost}
            tables[name] = Table(columns=tuple(kept), rows=(Row(values=kept),))
        yield _at(ground, [do.Backfill()], ground.now_ms, history=Database(tables=tables))


def _each_boundary(ground: Ground) -> Iterator[do.Scenario]:
    """A row on either side of the last day's end, and of the floor, with idle days between."""
    backfill = backfill_of(ground.contract)
    for start in _STARTS:
        now = ground.now_ms + start
        end = last_midnight(backfill, now) + DAY_MS
        moments = (backfill.floor_ms - 1, backfill.floor_ms, end - 8 * DAY_MS, end - 1, end)
        for kept in (moments, moments[2:]):
            tables = bare(backfill) | rows_at(backfill, kept)
            yield _at(ground, [do.Backfill()], now, history=Database(tables=tables))


def _marker_texts(backfill: Backfill) -> list[str | None]:
    """What may stand in the marker: older, present, newer, damaged, and of a wrong type."""
    marker = backfill.marker
    sound = {
        "completedAt": "2026-01-01T00:00:00.000Z",
        marker.through_key: "2025-12-29",
        marker.count_key: 3,
        marker.install_id_key: INSTALL_ID,
    }
    versions: list[object] = [marker.version, marker.version + 1, marker.version - 1, "2", True]
    texts = [json.dumps(sound | {marker.version_key: version}) for version in versions]
    other = sound | {marker.install_id_key: INSTALL_ID[::-1], marker.version_key: marker.version}
    return [None, *texts, json.dumps(sound), json.dumps(other), "[]", "7", '"done"', "{"]


def each_marker(ground: Ground) -> Iterator[do.Scenario]:
    """Every marker, before a backfill that has something to send."""
    backfill = backfill_of(ground.contract)
    database = Database(tables=busy(backfill, ground.now_ms, 3))
    for text in _marker_texts(backfill):
        steps: list[do.AnyStep] = [do.Backfill(), do.Backfill()]
        yield _at(
            ground, steps, ground.now_ms, history=database, marker_text=text, **_known(ground)
        )
    for trouble in (*REFUSALS, OUTAGES[0], *PASSING):
        steps = [do.Network(behaviour=trouble), do.Backfill(), do.Network(behaviour=Answer())]
        yield _at(ground, [*steps, do.Backfill()], ground.now_ms, history=database)
    yield from _first_batch_alone(ground)


def _first_batch_alone(ground: Ground) -> Iterator[do.Scenario]:
    """A past of several batches, of which the first one fails, and a run on another day."""
    first: tuple[Single, ...] = (Answer(status=402), Answer(status=413), Answer(body="{}"))
    troubles: tuple[Behaviour, ...] = (*(Times(1, one) for one in first), LoseAnswer())
    for trouble in troubles:
        steps: list[do.AnyStep] = [
            *(do.Network(behaviour=trouble), do.Backfill(), do.Network(behaviour=Answer())),
            *(do.Advance(ms=_ASLEEP_MS), do.Backfill()),
        ]
        yield _over_a_long_past(ground, steps, ground.now_ms, _LONGER)


def taken_markers(ground: Ground) -> Iterator[do.Scenario]:
    """No file where the marker should be: somebody put it there, as with a damaged one."""
    database = Database(tables=busy(backfill_of(ground.contract), ground.now_ms, 3))
    for instead in NO_FILES:
        known = _known(ground) | {"marker_text": "{", "instead": {"marker": instead}}
        yield _at(ground, [do.Backfill()], ground.now_ms, history=database, **known)


def _known(ground: Ground) -> dict[str, Any]:
    """Consent on, with an install id that is known beforehand."""
    file = ground.contract.consent_file
    if file is None or file.install_id is None:
        return {}
    return {"consent_text": file.holding("on", beside=file.identified(INSTALL_ID))}


@st.composite
def deliveries(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Backfills one after the other, over networks that fail and then do not."""
    backfill = backfill_of(ground.contract)
    now = draw(_starts(ground))
    days = draw(st.sampled_from([1, 3, 3, LONG]))
    tables = busy(backfill, now, days)
    if draw(st.booleans()):
        tables |= draw(databases(backfill, now, private=False)).tables
    steps: list[do.AnyStep] = []
    for _ in range(draw(st.integers(1, 2))):
        seldom = draw(st.integers(0, 19)) == 0
        trouble = draw(st.sampled_from(OUTAGES if seldom else (*REFUSALS, *PASSING)))
        steps += [do.Network(behaviour=trouble), do.Backfill()]
        if draw(st.booleans()):
            steps.append(do.Advance(ms=draw(st.sampled_from([HOUR_MS, _ASLEEP_MS, 3 * DAY_MS]))))
    steps += [do.Network(behaviour=Answer()), do.Backfill()]
    if draw(st.booleans()):
        steps.append(do.Backfill())
    text = draw(st.sampled_from(_marker_texts(backfill)) if draw(st.booleans()) else st.none())
    state = _known(ground) if draw(st.booleans()) or text is not None else {}
    return _at(ground, steps, now, history=Database(tables=tables), marker_text=text, **state)


@st.composite
def cut_off(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Backfills that are ended on the way, or run beside another, then one that is left alone."""
    days = draw(st.sampled_from([3, LONG, _LONGER]))
    kills = [
        do.Backfill(killed_at=n, told=draw(st.integers(0, 3)) == 0)
        for n in draw(st.lists(st.integers(1, 4), max_size=2))
    ]
    rival = draw(st.booleans()) or not kills
    steps: list[do.AnyStep] = []
    if draw(st.integers(0, 3)):
        steps = [do.Network(behaviour=_UNANSWERED), *kills, do.Network(behaviour=Answer())]
    else:
        steps.extend(kills)
    steps.append(do.Backfill(rival=rival))
    state = _known(ground) if draw(st.booleans()) else {}
    return _over_a_long_past(ground, steps, draw(_starts(ground)), days, **state)


def each_cut(ground: Ground) -> Iterator[do.Scenario]:
    """A kill before the answer to each batch of a long past, and two processes at once.

    The first time it is told to end, too.
    """
    for killed_at, told in ((1, False), (1, True), (2, False), (3, False)):
        steps: list[do.AnyStep] = [
            do.Network(behaviour=_UNANSWERED),
            do.Backfill(killed_at=killed_at, told=told),
            do.Network(behaviour=Answer()),
            do.Backfill(),
            do.Backfill(),
        ]
        yield _over_a_long_past(ground, steps, ground.now_ms, _LONGER)
    yield _over_a_long_past(ground, [do.Backfill(rival=True)], ground.now_ms, LONG)


def _over_a_long_past(
    ground: Ground, steps: list[do.AnyStep], now_ms: int, days: int, **state: Any
) -> do.Scenario:
    tables = busy(backfill_of(ground.contract), now_ms, days)
    return _at(ground, steps, now_ms, history=Database(tables=tables), **state)


@st.composite
def unasked(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """Consent off or debug mode, at times on later."""
    contract = ground.contract
    backfill = backfill_of(contract)
    off = draw(st.sampled_from([do.SetEnv(env=change) for change in _refusing(contract)]))
    on = do.SetEnv(env=dict.fromkeys(off.env))
    noticed = do.Advance(ms=contract.consent.honoured_within_ms + 1_000)
    turns: list[do.AnyStep] = [off, noticed, do.Backfill()]
    back: list[do.AnyStep] = [on, noticed, do.Backfill()]
    steps = [*turns, *back] if draw(st.booleans()) else [*turns, do.Backfill()]
    if draw(st.booleans()):
        # The first may be asked for before a change can have been noticed.
        steps = [do.Network(behaviour=Answer(status=402)), do.Backfill(), *steps]
        steps.insert(2, do.Network(behaviour=Answer()))
    tables = busy(backfill, ground.now_ms, draw(st.integers(1, 3)))
    return _at(ground, steps, ground.now_ms, history=Database(tables=tables))


@st.composite
def debugged(draw: st.DrawFn, ground: Ground) -> do.Scenario:
    """A past that debug mode shows, and that nobody gets."""
    contract = ground.contract
    env = {**opted_in(contract)["env"], str(contract.variables.debug): "1"}
    tables = busy(backfill_of(contract), ground.now_ms, draw(st.sampled_from([1, 3, LONG])))
    steps: list[do.AnyStep] = [do.Backfill(), do.Shutdown()]
    return _at(ground, steps, ground.now_ms, history=Database(tables=tables), env=env)


def _refusing(contract: Contract) -> Iterator[dict[str, str | None]]:
    """Changes of the environment after which nothing may be sent."""
    if contract.variables.debug:
        yield {contract.variables.debug: "1"}
    for layer in contract.consent.layers:
        if isinstance(layer, KillSwitch | Switch):
            for env, _ in itertools.islice(states(layer, "off"), 1):
                yield {name: env[name] for name in env}
