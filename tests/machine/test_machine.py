import ast
import tomllib

import pytest
from machine import judging, making, runner
from machine.making import PARTS, Mutant
from mutants import scoring
from mutants.scoring import Score
from rich.console import Console

SOURCE = '''from __future__ import annotations

__all__ = ["a", 1 + 1]

LIMIT: int | None = 2


def over(some: int | None, log) -> bool | None:
    """It is 3."""
    if some > LIMIT and some > 1:
        log.write("warn", "it is", some + 4)
        self._log.write("warn", 5 - 1)
        return True
    return some > LIMIT
'''


@pytest.fixture
def part(monkeypatch):
    """A module of one function, as a part of the reference."""
    texts = {"one": SOURCE}
    monkeypatch.setattr(making, "_text", lambda name: texts[name])
    for cached in (making.changes, making._functions):
        cached.cache_clear()
    yield texts
    for cached in (making.changes, making._functions):
        cached.cache_clear()


def mutant(part="rollup", *, text=None, name="rollup-0000000000"):
    text = making._text(part) if text is None else text
    return Mutant(name, part, "AddNot", 1, text, "-a\n+b")


def score(name, verdict, **also):
    return Score(name, name.partition("-")[0], "", verdict, **also)


def test_annotations_exports_and_lines_for_the_log_are_left_alone(part):
    lines = {one.line for one in making.every("one")}
    assert lines == {5, 10, 13, 14}
    diffs = [one.diff for one in making.every("one")]
    assert "-LIMIT: int | None = 2\n+LIMIT: int | None = 3" in [
        diff.replace("=  ", "= ") for diff in diffs
    ]
    assert not any("int &" in diff for diff in diffs)


def test_every_mutant_is_python_and_is_another_program(part):
    for one in making.every("one"):
        assert ast.dump(ast.parse(one.text)) != ast.dump(ast.parse(SOURCE))


def test_a_fingerprint_is_of_one_mutant(part):
    every = list(making.every("one"))
    assert len(every) > 20
    assert len({one.name for one in every}) == len({(one.line, one.text) for one in every})


def test_a_fingerprint_stays_when_the_module_grows_elsewhere(part):
    before = {one.name: one.diff for one in making.every("one")}
    part["one"] = SOURCE.replace(
        "\n\ndef over", "\n\nMORE = 7\n\n\ndef before():\n    pass\n\n\ndef over"
    )
    for cached in (making.changes, making._functions):
        cached.cache_clear()
    after = {one.name: one.diff for one in making.every("one")}
    assert before.items() <= after.items()
    assert len(after) > len(before)


def test_a_sample_is_drawn_by_its_seed_and_takes_a_place_once():
    sample = making.drawn(12, 1, ("limiter",))
    assert [one.name for one in sample] == [one.name for one in making.drawn(12, 1, ("limiter",))]
    assert [one.name for one in sample] != [one.name for one in making.drawn(12, 2, ("limiter",))]
    assert len({one.name for one in sample}) == 12
    places = len(making.changes("limiter"))
    assert len(making.drawn(1000, 1, ("limiter",))) <= places


def test_a_mutant_is_found_again_by_its_name():
    (one, *_) = making.drawn(1, 1, ("limiter",))
    assert making.named((one.name,)) == [one]
    assert making.named(("limiter-none", "nowhere-1")) == []


def test_every_part_has_families_that_name_it():
    for one in PARTS:
        assert judging.families(one), one
    assert "bound" in judging.families("limiter")
    assert judging.families("redaction/tokens") == ("errors",)


def test_what_is_made_for_the_families_of_a_part_is_what_judges_it_and_comes_first():
    (_, suite, beyond), (_, again, child) = judging.passes("redaction/tokens")
    assert suite[0].aims[0].startswith("E")
    assert all(any(aim[0] == "E" for aim in one.aims) for one in suite)
    assert {one.name for one in again} == {one.name for one in suite if one.aims[0][0] == "E"}
    assert (beyond, child) == (False, True)


def judged(one):
    (found,) = runner.judged([one], runner._options().parse_args(["--processes", "1"]))
    return found


def test_a_mutant_that_check_finds_is_found():
    text = making._text("whitelist")
    checked = "if value is not None and self.fits(key, value):"
    assert checked in text
    found = judged(mutant("whitelist", text=text.replace(checked, "if value is not None:")))
    assert found.verdict == "other"
    assert found.killed
    assert found.by
    assert found.diff == ""


@pytest.mark.parametrize("broken", ["raise RuntimeError('early')\n", "import no_such_module\n"])
def test_one_that_does_not_start_counts_apart(broken):
    # A future import has to stay first.
    found = judged(mutant(text=making._text("rollup") + broken))
    assert (found.verdict, found.diff) == ("stillborn", "-a\n+b")
    assert "early" in found.why or "no_such_module" in found.why


def test_one_that_hangs_counts_apart(monkeypatch):
    monkeypatch.setattr(runner, "LIMIT_S", 3.0)
    found = judged(mutant(text=making._text("rollup") + "while True:\n    pass\n"))
    assert found.verdict == "timed out"


@pytest.fixture
def files(tmp_path, monkeypatch):
    for name in ("EQUIVALENT", "UNSEEN", "SCORES", "DIFFS"):
        monkeypatch.setattr(runner, name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (["other"] * 17 + ["survived"] * 3, 0),
        (["other"] * 16 + ["survived"] * 4, 1),
        (["other"] * 16 + ["timed out"] * 4, 1),
        (["other"] * 17 + ["survived"] * 3 + ["stillborn"] * 20, 0),
    ],
)
def test_a_share_that_is_too_small_is_red(files, verdicts, code):
    scores = [score(f"rollup-{number}", one) for number, one in enumerate(verdicts)]
    assert runner.verdict(scores, Console(quiet=True)) == code


def test_what_is_equivalent_does_not_count_and_may_not_be_found(files):
    runner.EQUIVALENT.write_text('[same]\nrollup-1 = "Nobody can see it."\n')
    quiet = Console(quiet=True)
    assert runner.verdict([score("rollup-1", "survived"), score("rollup-2", "other")], quiet) == 0
    assert runner.verdict([score("rollup-1", "other"), score("rollup-2", "other")], quiet) == 1


def test_survivors_are_kept_with_their_diffs(files):
    runner.survivors([score("rollup-1", "survived", diff="-a\n+b"), score("rollup-2", "other")])
    kept = runner.DIFFS.read_text()
    assert "# rollup-1: survived" in kept
    assert "-a\n+b" in kept
    assert "rollup-2" not in kept


def test_a_name_that_no_mutant_has_is_said():
    assert runner.main(["limiter-none"]) == 2


def test_what_was_judged_of_this_repository_was_made_and_has_its_reason():
    every = {one.name for one in scoring.read(runner.SCORES).scores if not one.killed}
    equivalent = runner.equivalents()
    unseen = runner._toml(runner.UNSEEN)
    listed = [name for kind in unseen.values() for name in kind["mutants"]]
    assert {*equivalent, *listed} <= every, {*equivalent, *listed} - every
    assert len(listed) == len({*listed})
    assert not {*listed} & {*equivalent}
    assert all(reason.endswith(".") for reason in equivalent.values())
    assert all(kind["says"].endswith(".") for kind in unseen.values())


def test_a_run_of_some_keeps_the_others(tmp_path):
    path = tmp_path / "scores.json"
    names = ["rollup-1", "rollup-2", "rollup-3"]
    scoring.kept(path, [score(one, "other") for one in names], seed=1, names=names)
    scoring.kept(path, [score("rollup-2", "survived")], seed=1, names=names[:2])
    assert [(one.name, one.verdict) for one in scoring.read(path).scores] == [
        ("rollup-1", "other"),
        ("rollup-2", "survived"),
    ]


def test_the_files_of_this_repository_can_be_read():
    for path in (runner.EQUIVALENT, runner.UNSEEN):
        assert not path.exists() or tomllib.loads(path.read_text(encoding="utf-8"))


def sampled(*words):
    return runner.sampled(runner._options().parse_args([*words]))


def test_who_was_drawn_stays_when_the_reference_grows_elsewhere(part, files, monkeypatch):
    monkeypatch.setattr(making, "PARTS", ("one",))
    first = making.drawn(4, 1)
    operators = {one.name: one.operator for one in first}
    scores = [
        score(name, "survived", says=f"{operators[name]}, one.py line 1") for name in operators
    ]
    scoring.kept(runner.SCORES, scores, seed=1, names=operators)
    part["one"] = SOURCE.replace("some > 1", "some > 1 + 2 * 3") + "\n\nMORE = 1 + 7 * 8 - 9\n"
    for cached in (making.changes, making._functions):
        cached.cache_clear()
    again = {one.name for one in sampled("--seed", "1", "--sample", "7")}
    able = {one.name for one in making.named(operators)}
    assert able
    assert able <= again
    assert len(again) == 7
    # Whose line is no more is not in it, nor is anybody's sample by another seed.
    assert {*operators} & again == able
    assert {one.name for one in sampled("--seed", "2", "--sample", "7")} == {
        one.name for one in making.drawn(7, 2)
    }


def test_a_mutant_is_made_again_by_its_operator_alone():
    (one, *_) = making.drawn(1, 1, ("limiter",))
    assert making.named((one.name,), {one.name: one.operator}) == [one]
    assert making.named((one.name,), {one.name: "NoSuchOperator"}) == []
