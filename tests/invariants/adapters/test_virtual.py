"""A virtual clock that an adapter in Python gets for nothing."""

import datetime as dt
import sys
import time

import pytest

from payloadproof import Adapter, VirtualClock
from payloadproof.adapters.serve import dispatch, operations
from payloadproof.protocol.messages import AdvanceClock, Request, SetClock, StartScenario

NOW_MS = 4_090_000_000_000  # further on than any machine's clock


class Ticking(VirtualClock, Adapter):
    name, version = "ticking", "1.0"

    def start(self, scenario):
        self.rung = []


@pytest.fixture
def ticking():
    adapter = Ticking()
    asked(adapter, StartScenario.op, **START)
    return adapter


START = {
    "scenario": "s",
    "env": {},
    "home": "/h",
    "data_dir": "/d",
    "host": "http://127.0.0.1:1",
    "token": "t",
    "now_ms": NOW_MS,
}


def asked(adapter, op, **params):
    return dispatch(adapter, Request(id=1, op=op, params=params, deadline_ms=1_000))


def test_nobody_writes_an_advance(ticking):
    assert {AdvanceClock.op, SetClock.op} <= {*operations(ticking)}
    assert ticking.clock == "virtual"
    assert ticking.time() == NOW_MS / 1_000
    assert asked(ticking, AdvanceClock.op, ms=1_500).ok == {}
    assert ticking.time() == NOW_MS / 1_000 + 1.5
    assert ticking.now() == dt.datetime.fromtimestamp(NOW_MS / 1_000 + 1.5, dt.UTC)
    assert asked(ticking, SetClock.op, now_ms=NOW_MS - 5_000).ok == {}
    assert ticking.time() == NOW_MS / 1_000 - 5


def test_timers_run_in_order_each_at_its_own_time(ticking):
    ticking.every(30, lambda: ticking.rung.append(("every", ticking.time())))
    ticking.after(45, lambda: ticking.rung.append(("after", ticking.time())))
    ticking.advance(100_000)
    at = [(name, seconds - NOW_MS / 1_000) for name, seconds in ticking.rung]
    assert at == [("every", 30), ("after", 45), ("every", 60), ("every", 90)]
    assert ticking.time() == NOW_MS / 1_000 + 100


def test_one_that_was_taken_back_does_not_run_and_one_may_start_another(ticking):
    ticking.after(10, lambda: ticking.rung.append("never"))()
    ticking.after(10, lambda: ticking.after(10, lambda: ticking.rung.append("second")))
    ticking.advance(20_000)
    assert ticking.rung == ["second"]


def test_one_that_raises_stops_no_other_and_is_the_programs(ticking):
    ticking.after(1, lambda: 1 / 0)
    ticking.after(2, lambda: ticking.rung.append("rung"))
    reply = asked(ticking, AdvanceClock.op, ms=5_000)
    assert reply.raised.type == "ZeroDivisionError"
    assert ticking.rung == ["rung"]
    assert ticking.time() == NOW_MS / 1_000 + 5


def test_a_machine_that_slept_for_ten_years_wakes_each_timer_once(ticking):
    ticking.every(0.001, lambda: ticking.rung.append(ticking.time()))
    ticking.after(60, lambda: ticking.rung.append(ticking.time()))
    ticking.advance(10 * 365 * 86_400_000)
    assert ticking.rung == [ticking.time()] * 2


def test_a_clock_that_is_set_makes_nothing_due(ticking):
    ticking.after(60, lambda: ticking.rung.append("rung"))
    ticking.set_clock(NOW_MS + 3_600_000)
    ticking.advance(59_000)
    assert ticking.rung == []
    ticking.advance(1_000)
    assert ticking.rung == ["rung"]


ASKING = """
import datetime
import time as clock
from datetime import datetime as moment, timedelta
from time import monotonic, time

def told():
    assert isinstance(moment.now(), moment)
    assert isinstance(datetime.datetime(2026, 1, 1), moment)
    assert moment(2026, 1, 1) + timedelta(1) == moment.fromisoformat("2026-01-02")
    assert moment.today() == moment.now()
    assert clock.monotonic is monotonic
    return {
        clock.time(),
        time(),
        clock.time_ns() / 1e9,
        moment.now(datetime.timezone.utc).timestamp(),
        moment.now().timestamp(),
        datetime.datetime.utcnow().replace(tzinfo=datetime.timezone.utc).timestamp(),
    }
"""


@pytest.fixture
def asking(tmp_path, monkeypatch):
    (tmp_path / "asks_the_machine.py").write_text(ASKING)
    monkeypatch.syspath_prepend(tmp_path)
    yield "asks_the_machine"
    sys.modules.pop("asks_the_machine", None)


def test_modules_that_are_named_see_its_time_and_no_other_does(asking):
    class Shown(Ticking):
        clock_in = (asking,)

    for adapter in (Shown(), Shown()):  # another one takes over from the one before
        asked(adapter, StartScenario.op, **START)
        assert sys.modules[asking].told() == {NOW_MS / 1_000}
        adapter.advance(86_400_000)
        assert sys.modules[asking].told() == {NOW_MS / 1_000 + 86_400}
    assert time.time() < NOW_MS / 1_000
    assert dt.datetime.now(dt.UTC).timestamp() < NOW_MS / 1_000


def test_a_module_that_is_not_there_is_said(ticking):
    class Wrong(Ticking):
        clock_in = ("no_such_module_here",)

    reply = asked(Wrong(), StartScenario.op, **START)
    assert "no_such_module_here" in reply.error.message


def test_each_scenario_begins_anew(ticking):
    ticking.after(60, lambda: ticking.rung.append("rung"))
    ticking.advance(1_000)
    asked(ticking, StartScenario.op, **START)
    assert ticking.time() == NOW_MS / 1_000
    ticking.advance(120_000)
    assert ticking.rung == []
