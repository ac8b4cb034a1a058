"""Runs side by side: when one may begin beside another, the control, and the end of all of them."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from payloadproof.blackbox import beside as module
from payloadproof.blackbox.asked import further
from payloadproof.blackbox.beside import Beside
from payloadproof.blackbox.casting import drawn
from payloadproof.blackbox.driving import Command, Driver, Made
from payloadproof.blackbox.wanted import BESIDE, FAULTS, Switch, Wanted
from payloadproof.drive import waiting
from payloadproof.drive.internet import missing
from payloadproof.drive.waiting import Look
from payloadproof.evidence.runs import FIRST

REFUSED, RESET = (Wanted(name=fault, fault=fault) for fault in list(FAULTS)[:2])
BOUND_S = 60.0


@pytest.fixture
def slow(run_with):
    """A driver whose runs end when they are told to."""

    class Slow:
        def __init__(self):
            self.over = {one.name: threading.Event() for one in (REFUSED, RESET)}
            self.over[BESIDE] = threading.Event()
            self.killed = threading.Event()

        def made(self, wanted, *_):
            while not (self.over[wanted.name].wait(0.01) or self.killed.is_set()):
                pass
            return Made(run=run_with(name=wanted.name, fault=wanted.fault), wanted=wanted)

        def kill(self):
            self.killed.set()

    return Slow()


@pytest.fixture
def rests(monkeypatch):
    """Says whether the runs that are under way only wait."""

    def say(answer):
        monkeypatch.setattr(Beside, "_rests", lambda _: answer)
        monkeypatch.setattr(waiting, "has_room", lambda: True)

    return say


def ended(beside, slow, name):
    """End one, and take what there is."""
    slow.over[name].set()
    while any(under.wanted.name == name for under in beside.under_way):
        made, again = beside.ended()
    return [one.wanted.name for one in made], again


def begun(beside, queue):
    one = beside.next(queue)
    if one:
        beside.begin(one, frozenset(), BOUND_S)
    return one


def test_nothing_begins_beside_a_run_that_computes(slow, rests):
    rests(False)
    queue = [REFUSED, RESET]
    with Beside(slow, lambda _: True) as beside:
        assert begun(beside, queue) == REFUSED
        assert begun(beside, queue) is None
        assert queue == [RESET]
        assert ended(beside, slow, REFUSED.name) == ([REFUSED.name], None)
        assert begun(beside, queue) == RESET
        slow.over[RESET.name].set()


def test_the_first_beside_another_is_a_control_and_the_next_waits_for_it(slow, rests):
    rests(True)
    queue = [REFUSED, RESET]
    with Beside(slow, lambda _: True) as beside:
        begun(beside, queue)
        assert begun(beside, queue).name == BESIDE
        assert begun(beside, queue) is None
        assert ended(beside, slow, BESIDE) == ([BESIDE], None)
        assert begun(beside, queue) == RESET
        for one in (REFUSED, RESET):
            slow.over[one.name].set()


def test_what_ends_beside_the_control_counts_when_the_control_has_ended(slow, rests):
    rests(True)
    queue = [REFUSED, RESET]
    with Beside(slow, lambda _: True) as beside:
        begun(beside, queue)
        begun(beside, queue)
        assert ended(beside, slow, REFUSED.name) == ([], None)
        assert begun(beside, queue) is None
        assert ended(beside, slow, BESIDE) == ([REFUSED.name, BESIDE], None)


@pytest.mark.parametrize("order", [(REFUSED.name, BESIDE), (BESIDE, REFUSED.name)])
def test_where_the_control_is_disturbed_each_is_alone_and_its_neighbour_is_made_again(
    slow, rests, order
):
    rests(True)
    queue = [REFUSED, RESET]
    with Beside(slow, lambda _: False) as beside:
        begun(beside, queue)
        begun(beside, queue)
        assert ended(beside, slow, order[0]) == ([], None)
        assert ended(beside, slow, order[1]) == ([], REFUSED)
        assert begun(beside, queue) == RESET
        assert begun(beside, [REFUSED]) is None
        assert beside.disturbed
        slow.over[RESET.name].set()


def test_what_shares_a_port_of_the_machine_is_alone(slow, rests):
    rests(True)
    queue = [REFUSED, RESET]
    with Beside(slow, lambda _: True, alone=True) as beside:
        begun(beside, queue)
        assert begun(beside, queue) is None
        slow.over[REFUSED.name].set()


def test_whatever_ends_a_probe_ends_its_runs(slow, rests):
    rests(True)

    def interrupted():
        with Beside(slow, lambda _: True) as beside:
            begun(beside, [REFUSED])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert slow.killed.is_set()


def test_a_run_that_computes_now_and_then_does_not_wait():
    ticks = os.sysconf("SC_CLK_TCK")
    before = Look({7: 100}, frozenset())
    assert waiting.has_waited(before, Look({7: 100}, frozenset({"7"})), 1.0)
    assert not waiting.has_waited(before, Look({7: 100 + ticks // 2}, frozenset()), 1.0)
    assert not waiting.has_waited(before, Look({7: 100, 8: 0}, frozenset()), 1.0)


def test_a_thread_that_gets_no_processor_does_not_wait():
    starved = Look({7: 100}, frozenset({"9"}))
    assert not waiting.has_waited(starved, starved, 1.0)


def test_a_process_that_reads_is_seen_to_wait_and_one_that_has_ended_is_not():
    command = [sys.executable, "-c", "print('here', flush=True); input()"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        child.stdout.readline()
        looks = [waiting.look([child.pid])]
        while not waiting.has_waited(looks[-1], look := waiting.look([child.pid]), 1.0):
            looks.append(look)
        child.communicate("\n")
    assert waiting.look([child.pid]) is None


@pytest.fixture
def driver(tmp_path):
    """A driver of a command that says where it is, then waits for a file there."""
    if why := missing():
        pytest.skip(f"no network namespace can be made here: {why}")

    def make(*argv):
        return Driver(Command(argv=argv), {FIRST: drawn("7")}, tmp_path, os.environ)

    return make


MEETS = """
import os, pathlib, sys
home, meeting = pathlib.Path.home(), pathlib.Path(sys.argv[1])
try:
    (meeting / "first").mkdir()
    mine = "a"
except FileExistsError:
    mine = "b"
(home / mine).touch()
# Neither end of a pipe is opened before the other is.
os.close(os.open(meeting / "door", os.O_WRONLY if mine == "a" else os.O_RDONLY))
there = [name for name in "ab" if (home / name).exists()]
print(os.getcwd(), home, len(there), sys.argv[2])
"""


def test_two_runs_at_once_see_their_stages_at_one_path_and_none_of_the_other(driver, tmp_path):
    """Each waits for the other, so that both are there at once."""
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    os.mkfifo(meeting / "door")
    both = driver(sys.executable, "-c", MEETS, str(meeting), "{path}")
    wanted = (Wanted(name="one"), Wanted(name="another"))
    with ThreadPoolExecutor() as pool:
        making = [pool.submit(both.made, one, frozenset(), BOUND_S) for one in wanted]
    one, another = (made.result().run.stdout.decode().split() for made in making)
    assert one == another
    cwd, home, there, given = one
    assert there == "1"
    assert Path(given).parent == Path(cwd)
    assert Path(home) in Path(cwd).parents
    assert not list(tmp_path.glob("stage-*"))


OFF = Switch(variable="DO_NOT_TRACK", value="1", own=False)


@pytest.fixture
def evidence(sent, event, run_with):
    """Runs as they are made: untroubled ones, one with telemetry off, and what is added."""

    def make(*also):
        runs = [
            run_with(sent(event()), name="as it is", took_s=1.0),
            run_with(sent(event()), name="as it is, again", took_s=1.0),
            run_with(name="off", switch=OFF.text, took_s=1.0),
            *also,
        ]
        made = [
            Made(
                run=run,
                wanted=Wanted(name=run.name, fault=run.fault, switch=OFF if run.switch else None),
            )
            for run in runs
        ]
        return made, runs

    return make


def names(asked):
    return [one.name for one in asked]


def test_a_late_run_asks_for_its_measure_and_for_two_more_at_once(evidence, run_with):
    late = run_with(name=REFUSED.name, fault=REFUSED.fault, took_s=9.0)
    assert names(further(*evidence(late))) == [
        f"{REFUSED.name}, with {OFF.text}",
        f"{REFUSED.name}, time 2",
        f"{REFUSED.name}, time 3",
    ]


def test_a_run_that_is_late_and_goes_on_asks_for_the_same(evidence):
    asked = names(further(*evidence(), {RESET.fault}))
    assert asked == [f"{RESET.name}, with {OFF.text}", *(f"{RESET.name}, time {n}" for n in (2, 3))]


def test_runs_that_end_in_time_ask_for_nothing(evidence, run_with):
    in_time = run_with(name=REFUSED.name, fault=REFUSED.fault, took_s=2.0)
    assert names(further(*evidence(in_time))) == []


def test_the_report_has_them_in_one_order_whichever_ends_first():
    several = [
        Wanted(name=BESIDE),
        REFUSED,
        RESET,
        Wanted(name="off", fault=REFUSED.fault, switch=OFF),
        Wanted(name="two", fault=REFUSED.fault, time=2),
        Wanted(name="two", fault=RESET.fault, time=2),
        Wanted(name="three", fault=REFUSED.fault, time=3),
    ]
    ended_first = several[::-1]
    ended_first.sort(key=lambda one: one.rank)
    assert ended_first == several


def test_the_width_is_bounded(slow, rests, monkeypatch):
    rests(True)
    monkeypatch.setattr(module, "WIDTH", 1)
    with Beside(slow, lambda _: True) as beside:
        begun(beside, [REFUSED])
        assert begun(beside, [RESET]) is None
        slow.over[REFUSED.name].set()
