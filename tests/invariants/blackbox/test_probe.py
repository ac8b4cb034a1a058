"""What a probe says beside its findings; a driver that makes up the runs is stood in."""

import base64
import datetime as dt
import gzip
import threading

import msgspec
import pytest

from payloadproof.blackbox import probe as module
from payloadproof.blackbox.driving import Command, Made
from payloadproof.blackbox.wanted import BESIDE, givens
from payloadproof.drive.traffic import Rejection
from payloadproof.drive.waiting import Look
from payloadproof.evidence.runs import GIVEN_A_DIRECTORY, GIVEN_MISSING
from payloadproof.outcome.accepted import Entry, today

FAULT = "connections are reset"
HANGS = "the server never answers"
BROKEN = Rejection(
    at=0.0, host="h.example", address="127.0.0.2", port=443, reason="reset", untrusted=False
)


@pytest.fixture
def probed(monkeypatch, sent, event, run_with):
    """What a probe says; runs with this wrong (nothing: ``""``) had a handshake broken off."""

    def report(where, accepted=(), **said):
        class Driver:
            def __init__(self, *_):
                pass

            def processes(self):
                return ()

            def made(self, wanted, *_):
                run = run_with(sent(event(**said)), name=wanted.name, fault=wanted.fault)
                rejected = (BROKEN,) if wanted.fault == where else ()
                return Made(run=run, wanted=wanted, rejected=rejected)

        monkeypatch.setattr(module, "Driver", Driver)
        monkeypatch.setattr(module, "possible", lambda _: None)
        about = {"command": Command(argv=("it",)), "only": (FAULT,), "accepted": accepted}
        return module.probe(module.Probe(switches=(), **about))

    return report


@pytest.fixture
def noted(probed):
    return lambda where, **said: "\n".join(probed(where, **said).notes)


def test_a_handshake_that_a_fault_broke_off_is_not_told_as_a_host_that_was_not_caught(noted):
    assert "was not caught" not in noted(FAULT)


def test_a_handshake_that_was_broken_off_with_nothing_wrong_is_told(noted):
    assert "h.example was not caught" in noted("")


def packed(times):
    text = b"nobody looks for a word of this"
    for _ in range(times):
        text = base64.b64encode(gzip.compress(text))
    return text.decode()


def test_what_is_packed_deeper_than_is_unpacked_is_told(noted):
    assert "deeper than is unpacked" in noted("", note=packed(6))


def test_of_what_could_be_searched_whole_nothing_is_told(noted):
    assert "deeper" not in noted("", note=packed(1))


@pytest.mark.parametrize(("days", "accepts"), [(0, True), (-1, False)])
def test_an_entry_of_a_baseline_is_good_on_its_last_day_and_not_after_it(probed, days, accepts):
    found = probed("").findings
    assert found
    expires = today() + dt.timedelta(days=days)
    entries = tuple(
        Entry(clause=one.clause, fingerprint=one.fingerprint, reason="known", expires=expires)
        for one in found
    )
    report = probed("", entries)
    assert bool(report.findings) is not accepts
    assert bool(report.accepted) is accepts
    assert any("accepted this only until" in note for note in report.notes) is not accepts


def test_a_late_end_is_found_where_the_machine_was_slow_in_one_untroubled_run(
    monkeypatch, sent, event, run_with
):
    """The hung run is ended: by the first run's time it would be ended too soon to be late."""
    slow, usual = 9.0, 1.0

    class Driver:
        def __init__(self, *_):
            pass

        def processes(self):
            return ()

        def made(self, wanted, _, bound_s):
            took = slow if wanted.name == "the next start" else usual
            run = run_with(sent(event()), name=wanted.name, fault=wanted.fault, took_s=took)
            if wanted.fault == HANGS:
                run = msgspec.structs.replace(run, ended="stopped", took_s=bound_s)
            return Made(run=run, wanted=wanted)

    monkeypatch.setattr(module, "Driver", Driver)
    monkeypatch.setattr(module, "possible", lambda _: None)
    about = {"command": Command(argv=("it",)), "only": (HANGS, "the next start")}
    report = module.probe(module.Probe(switches=(), **about))
    assert f"a late end: {HANGS}" in {one.fingerprint for one in report.findings}


@pytest.mark.parametrize("place", ["argv", "files"])
def test_a_file_that_is_none_is_given_where_the_command_is_given_one(place):
    given = {"argv": ("it", "add={path}")} if place == "argv" else {"files": {"a": "see {path}"}}
    command = Command(**{"argv": ("it",), **given})
    plans = (module.Probe(command=one, switches=()) for one in (command, Command(argv=("it",))))
    faults = [{one.fault for one in givens(plan.texts)} for plan in plans]
    assert faults == [{GIVEN_MISSING, GIVEN_A_DIRECTORY}, set()]


@pytest.mark.parametrize("exit_code", [0, 7])
def test_runs_that_disturb_each_other_are_made_alone_and_it_is_said(
    monkeypatch, sent, event, run_with, exit_code
):
    """The first with a fault waits until another has begun, or until it is alone for good."""
    begun = threading.Event()

    class Driver:
        def __init__(self, *_):
            pass

        def processes(self):
            return ((1,),)

        def made(self, wanted, *_):
            beside = wanted.name == BESIDE
            if beside:
                begun.set()
            elif wanted.name == FAULT:
                assert begun.wait(60)
            code = exit_code if beside else 0
            run = run_with(sent(event()), name=wanted.name, fault=wanted.fault, exit_code=code)
            return Made(run=run, wanted=wanted)

    monkeypatch.setattr(module, "Driver", Driver)
    monkeypatch.setattr(module, "possible", lambda _: None)
    monkeypatch.setattr("payloadproof.blackbox.beside.waiting.look", lambda _: Look({1: 0}, set()))
    monkeypatch.setattr("payloadproof.blackbox.beside.waiting.has_room", lambda: True)
    about = {"command": Command(argv=("it",)), "only": (FAULT, HANGS)}
    report = module.probe(module.Probe(switches=(), **about))
    names = [one.name for one in report.runs]
    assert ("disturb each other" in "\n".join(report.notes)) is bool(exit_code)
    assert (BESIDE in names) is not bool(exit_code)
    assert {FAULT, HANGS} <= {*names}
    assert names.count(FAULT) == 1
