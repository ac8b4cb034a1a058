"""H6 on evidence made by hand: how much processor time a backfill took."""

import msgspec
import pytest

from payloadproof.clauses.host.computing import LONG, PAST_S
from payloadproof.evidence.history import Effort
from payloadproof.protocol import messages as ops
from payloadproof.recorder.script import Slow
from payloadproof.scenario import steps as do
from payloadproof.scenario.databases import Database, Row, Table

STEPS = (do.Backfill(), do.Shutdown())


@pytest.fixture
def read(history, call, arrived):
    """A History of a backfill over so many rows that took so many seconds."""

    def make(seconds, *, rows=LONG, steps=STEPS, requests=None, kind="ok"):
        table = Table(columns=("created_at_epoch",), rows=(Row(values={}, times=rows),))
        judged = history(
            *steps,
            requests=[arrived(0)] if requests is None else requests,
            calls=[call(0, ops.RunBackfill(), kind)],
            efforts=() if seconds is None else (Effort(0, seconds),),
        )
        past = Database(tables={"observations": table})
        scenario = msgspec.structs.replace(judged.scenario, history=past)
        return msgspec.structs.replace(judged, scenario=scenario)

    return make


def test_a_backfill_that_computes_for_long_is_found(read, found):
    (finding,) = found("H6", read(PAST_S + 0.1))
    assert finding.observed == "4.1 s of processor time"
    assert not finding.definite


def test_one_that_does_not_end_is_found(read, found):
    (finding,) = found("H6", read(None, kind="timeout"))
    assert finding.kind == "a backfill does not end"


def test_one_in_passing_is_right(read, found, fired):
    assert not found("H6", read(PAST_S))
    assert fired("H6", read(PAST_S))


@pytest.mark.parametrize(
    "other",
    [
        {"rows": LONG - 1},
        {"steps": (do.Backfill(), do.Network(behaviour=Slow()))},
    ],
    ids=["few rows", "network"],
)
def test_what_has_another_reason_is_not_judged(read, found, fired, other):
    assert not found("H6", read(99.0, **other))
    assert not fired("H6", read(99.0, **other))


def test_where_nothing_came_or_no_time_was_told_there_is_no_control(read, fired):
    assert not fired("H6", read(0.1, requests=[]))
    assert not fired("H6", read(None))
