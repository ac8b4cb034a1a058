"""Verdicts on the way: the same as at the end, on what came so far."""

from functools import partial

import pytest

from payloadproof.blackbox.consented import Given
from payloadproof.blackbox.record import run_so_far
from payloadproof.contract.neutral import neutral
from payloadproof.live import judging as module
from payloadproof.live.judging import Judging

TWICE = ("boiled", {"litres": 3})


@pytest.fixture
def judged(board):
    """What stands on the board after requests were told and judged."""

    def of(contract, *requests, env=None):
        one = Judging(board, contract)
        if env is not None:
            known = contract or neutral()
            given = Given(known, ["boil"], env)
            one.begun(partial(run_so_far, given=given, contract=known))
        for said in requests:
            one.tell(said)
        one.judge()
        return board.standing()

    return of


def clauses(standing):
    return [one.clause for one in standing.found]


def test_what_breaks_the_contract_is_told_before_the_end(judged, said, door_contract):
    how = judged(door_contract, said(("door_opened", {"colour": "red"})), env={})
    assert "A1" in clauses(how)
    assert how.judged == "so far"
    assert how.phase == "running"


def test_without_a_contract_what_holds_for_every_program_is_judged(judged, said):
    assert "D2" in clauses(judged(None, said(TWICE), said(TWICE), env={}))


def test_an_opt_out_that_is_ignored_is_told(judged, said, contract):
    how = judged(contract, said(("search_performed", {})), env={"DO_NOT_TRACK": "1"})
    assert {"C1", "C2"} & {*clauses(how)}
    assert not {"C1", "C2"} & {*clauses(judged(contract, said(("x", {})), env={}))}


def test_what_is_somebody_elses_is_judged_by_no_contract(judged, said, door_contract):
    other = said(("door_opened", {"colour": "red"}), host="other.example", other=True)
    assert "A1" not in clauses(judged(door_contract, other))


def test_a_program_that_nobody_started_has_no_run_to_judge(judged, said):
    how = judged(None, said(TWICE), said(TWICE))
    assert (how.found, how.held, how.judged) == ((), (), "")


def test_only_the_first_are_judged_and_it_is_said(judged, said, door_contract, monkeypatch):
    monkeypatch.setattr(module, "JUDGED", 2)
    good, bad = ("door_opened", {}), ("door_opened", {"colour": "red"})
    how = judged(door_contract, said(good), said(good), said(bad), env={})
    assert "A1" not in clauses(how)
    assert how.judged == "so far: the first 2 requests"


def test_nothing_new_is_not_judged_again(board, said, door_contract, monkeypatch):
    one = Judging(board, door_contract)
    one.tell(said(("door_opened", {})))
    one.judge()
    monkeypatch.setattr(one, "_report", lambda _: pytest.fail("it judges again"))
    one.judge()
