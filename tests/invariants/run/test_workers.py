"""Several processes at one run: what their reports say together, and a run that is shared."""

import importlib
import itertools
import multiprocessing
import pickle
import sys

import msgspec
import pytest

from payloadproof.adapters.direct import DirectConnector
from payloadproof.errors import HarnessError
from payloadproof.outcome.accepted import Entry, today
from payloadproof.outcome.events import Began, KindBegan, ScenarioRan, Standing, nobody
from payloadproof.outcome.model import ClauseVerdict, doubted
from payloadproof.recorder.ledger import RecorderBroken, RecorderFull
from payloadproof.run import workers
from payloadproof.run.check import check
from payloadproof.run.explore import KINDS
from payloadproof.run.properties import SUITE
from payloadproof.run.together import _few_of_each, check_together
from payloadproof.run.workers import merged

SOUND = "door_counter:DoorCounterAdapter"
UNLISTED = "passes_unlisted_keys:PassesUnlistedKeys"


@pytest.fixture
def report(report_of):
    def make(verdict, *findings, scenarios=1):
        one = ClauseVerdict(
            clause="S1",
            level="MUST",
            verdict=verdict,
            scenarios=scenarios,
            controls=scenarios,
            broken=scenarios,
            findings=len(findings),
        )
        return report_of(one, findings=findings, scenarios=scenarios)

    return make


# what two reports say together


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("passed", "vacuous", "passed"),
        ("passed", "failed", "failed"),
        ("failed", "accepted", "failed"),
        ("failed", "unsteady", "failed"),
        ("unsteady", "accepted", "unsteady"),
        ("unsteady", "passed", "unsteady"),
        ("errored", "failed", "errored"),
        ("not_applicable", "not_applicable", "not_applicable"),
    ],
)
def test_the_stronger_verdict_stands(report, one, other, both):
    for pair in itertools.permutations((one, other)):
        together = merged(*(report(verdict, scenarios=3) for verdict in pair))
        (verdict,) = together.verdicts
        assert verdict.verdict == both
        assert (together.scenarios, verdict.scenarios, verdict.controls) == (6, 6, 6)
        assert verdict.broken == 6


CUT = "scenarios of the kind 'slow ends' were cut short"


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("vacuous", "passed", "vacuous"),
        ("vacuous", "failed", "failed"),
        ("vacuous", "unsteady", "unsteady"),
    ],
)
def test_what_one_worker_left_out_is_a_pass_of_nobodys(report, one, other, both):
    left_out = report(one)
    (verdict,) = left_out.verdicts
    verdict = doubted(msgspec.structs.replace(verdict, verdict="passed", unfinished=(CUT,)))
    assert (verdict.verdict, verdict.reason) == ("vacuous", CUT)
    left_out = msgspec.structs.replace(left_out, verdicts=(verdict,))
    for pair in itertools.permutations((left_out, report(other))):
        (together,) = merged(*pair).verdicts
        assert together.verdict == both
        assert together.unfinished == (CUT,)
    assert (together.reason == CUT) == (both == "vacuous")


def test_a_clause_of_which_all_was_run_is_not_doubted(report):
    (verdict,) = report("passed").verdicts
    assert doubted(verdict) == verdict


def test_of_two_alike_the_smaller_is_kept_and_what_was_made_small_before_it(report, reported):
    large, small, met = reported("x", 3), reported("x", 2), reported("x", 1, shrunk=False)
    for order in itertools.permutations((large, small, met)):
        together = report("failed", order[0])
        for one in order[1:]:
            together = merged(together, report("failed", one))
        assert together.findings == (small,)
        assert together.verdicts[0].findings == 1


def test_what_one_worker_confirmed_another_need_not_doubt(report, reported):
    doubted = msgspec.structs.replace(report("unsteady"), unsteady=(reported("x"),))
    assert merged(doubted, report("passed")).unsteady == doubted.unsteady
    assert merged(doubted, doubted).unsteady == doubted.unsteady
    for pair in itertools.permutations((doubted, report("failed", reported("y")))):
        assert merged(*pair).unsteady == ()


def test_another_kind_of_breach_of_the_same_clause_is_kept_too(report, reported):
    together = merged(report("failed", reported("x")), report("failed", reported("y")))
    assert [one.fingerprint for one in together.findings] == ["x", "y"]
    assert together.verdicts[0].findings == 2


def test_of_one_clause_few_kinds_are_kept_and_one_that_rests_on_absence_or_time(report, reported):
    bytes_ = [reported(f"x{number}") for number in range(KINDS + 1)]
    timed = [msgspec.structs.replace(reported(kind), definite=False) for kind in ("y", "z")]
    for given, kept in (
        ((*timed, bytes_[0]), ["x0", "y"]),
        (timed, ["y"]),
        (bytes_, [f"x{number}" for number in range(KINDS)]),
        ((*timed, *bytes_), [f"x{number}" for number in range(KINDS)]),
    ):
        few = _few_of_each(report("failed", *given))
        assert [one.fingerprint for one in few.findings] == kept
        assert few.verdicts[0].findings == len(kept)


# what a worker says


@pytest.fixture
def worked(monkeypatch):
    """What a worker whose job ends so says over its line."""
    monkeypatch.setattr(workers.signal, "signal", lambda *_: None)

    def run(ends):
        def job(listen, enough):
            raise ends
            yield

        ours, theirs = multiprocessing.Pipe()
        workers._work(theirs, job, unmasked=False)
        said = []
        while ours.poll():
            said.append(ours.recv())
        return said

    return run


@pytest.mark.parametrize(
    ("ends", "code", "message"),
    [
        (HarnessError(code="adapter-gone", message="it is gone"), "adapter-gone", "it is gone"),
        (RecorderFull("12 requests were let go"), "recorder", "12 requests were let go"),
        (RecorderBroken("it failed"), "recorder", "it failed"),
        (ValueError("no"), "worker-broken", "a worker broke: ValueError: no"),
    ],
)
def test_what_ends_a_worker_is_told_in_its_own_words(worked, ends, code, message):
    problem, ended = worked(ends)
    assert (problem.kind, ended.kind) == ("problem", "ended")
    assert (problem.value["code"], problem.value["message"]) == (code, message)
    assert ("bug in payloadproof" in problem.value["next"]) is (code == "worker-broken")


# a run that is shared


class Told:
    def __init__(self):
        self.began_with = []
        self.ran = 0
        self.kinds = []
        self.verdicts = []

    def __call__(self, event):
        match event:
            case Began(implementation, seed):
                self.began_with.append((implementation.name, seed))
            case KindBegan(kind):
                self.kinds.append(kind)
            case ScenarioRan():
                self.ran += 1
            case Standing(verdicts):
                self.verdicts += [(one.clause, one.verdict) for one in verdicts]


@pytest.fixture
def together(plan):
    def run(target, only=None, *, workers=2, progress=None, **also):
        settled = plan(target, only=only, **{"examples": 12, **also})
        return check_together(settled, progress or nobody, workers=workers)

    return run


def verdicts(report):
    return {one.clause: one.verdict for one in report.verdicts}


def test_a_run_that_is_shared_says_what_one_process_says(together, plan):
    progress = Told()
    shared = together(SOUND, progress=progress)
    alone = check(plan(SOUND, examples=12))
    assert shared.exit_code == 0, shared.findings
    assert verdicts(shared) == verdicts(alone)
    assert shared.seed == alone.seed == 1
    assert progress.began_with == [("door-counter", 1)]
    # Each worker looks at what every run begins with.
    assert shared.scenarios == pytest.approx(alone.scenarios, abs=12)
    assert 0 < progress.ran <= shared.scenarios  # one with canaries runs twice
    assert sorted({*progress.kinds}) == sorted(progress.kinds)
    assert {*progress.kinds} <= {prop.name for prop in SUITE}
    passed = {clause for clause, verdict in verdicts(shared).items() if verdict == "passed"}
    assert passed <= {clause for clause, verdict in progress.verdicts if verdict == "passed"}


def test_a_clause_that_several_workers_see_broken_has_one_finding_a_kind_and_a_file_for_each(
    together, tmp_path
):
    progress = Told()
    shared = together(UNLISTED, ("A1", "A7"), progress=progress)
    assert shared.exit_code == 1
    assert {one.clause for one in shared.findings} == {"A1", "A7"}
    kinds = [(one.clause, one.fingerprint) for one in shared.findings]
    assert len(set(kinds)) == len(kinds)
    for verdict in shared.verdicts:
        assert verdict.findings == [clause for clause, _ in kinds].count(verdict.clause)
    saved = sorted(str(path) for path in (tmp_path / "failures").iterdir())
    assert saved == sorted(one.file for one in shared.findings)
    for clause in ("A1", "A7"):
        told = [verdict for one, verdict in progress.verdicts if one == clause]
        assert told[-1] == "failed"


@pytest.mark.parametrize("name", ["A_CLASS", "A_LAMBDA", "AN_OBJECT"])
def test_an_adapter_is_found_by_its_name_in_each_worker(together, name):
    shared = together(f"made_at_hand:{name}", ("A1",))
    assert verdicts(shared)["A1"] == "passed"


def test_what_was_given_by_hand_is_handed_on_by_hand():
    made = importlib.import_module("door_counter").DoorCounterAdapter
    pickle.loads(pickle.dumps(DirectConnector("mine", make=made))).open().close()


def test_what_can_be_found_once_only_is_told_where_it_is_opened(monkeypatch):
    handed = pickle.dumps(DirectConnector(f"direct:{SOUND}"))
    monkeypatch.delitem(sys.modules, "door_counter")
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    monkeypatch.chdir("/")
    with pytest.raises(HarnessError) as told:
        pickle.loads(handed).open()
    assert told.value.code == "adapter-unknown"


def test_what_nobody_exercised_is_vacuous_however_many_looked(together, faux):
    shared = together(faux("sends_nothing"), workers=3)
    assert {verdicts(shared)[clause] for clause in ("A1", "P1", "W1")} == {"vacuous"}
    assert shared.exit_code == 1


def test_what_a_baseline_accepts_and_what_has_to_go_is_known_to_all(together):
    (known,) = together(UNLISTED, ("A1",), shrink=False).findings
    entry = Entry(clause="A1", fingerprint=known.fingerprint, reason="why", expires=today())
    gone = msgspec.structs.replace(entry, clause="W5")
    shared = together(UNLISTED, ("A1", "W5"), accepted=(entry, gone))
    assert verdicts(shared)["A1"] == "accepted"
    assert shared.accepted == (entry,)
    assert shared.stale == (gone,)


def test_a_worker_that_dies_leaves_no_result(together):
    with pytest.raises(HarnessError, match=r"worker \d died with signal 9"):
        together("kills_its_worker:KillsItsWorker", ("W5",))


def test_a_broken_adapter_is_told_as_ever(together, faux):
    with pytest.raises(HarnessError) as raised:
        together(faux("exits_at_once"), ("W5",))
    assert raised.value.code.startswith("adapter-")


def test_ctrl_c_of_a_terminal_ends_it_with_no_result_and_leaves_nothing(
    interrupted, tmp_path, monkeypatch
):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    run = interrupted("ci", "--workers", "2")
    assert run.code == 130
    assert list(scratch.iterdir()) == []
    assert "interrupted" in run.errors
    assert "Traceback" not in run.output + run.errors
