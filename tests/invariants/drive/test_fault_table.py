"""For every fault: what was captured is ingested once where a retry can mend it, and no more else.

Run as a program it prints the table, with the seconds that flush and shutdown took.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import pytest

from payloadproof.adapters.connect import REFERENCE, connector
from payloadproof.contract import load
from payloadproof.outcome.plan import Plan
from payloadproof.protocol import messages as ops
from payloadproof.recorder.ingest import ingested
from payloadproof.recorder.script import (
    Answer,
    Cut,
    Hang,
    HangBeforeReading,
    LoseAnswer,
    Refuse,
    Reset,
    Slow,
    Times,
)
from payloadproof.run.check import running
from payloadproof.scenario import steps as do

CAPTURED = 3
LATER = {"Retry-After": "1"}
# What happens to one request; then the service is well.
MENDED = {
    "healthy": Answer(),
    "answer lost": LoseAnswer(),
    "reset": Reset(),
    "cut": Cut(),
    "500": Answer(status=500),
    "503": Answer(status=503),
    "429, Retry-After": Answer(status=429, headers=LATER),
    "garbage": Answer(body="<html>not what you expected"),
    "slow": Slow(head_s=0.2, body_s=0.2),
    "hang": Hang(),
}
# What does not get better by itself, or is no fault of the network; the wait for it is bounded.
LOST = {
    "500 for good": Answer(status=500),
    "503 for good, Retry-After": Answer(status=503, headers=LATER),
    "hang for good": Hang(),
    "hang before reading": HangBeforeReading(),
    "refuse": Refuse(),
    "307": Answer(status=307, headers={"Location": "/batch/"}),
    "400": Answer(status=400),
    "401": Answer(status=401),
    "413": Answer(status=413),
}


class Row(NamedTuple):
    """What became of ``CAPTURED`` events, the first of them sent before the fault."""

    arrived: int
    ingested: int
    ok: bool
    flush_s: float
    shutdown_s: float


def row(runner, ground, behaviour, *, flushes):
    first, *others = (
        do.Capture(event="search_performed", properties={"result_count": 1_000 + n})
        for n in range(CAPTURED)
    )
    trouble = do.Network(behaviour=behaviour)
    ending = [do.Flush(), do.Shutdown()] if flushes else [do.Shutdown()]
    history = runner.run(ground.scenario([first, do.Flush(), trouble, *others, *ending]))
    took = {type(call.params): call.elapsed_s for call in history.calls}
    return Row(
        arrived=len(history.sent),
        ingested=len(ingested(history.requests)),
        ok=all(call.kind == "ok" for call in history.calls),
        flush_s=took[ops.Flush] if flushes else 0.0,
        shutdown_s=took[ops.Shutdown],
    )


def rows(runner, ground):
    """Each fault and its row. What is lost for good is not flushed: that costs 10 s of patience."""
    for name, fault in MENDED.items():
        yield name, row(runner, ground, Times(1, fault), flushes=True)
    for name, fault in LOST.items():
        yield name, row(runner, ground, fault, flushes=False)


def reference():
    return running(Plan(load("claude_mem"), "claude_mem", connector(REFERENCE), ()))


@pytest.fixture(scope="module")
def table():
    with reference() as (runner, ground):
        return dict(rows(runner, ground))


@pytest.mark.parametrize("fault", MENDED)
def test_what_a_retry_can_mend_is_ingested_once(table, fault):
    assert table[fault].ok
    assert table[fault].ingested == CAPTURED


@pytest.mark.parametrize("fault", ["answer lost", "hang", "reset"])
def test_what_got_no_answer_is_sent_again(table, fault):
    assert table[fault].arrived > CAPTURED


@pytest.mark.parametrize("fault", LOST)
def test_what_cannot_be_mended_is_given_up_and_what_came_before_it_stays(table, fault):
    assert table[fault].ok
    assert table[fault].ingested == 1


def main():
    with reference() as (runner, ground):
        out = sys.__stdout__
        print(f"{'fault':28}captured arrived ingested  flush shutdown", file=out)
        for name, one in rows(runner, ground):
            print(
                f"{name:28}{CAPTURED:8}{one.arrived:8}{one.ingested:9}"
                f"{one.flush_s:6.1f} s{one.shutdown_s:7.1f} s",
                file=out,
                flush=True,
            )


if __name__ == "__main__":
    main()
