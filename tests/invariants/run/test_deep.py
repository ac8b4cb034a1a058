"""The deep profile: real workers, a moment each."""

import itertools
import signal

import msgspec
import pytest
from click.testing import CliRunner

from payloadproof.cli import main
from payloadproof.errors import HarnessError
from payloadproof.outcome.accepted import Entry, today
from payloadproof.outcome.events import Began, ScenarioRan, Standing, Stopping
from payloadproof.run import deep
from payloadproof.run.properties import PROFILES

SOUND = "door_counter:DoorCounterAdapter"


class UntilRounds:
    """Interrupts the run, as Ctrl-C does, when so many rounds are in."""

    def __init__(self, rounds):
        self.left = rounds
        self.told = set()

    def __call__(self, event):
        match event:
            case Began(implementation, seed):
                self.told.add((implementation.name, seed))
            case ScenarioRan():
                self.told.add("a scenario ran")
            case Standing():
                self.left -= 1
                if self.left == 0:
                    signal.raise_signal(signal.SIGINT)
            case Stopping():
                self.told.add("it ends")


@pytest.fixture
def dive(plan):
    """A run of two workers until they have made so many rounds, of a few examples each."""

    def run(target, only, *, rounds=3, minutes=None, progress=None, **also):
        settled = plan(target, only=only, profile="deep", examples=5, shrink=False, **also)
        progress = progress or UntilRounds(rounds)
        return deep.dive(settled, progress, minutes=minutes, workers=2)

    return run


# real workers


def test_rounds_of_all_workers_are_one_report(dive):
    progress = UntilRounds(2)
    before = signal.getsignal(signal.SIGINT)
    report, problem = dive(SOUND, ("W5",), progress=progress)
    assert problem is None
    assert report.exit_code == 0
    assert report.profile == "deep"
    assert "2 worker(s) completed" in report.notes[-1]
    assert progress.told == {("door-counter", 1), "a scenario ran", "it ends"}
    assert signal.getsignal(signal.SIGINT) == before


def test_the_time_ends_it(dive):
    report, problem = dive(SOUND, ("W5",), rounds=10**6, minutes=0.01)
    assert problem is None
    assert report.seconds >= 0.6


def test_what_every_round_finds_is_reported_once_and_saved_once(dive, tmp_path):
    report, problem = dive("passes_unlisted_keys:PassesUnlistedKeys", ("A1",), rounds=4)
    assert problem is None
    assert report.exit_code == 1
    # A worker passes over what it has found: its later rounds have it accepted.
    (verdict,) = (one for one in report.verdicts if one.clause == "A1")
    assert verdict.verdict == "failed"
    assert report.accepted == ()
    kinds = [one.fingerprint for one in report.findings]
    assert len(kinds) == len({*kinds}) == verdict.findings
    saved = sorted(str(path) for path in (tmp_path / "failures").iterdir())
    assert saved == sorted(one.file for one in report.findings)


def test_an_entry_that_is_no_longer_seen_has_to_go_unless_it_is_seldom(dive):
    sure = Entry(clause="W5", fingerprint="f", reason="why", expires=today())
    rare = msgspec.structs.replace(sure, fingerprint="g", seldom=True)
    report, _ = dive(SOUND, ("W5",), rounds=1, accepted=(sure, rare))
    assert report.stale == (sure,)


def test_a_worker_that_dies_is_named_beside_what_was_seen(dive, tmp_path, monkeypatch):
    monkeypatch.setenv("KILLED_ONCE", str(tmp_path / "killed"))
    report, problem = dive("kills_its_worker:KillsItsWorker", ("W5",), rounds=10**6)
    assert problem.code == "worker-died"
    assert "died with signal 9" in problem.message
    assert report.scenarios


def test_workers_that_all_die_leave_no_report(dive):
    with pytest.raises(HarnessError, match=r"worker \d died with signal 9"):
        dive("kills_its_worker:KillsItsWorker", ("W5",))


def test_an_adapter_that_cannot_be_reached_is_told_as_ever(dive, faux):
    with pytest.raises(HarnessError) as raised:
        dive(faux("exits_at_once"), ("W5",))
    assert raised.value.code.startswith("adapter-")


def test_ctrl_c_of_a_terminal_ends_with_the_report(interrupted):
    run = interrupted("deep", "--only", "W5")
    assert run.first.startswith("checking ")
    assert "worker(s) completed 2 round(s)" in run.output
    assert "Traceback" not in run.output + run.errors
    assert run.code in (0, 1), run.errors


@pytest.mark.parametrize(
    "words", [("--minutes", "1"), ("--profile", "deep", "--write-baseline", "b.toml")]
)
def test_options_that_say_nothing_together_are_refused(words):
    outcome = CliRunner().invoke(main, ["check", *words])
    assert outcome.exit_code == 2
    assert "next:" in outcome.output


def test_rounds_grow_from_a_quick_run_to_the_size_of_the_profile(plan):
    sizes = itertools.islice(deep._sizes(plan(SOUND, profile="deep")), 20)
    grown = list(sizes)
    assert grown[0] == PROFILES["quick"].examples
    assert grown[1] == 2 * grown[0]
    assert grown[-1] == PROFILES["deep"].examples
    assert grown == sorted(grown)
