"""The command line of a probe; the runs themselves are stood in for."""

import shlex
import sys

import msgspec
import pytest

from payloadproof.blackbox import probe as module
from payloadproof.outcome.events import finals
from payloadproof.outcome.model import ClauseVerdict, Report, ReportedFinding
from payloadproof.protocol.messages import Implementation
from payloadproof.version import VERSION

FOUND = ReportedFinding(
    clause="A7",
    message="m",
    expected="nothing",
    observed="something",
    evidence=("as another person",),
    definite=True,
    shrunk=True,
)
FAILED = ClauseVerdict(
    clause="A7", level="MUST", verdict="failed", scenarios=1, controls=1, findings=1
)


@pytest.fixture
def found():
    """Verdicts and findings."""
    return (FAILED,), (FOUND,)


@pytest.fixture
def probed(run, monkeypatch, found):
    """Runs a probe whose runs found one thing; what was asked of it, and what was printed."""
    plans = []

    def probe(plan, listen, watch, tell):
        plans.append(plan)
        verdicts, findings = found
        report = Report(
            payloadproof=VERSION,
            command="probe",
            implementation=Implementation(name="it", version="as it is", language="a command"),
            adapter=None,
            contract="none",
            profile=None,
            seed=None,
            seconds=1.0,
            scenarios=1,
            verdicts=verdicts,
            findings=findings,
        )
        return finals(report, listen)

    monkeypatch.setattr(module, "probe", probe)
    monkeypatch.setattr(module, "possible", lambda _: None)

    def invoke(*words):
        code, output = run("probe", *words)
        assert code in (0, 1), output
        return plans[-1], output

    return invoke


def test_the_command_to_see_a_run_again_makes_the_same_run(probed, tmp_path):
    (tmp_path / "input").write_text("yes\n")
    options = [
        *("--off", "OFF=1", "--for", "20s", "--stdin", "input", "--file", "a b=1\n2"),
        *(
            "--set",
            "MODE=it's",
            "--due",
            "start=2",
            "--reach",
            "5432",
            "--reply",
            "npm.example=200",
        ),
    ]
    words = [*options, "--", sys.executable, "-c", "print('{secret}')"]
    first, output = probed(*words)
    (line,) = [one for one in output.splitlines() if one.startswith("next:")]
    _, _, typed = line.partition("payloadproof probe ")
    # bash reads $'...'; shlex reads no \012, and the file's text is the one word that has it.
    typed = typed.replace("$'a b=1\\0122'", "'a b=1\n2'")
    again, _ = probed(*shlex.split(typed))
    assert again.command == first.command
    assert again.switches == first.switches
    assert again.only == ("as another person",)


def _of(clause, level="MUST", verdict="failed"):
    about = {"clause": clause, "level": level, "verdict": verdict}
    judged = msgspec.structs.replace(FAILED, **about)
    return judged, msgspec.structs.replace(FOUND, clause=clause)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            tuple(zip(_of("H1"), strict=True)),
            "next: fix H1 the same exit code; to see one run again: ",
        ),
        (
            tuple(zip(_of("H1"), _of("A7"), strict=True)),
            "next: fix A7 planted secrets first, and 1 more after it; ",
        ),
    ],
)
def test_what_to_fix_first_is_called_by_its_clause(probed, said):
    """A program that only ends differently leaks nothing."""
    _, output = probed("--", sys.executable)
    assert said in output


@pytest.mark.parametrize("found", [((_of("H1", verdict="passed")[0],), ())])
def test_where_nothing_was_found_there_is_nothing_to_accept(probed):
    _, output = probed("--", sys.executable)
    (line,) = [one for one in output.splitlines() if one.startswith("next:")]
    assert line.startswith("next: payloadproof init")
