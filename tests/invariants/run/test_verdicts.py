"""What counts: levels, exceptions, masking, and the one call that gates."""

import importlib
import io
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from rich.console import Console

import payloadproof
from payloadproof.clauses.clause import clauses
from payloadproof.clauses.clause import named as named_clause
from payloadproof.errors import HarnessError
from payloadproof.evidence.quoting import UNMASKED, masked, named
from payloadproof.outcome.model import ClauseVerdict, ReportedFinding
from payloadproof.recorder.script import Answer, Behaviour, Refuse, Reset, Times
from payloadproof.report.narrated import TREATED, narrated
from payloadproof.report.terminal import as_text, render
from payloadproof.run.check import check
from payloadproof.run.planning import planned
from payloadproof.scenario import steps as do
from payloadproof.suite.conformance import ConformanceError, run_conformance

LEVELS = ("MUST", "SHOULD", "INFO")


@pytest.fixture
def of_level():
    """A clause of a level."""
    return {level: next(n for n, c in clauses().items() if c.level == level) for level in LEVELS}


@pytest.fixture
def verdict():
    def make(verdict, level="MUST", clause="S1", **also):
        return ClauseVerdict(
            clause=clause,
            level=level,
            verdict=verdict,
            scenarios=1,
            controls=1,
            findings=int(verdict == "failed"),
            **also,
        )

    return make


@pytest.fixture
def report(report_of):
    return report_of


# levels


@pytest.mark.parametrize(
    ("level", "strict", "code"),
    [("MUST", False, 0), ("MUST", True, 1), ("SHOULD", False, 0), ("SHOULD", True, 1)],
)
def test_what_was_seen_and_not_confirmed_counts_in_a_strict_run(
    report, verdict, level, *, strict, code
):
    one = report(verdict("passed"), verdict("unsteady", level), strict=strict)
    assert one.exit_code == code


@pytest.mark.parametrize("bad", ["failed", "vacuous"])
@pytest.mark.parametrize(
    ("level", "strict", "code"),
    [
        ("MUST", False, 1),
        ("MUST", True, 1),
        ("SHOULD", False, 0),
        ("SHOULD", True, 1),
    ],
)
def test_a_level_decides_what_counts(report, verdict, *, bad, level, strict, code):
    assert report(verdict("passed"), verdict(bad, level), strict=strict).exit_code == code


@pytest.mark.parametrize(
    ("level", "allowed", "code"),
    [("MUST", False, 1), ("MUST", True, 0), ("SHOULD", False, 0), ("INFO", False, 0)],
)
def test_a_gap_counts_unless_it_is_allowed(report, verdict, level, allowed, code):
    one = report(verdict("passed"), verdict("unsupported", level, allowed=allowed), strict=True)
    assert one.exit_code == code


@pytest.mark.parametrize("level", LEVELS)
def test_an_error_is_2_at_every_level(report, verdict, level):
    assert report(verdict("failed"), verdict("errored", level)).exit_code == 2


@pytest.mark.parametrize("nothing", ["not_run", "not_applicable"])
def test_what_judged_nothing_is_not_green(report, verdict, nothing):
    assert report(verdict(nothing)).exit_code == 1
    assert report(verdict("vacuous", "SHOULD")).exit_code == 1
    assert report(verdict("unsupported", allowed=True)).exit_code == 1
    assert report(verdict("unsteady")).exit_code == 1


@pytest.mark.parametrize("judged", ["passed", "accepted", "reported"])
def test_what_judged_something_is_green(report, verdict, judged):
    assert report(verdict(judged), verdict("not_run"), verdict("not_applicable")).exit_code == 0


def test_the_summary_names_what_was_not_counted(report, verdict, of_level):
    should = verdict("failed", "SHOULD", of_level["SHOULD"])
    text = as_text(report(verdict("passed"), should))
    assert (
        f"because it is a SHOULD clause: {named_clause(of_level['SHOULD'])}\nwith --strict" in text
    )
    assert "1 failed, 1 passed" in text
    strict = as_text(report(verdict("passed"), should, strict=True))
    assert "does not fail the run" not in strict


def test_what_never_fails_a_run_is_reported_and_has_not_failed(report, verdict, of_level):
    info = of_level["INFO"]
    text = as_text(report(verdict("passed"), verdict("reported", "INFO", info), strict=True))
    assert "1 reported, 1 passed" in text
    assert "failed" not in text
    assert "does not fail the run" not in text


@pytest.mark.parametrize(
    ("level", "strict", "next_"),
    [("MUST", False, "fix S1"), ("SHOULD", True, "fix C7"), ("SHOULD", False, "--profile ci")],
)
def test_only_what_counts_is_to_be_mended(  # noqa: PLR0917 - fixtures
    report, verdict, reported, of_level, level, strict, next_
):
    failed = verdict("failed", level, of_level[level])
    finding = reported("x", clause=of_level[level])
    text = as_text(report(verdict("passed"), failed, findings=(finding,), strict=strict))
    last = [line for line in text.splitlines() if line.startswith("next: ")][-1]
    assert next_ in last


def test_a_gap_is_named_and_how_to_close_it_or_to_decide_against_it(report, verdict):
    gap = verdict(
        "unsupported", clause="C3", reason="the adapter has no consent/set, virtual clock"
    )
    known = verdict("unsupported", clause="C4", reason="the adapter has no x", allowed=True)
    text = as_text(report(verdict("passed"), gap, known))
    lines = " ".join(text.split())
    assert "was not proved (unsupported): C3 data recorded while off" in lines
    assert 'add clock = "virtual" (virtual clock), set_env() (consent/set) to the adapter' in lines
    assert "--allow-unsupported C4,C3" in lines


def test_what_is_not_looked_at_is_told_by_its_reason(report, verdict):
    lacking = [
        verdict("not_applicable", clause=one, reason="the contract has no past")
        for one in ("F1", "F2")
    ]
    unasked = verdict("not_run", clause="A1", reason="not selected by --only")
    apart = verdict("not_run", clause="W6", reason="needs cmd:")
    lines = " ".join(as_text(report(verdict("passed"), *lacking, unasked, apart)).split())
    assert (
        "not applicable: F1 one event per day, F2 repeatable event ids (the contract has no past)"
        in lines
    )
    assert "not run: W6 connections elsewhere (needs cmd:)" in lines
    assert "A1" not in lines


def test_what_comes_next_is_what_the_report_shows_first(report, verdict, reported):
    # Of what is lost, what was refused comes first: the rest may be mended with it.
    failed = [verdict("failed", clause=one) for one in ("S6", "W1", "A7")]
    found = tuple(reported("x", clause=one) for one in ("S6", "W1", "A7"))
    console = Console(record=True, width=100, file=io.StringIO())
    render(report(*failed, findings=found), console, given=" --strict --baseline b.toml")
    text = console.export_text()
    shown = [text.index(f"✗ {named_clause(one)}") for one in ("A7", "W1", "S6")]
    assert shown == sorted(shown)
    assert "fix A7 planted secrets first, and 2 more after it; then run" in text
    assert text.endswith(" --strict --baseline b.toml --only A7,W1,S6\n")


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (Times(1, Reset()), "network, for the next request: the connection is reset"),
        (Times(2, Answer(status=500)), "network, for the next 2 requests: status 500"),
        (Refuse(), "network: connections are refused"),
        (Answer(), "network: healthy"),
    ],
)
def test_what_the_network_does_is_said_in_words(behaviour, said):
    scenario = do.Scenario(steps=(do.Network(behaviour=behaviour),), now_ms=0)
    assert said in narrated(scenario)[1]


def test_every_behaviour_has_words():
    plain = {*get_args(Behaviour)} - {Times, Answer}
    assert {*TREATED} == plain


# exceptions


@pytest.fixture
def timeless(plan, monkeypatch):
    """A plan for a door counter whose clock cannot be set: C3 cannot be judged."""

    def make(**also):
        made = plan("door_counter:DoorCounterAdapter", **also)
        counter = importlib.import_module("door_counter").DoorCounterAdapter
        monkeypatch.setattr(counter, "clock", "real")
        return made

    return make


@pytest.mark.usefixtures("few")
def test_a_gap_that_is_named_does_not_count(timeless):
    only = ("C3", "W1")
    assert check(timeless(only=only)).exit_code == 1
    report = check(timeless(only=only, allow_unsupported=("C3",)))
    assert report.exit_code == 0
    (gap,) = (one for one in report.verdicts if one.verdict == "unsupported")
    assert (gap.clause, gap.allowed) == ("C3", True)


def test_an_exception_for_what_is_supported_has_to_be_taken_out(plan):
    with pytest.raises(
        HarnessError, match="W1 requests PostHog accepts may be unsupported"
    ) as caught:
        check(plan("door_counter:DoorCounterAdapter", allow_unsupported=("W1",)))
    assert caught.value.code == "exception-stale"


@pytest.mark.parametrize("names", ["Z9", ["W1", "Z9"], "", ","])
def test_an_exception_for_no_clause_is_refused(names):
    with pytest.raises(HarnessError):
        planned("cmd:true", allow_unsupported=names)


# masking


def test_text_is_unmasked_only_on_request():
    assert "sesame" not in masked({"word": "sesame street"})
    before = UNMASKED.set(True)
    try:
        assert masked({"word": "sesame street"}) == '{"word": "sesame street"}'
        assert named("Open Sesame") == '"Open Sesame"'
    finally:
        UNMASKED.reset(before)
    assert "sesame" not in masked("sesame street")


def test_an_unmasked_report_says_so(report, verdict):
    finding = ReportedFinding(
        clause="S1",
        message="m",
        expected="e",
        observed="o",
        evidence=("it",),
        definite=True,
        shrunk=True,
    )
    plain = report(verdict("failed"), findings=(finding,))
    assert "evidence (masked)" in as_text(plain, verbose=True)
    assert "NOT masked" not in as_text(plain)
    for verbose, said in ((False, "NOT masked: it"), (True, "evidence (NOT masked)")):
        open_ = as_text(
            report(verdict("failed"), findings=(finding,), masked=False), verbose=verbose
        )
        assert open_.strip().startswith("text is NOT masked")
        assert said in open_


# the one call


@pytest.fixture
def door(direct, tmp_path, monkeypatch, door_contract_file):
    """The module of the sound door counter, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    direct("door_counter")
    return importlib.import_module("door_counter")


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("how", ["a class", "an object", "a string"])
def test_one_call_checks_an_adapter(door, door_contract_file, how):
    adapter = {
        "a class": door.DoorCounterAdapter,
        "an object": door.DoorCounterAdapter(),
        "a string": "direct:door_counter:DoorCounterAdapter",
    }[how]
    found = run_conformance(adapter, contract=str(door_contract_file), only=["A1", "W1"])
    assert found.exit_code == 0
    assert found.adapter == "direct:door_counter:DoorCounterAdapter"
    assert {one.verdict for one in found.verdicts if one.clause in ("A1", "W1")} == {"passed"}


@pytest.mark.usefixtures("few")
def test_one_call_fails_with_the_report_as_its_text(door, door_contract_file):
    class Throwing(door.DoorCounterAdapter):
        def capture(self, event, properties, *, person, transport):
            raise LookupError("no listener")

    with pytest.raises(ConformanceError, match="it raised LookupError") as caught:
        run_conformance(Throwing, contract=str(door_contract_file), only="S1")
    assert isinstance(caught.value, AssertionError)
    assert caught.value.report.exit_code == 1
    assert "✗ S1 hostile values: it raised LookupError" in str(caught.value)
    assert "\x1b" not in str(caught.value)


@pytest.mark.usefixtures("few")
def test_one_call_leaves_hypothesis_its_own_folder(door, door_contract_file, monkeypatch):
    kept = []
    monkeypatch.setattr("payloadproof.run.check.set_hypothesis_home_dir", kept.append)
    monkeypatch.setattr("payloadproof.run.planning.set_hypothesis_home_dir", kept.append)
    run_conformance(door.DoorCounterAdapter, contract=str(door_contract_file), only=["W1"])
    assert kept == [Path(".payloadproof/hypothesis"), None]


@pytest.mark.parametrize(
    ("also", "said"),
    [
        ({"profile": "huge"}, "no profile 'huge'"),
        ({"only": ()}, "names no clause"),
        ({"only": ["Z9"]}, "no clause 'Z9'"),
        ({"adapter": 3}, "gave a int, not an Adapter"),
    ],
)
def test_one_call_refuses_what_it_cannot_use(direct, also, said):
    with pytest.raises(HarnessError, match=said):
        run_conformance(**({"adapter": direct("door_counter:DoorCounterAdapter")} | also))


def test_the_package_is_light_until_something_of_it_is_used():
    code = (
        "import sys, payloadproof, payloadproof.plugin;"
        "print([m for m in ('msgspec', 'hypothesis', 'aiohttp', 'rich', 'click')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_everything_that_the_package_offers_is_there():
    assert {name for name in payloadproof.__all__ if getattr(payloadproof, name, None) is None} == (
        set()
    )
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = payloadproof.no_such_name
