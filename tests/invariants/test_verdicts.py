"""What counts: levels, exceptions, masking, and the one call that gates."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import payloadproof
from payloadproof.check import check
from payloadproof.clauses import clauses
from payloadproof.conformance import ConformanceError, planned, run_conformance
from payloadproof.errors import HarnessError
from payloadproof.oracle.finding import UNMASKED, masked, named
from payloadproof.report.model import ClauseVerdict, ReportedFinding
from payloadproof.report.terminal import as_text

LEVELS = ("MUST", "SHOULD", "INFO")


@pytest.fixture
def of_level():
    """A clause of a level."""
    return {
        level: next(n for n, c in clauses().items() if c.level == level)
        for level in ("MUST", "SHOULD")
    }


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


@pytest.mark.parametrize("bad", ["failed", "vacuous"])
@pytest.mark.parametrize(
    ("level", "strict", "code"),
    [
        ("MUST", False, 1),
        ("MUST", True, 1),
        ("SHOULD", False, 0),
        ("SHOULD", True, 1),
        ("INFO", False, 0),
        ("INFO", True, 0),
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


@pytest.mark.parametrize("judged", ["passed", "accepted"])
def test_what_judged_something_is_green(report, verdict, judged):
    assert report(verdict(judged), verdict("not_run"), verdict("not_applicable")).exit_code == 0


def test_the_summary_names_what_was_not_counted(report, verdict, of_level):
    should = verdict("failed", "SHOULD", of_level["SHOULD"])
    text = as_text(report(verdict("passed"), should))
    assert f"not counted: {of_level['SHOULD']} (SHOULD); --strict" in text
    assert "1 passed, 1 failed" in text
    assert "not counted" not in as_text(report(verdict("passed"), should, strict=True))


def test_what_strict_would_not_count_either_is_named_without_it(report, verdict):
    text = as_text(report(verdict("passed"), verdict("failed", "INFO", "P1"), strict=True))
    assert "not counted: P1 (INFO)\n" in "\n".join(map(str.rstrip, text.splitlines()))


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
    with pytest.raises(HarnessError, match="W1 is allowed") as caught:
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
    assert "evidence (masked)" in as_text(plain)
    open_ = as_text(report(verdict("failed"), findings=(finding,), masked=False))
    assert open_.strip().startswith("text is NOT masked")
    assert "evidence (NOT masked)" in open_


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
    assert "Finding 1: S1" in str(caught.value)
    assert "\x1b" not in str(caught.value)


@pytest.mark.usefixtures("few")
def test_one_call_leaves_hypothesis_its_own_folder(door, door_contract_file, monkeypatch):
    kept = []
    monkeypatch.setattr("payloadproof.check.set_hypothesis_home_dir", kept.append)
    monkeypatch.setattr("payloadproof.conformance.set_hypothesis_home_dir", kept.append)
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
def test_one_call_refuses_what_it_cannot_use(also, said):
    with pytest.raises(HarnessError, match=said):
        run_conformance(**({"adapter": "direct:door_counter:DoorCounterAdapter"} | also))


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
