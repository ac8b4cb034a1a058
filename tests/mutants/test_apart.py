"""What is run apart hangs, dies and begins others, and nothing of it stays."""

import threading
import time
from pathlib import Path

import pytest
from mutants.apart import Ended, each
from mutants.doing import Does


def run(*jobs, limit_s=30.0):
    return dict(each(jobs, processes=2, limit_s=limit_s))


def test_each_job_has_a_process_of_its_own_into_which_no_program_was_imported():
    done = run(*[Does("its work")] * 3)
    assert {said for said, _, _ in done.values()} == {"its work"}
    assert len({pid for _, pid, _ in done.values()}) == 3
    assert not any(imported for _, _, imported in done.values())


@pytest.mark.parametrize(
    ("what", "why"), [("dies", "exit code 7"), ("raises", "ValueError: it is wrong")]
)
def test_one_that_fails_says_of_what(what, why):
    done = run(Does(what), Does("its work"))
    assert not done[0].hung
    assert why in done[0].why
    assert done[1][0] == "its work"


def test_one_that_hangs_is_ended_and_the_others_are_not():
    done = run(Does("hangs"), Does("its work"), Does("leaves a thread"), limit_s=2.0)
    assert done[0] == Ended(hung=True)
    assert [done[1][0], done[2][0]] == ["its work", "leaves a thread"]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="what it began is found by /proc")
def test_what_it_began_is_ended_with_it(tmp_path):
    where = tmp_path / "pid"
    run(Does("begins another and hangs", str(where)), limit_s=2.0)
    pid = int(where.read_text(encoding="utf-8"))
    # Whoever adopted it may not have taken leave of it yet.
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        except FileNotFoundError:
            return
        if stat.rpartition(")")[2].split()[0] == "Z":
            return
        threading.Event().wait(0.05)
    pytest.fail("it is still there")
