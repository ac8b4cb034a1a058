import hashlib
import tomllib

import pytest
from mutants import scoring
from mutants.apart import Ended
from mutants.scoring import Score
from rich.console import Console
from strangers import base as basing
from strangers import firsts, runner
from strangers.base import Base, BaseError, Edit, Wrong, bases, wrongs

from payloadproof.clauses.clause import every_clause

CHECKED = "if value is not None and self.fits(key, value):"
WHITELIST = "payloadproof_reference/whitelist.py"
#: The reference as a base: it is right, and at hand.
REFERENCE = Base(
    name="reference",
    says="The reference.",
    language="Python",
    root="reference",
    direct="payloadproof_reference.adapter:ReferenceAdapter",
)


def edited(file, old, new, *, clause="A6", name="allow/one"):
    return Wrong(clause, "It is wrong.", (Edit(file, old, new),), name)


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A folder of bases of its own, with one in it that holds a program of one file."""
    monkeypatch.setattr(basing, "HERE", tmp_path)
    monkeypatch.setattr(runner, "HERE", tmp_path)
    monkeypatch.setattr(runner, "SCORES", tmp_path / "scores")
    monkeypatch.setattr(runner, "FIRST", tmp_path / "first.toml")
    (tmp_path / "one" / "wrong" / "allow").mkdir(parents=True)
    (tmp_path / "one" / "base.toml").write_text(
        'says = "One."\nlanguage = "Python"\nchild = "{python} program.py"\n'
    )
    (tmp_path / "one" / "program.py").write_text("limit = 200\nagain = 1\nother = 1\n")
    return tmp_path


def put(room, text, name="allow/long"):
    path = room / "one" / "wrong" / f"{name}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def score(name, verdict="own", *, cost=1.0):
    clause = "A2"
    by = {"own": (clause,), "other": ("W1",)}.get(verdict, ())
    return Score(name, name.partition("/")[0], clause, verdict, by=by, cost=cost)


SOUND = """clause = "A2"
says = "Text is cut late."
[[edit]]
file = "program.py"
old = '''limit = 200'''
new = '''limit = 201'''
"""


def test_every_base_and_every_wrong_program_of_this_repository_can_be_read():
    assert {"node", "claude_mem"} <= bases().keys()
    for name, base in bases().items():
        assert base.says.endswith(".")
        for one in wrongs(name).values():
            assert every_clause()[one.clause].level != "INFO", one.name


def test_every_edit_of_this_repository_can_be_made(tmp_path):
    for name, base in bases().items():
        if not base.given:
            right = {
                path: path.read_text(encoding="utf-8")
                for path in base.lies().rglob("*")
                if path.suffix in (".py", ".mjs") and "node_modules" not in path.parts
            }
            for one in wrongs(name).values():
                root = tmp_path / name / one.name
                for edit in one.edit:
                    place = root / edit.file
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_text(right[base.lies() / edit.file], encoding="utf-8")
                one.apply(root)


def test_an_edit_is_made_in_a_copy(room, tmp_path):
    put(room, SOUND)
    (wrong,) = wrongs("one").values()
    root = bases()["one"].copied(None, tmp_path / "scratch")
    wrong.apply(root)
    assert (root / "program.py").read_text().startswith("limit = 201\n")
    assert (room / "one" / "program.py").read_text().startswith("limit = 200\n")
    assert [path.name for path in root.iterdir()] == ["program.py"]


@pytest.mark.parametrize(
    ("file", "old", "said"),
    [
        ("program.py", "limit = 199", "edit 1 of program.py: what it replaces occurs 0 times"),
        ("program.py", " = 1\n", "edit 1 of program.py: what it replaces occurs 2 times"),
        ("elsewhere.py", "limit", "edit 1 of elsewhere.py: there is no such file"),
        ("../base.toml", "says", "edit 1 of ../base.toml: there is no such file"),
    ],
)
def test_an_edit_that_cannot_be_made_is_named(room, tmp_path, file, old, said):
    root = bases()["one"].copied(None, tmp_path / "scratch")
    (root.parent / "base.toml").write_text("says")
    with pytest.raises(BaseError, match=said):
        edited(file, old, "new").apply(root)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SOUND.replace("A2", "C4"), "C4 is of the family consent, not of allow"),
        (SOUND.replace("A2", "Z9"), "Z9 is no clause"),
        (SOUND.partition("[[")[0] + "edit = []\n", "it has no edit"),
        (SOUND.replace("says", "tells"), "tells"),
        ("clause = ", "long.toml"),
    ],
)
def test_a_wrong_program_that_cannot_be_read_is_named(room, text, said):
    put(room, text)
    with pytest.raises(BaseError, match=said) as caught:
        wrongs("one")
    assert "long.toml" in str(caught.value)


CUT = """clause = "A2"
says = "Text is cut late, and nothing is tried again."
[[cut]]
file = "program.py"
sha256 = "{sha256}"
parts = [[8, 1, "5"], {second}]
"""


@pytest.fixture
def cut(room, tmp_path):
    def make(second="[17, 4, '']", sha256=None):
        sha256 = sha256 or hashlib.sha256((room / "one" / "program.py").read_bytes()).hexdigest()
        put(room, CUT.format(sha256=sha256, second=second))
        root = bases()["one"].copied(None, tmp_path / "to")
        wrongs("one")["allow/long"].apply(root)
        return (root / "program.py").read_text()

    return make


def test_a_cut_is_counted_in_the_file_as_it_was(cut):
    assert cut() == "limit = 500\nagain\nother = 1\n"


@pytest.mark.parametrize("second", ["[4, 1, '']", "[18, 900, '']", "[18, -2, '']", "[900, 0, 'x']"])
def test_a_cut_that_is_no_part_of_the_file_is_named(cut, second):
    with pytest.raises(BaseError, match=r"allow/long, cut of program\.py: character"):
        cut(second)


def test_a_cut_of_another_version_is_named(cut):
    with pytest.raises(BaseError, match="another than it was cut from"):
        cut(sha256="0" * 64)


def test_a_folder_may_be_named_for_the_letter_of_its_clauses(room):
    put(room, SOUND, "A/long")
    assert list(wrongs("one")) == ["allow/long"]
    put(room, SOUND)
    with pytest.raises(BaseError, match="there is a allow/long in another folder"):
        wrongs("one")


def test_a_base_without_an_adapter_is_named(room):
    (room / "one" / "base.toml").write_text('says = "One."\nlanguage = "Python"\n')
    with pytest.raises(BaseError, match="it needs direct or child"):
        bases()


def test_a_base_that_lies_elsewhere_says_so(room, tmp_path):
    given = Base(name="far", says="Far.", language="Ruby", child="ruby a.rb", given="a checkout")
    assert "--checkout has to name a checkout" in given.absent()
    assert given.absent(tmp_path) == ""
    assert REFERENCE.absent() == ""
    needy = Base(name="node", says="N.", language="Ruby", child="r", needs=("no-such-command",))
    assert needy.absent() == "node: there is no no-such-command"


def test_a_wrong_program_is_found_by_its_own_clause():
    wrong = edited(WHITELIST, CHECKED, "if value is not None:")
    asked = runner.Asked(REFERENCE, (wrong,), (), None, 20_260)
    (found,), _ = runner.judged(asked, Console(quiet=True), 1)
    assert (found.verdict, found.by, found.clause) == ("own", ("A6",), "A6")
    assert found.scenarios
    assert found.cost


def test_a_patience_that_has_ended_is_no_verdict():
    right = edited(WHITELIST, CHECKED, CHECKED + "  # as it was")
    asked = runner.Asked(REFERENCE, (right,), (), None, 20_260, limit_s=2.0)
    left = []
    found, _ = runner.judged(asked, Console(quiet=True), 1, leave=left.append)
    assert (found, left) == ([], [right])


def test_an_edit_that_cannot_be_made_ends_the_run():
    asked = runner.Asked(REFERENCE, (edited("nowhere.py", "a", "b"),), (), None, 20_260)
    with pytest.raises(BaseError, match=r"allow/one, edit 1 of nowhere\.py"):
        runner.judged(asked, Console(quiet=True), 1)


def test_what_does_not_start_counts_apart():
    broken = edited(WHITELIST, "WHITELIST = Whitelist()", "WHITELIST = nobody()")
    asked = runner.Asked(REFERENCE, (broken,), (), None, 20_260)
    (found,), _ = runner.judged(asked, Console(quiet=True), 1)
    assert found.verdict == "stillborn"
    assert "nobody" in found.why


def test_a_sample_is_drawn_by_its_seed():
    names = [f"allow/{number}" for number in range(40)]
    drawn = runner.sampled(names, 0.1, 1)
    assert len(drawn) == 4
    assert drawn == runner.sampled(names[::-1], 0.1, 1)
    assert drawn != runner.sampled(names, 0.1, 2)
    assert len(runner.sampled(names[:3], 0.1, 1)) == 1


def count(scores, names, given_up=()):
    firsts.count(runner.FIRST, "one", scores, given_up, names)
    return tomllib.loads(runner.FIRST.read_text())["one"]


def figures(judged, own, other, survived, *missed, written, **also):
    kept = {"written": written, "judged": judged, "own": own, "other": other}
    return kept | {"survived": survived, "missed": [*missed]} | also


def test_first_scores_are_counted_one_by_one(room):
    names = ["allow/a", "allow/b", "wire/c"]
    kept = count([score("allow/a"), score("allow/b", "other")], names)
    assert kept == {"allow": figures(2, 1, 1, 0, "b", written=2)}
    kept = count([score("wire/c", "survived")], names)
    assert kept["allow"] == figures(2, 1, 1, 0, "b", written=2)
    assert kept["wire"] == figures(1, 0, 0, 1, "c", written=1)


def test_what_was_given_up_is_named_until_it_is_judged(room):
    names = ["allow/a", "allow/b"]
    kept = count([score("allow/a")], names, ["allow/b"])
    assert kept["allow"] == figures(1, 1, 0, 0, written=2, given_up=["b"])
    kept = count([score("allow/b", "survived")], names)
    assert kept["allow"] == figures(2, 1, 0, 1, "b", written=2)


def test_what_was_given_up_comes_after_what_nobody_tried(room):
    names = [f"allow/{letter}" for letter in "abcdefgh"]
    for name in names:
        put(room, SOUND, name)
    count([], names, names[:4])
    given = runner._options().parse_args(["--no-right", "--unjudged"])
    ((asked, _),) = runner._asked(given, Console())
    chosen = [one.name for one in asked.chosen]
    assert sorted(chosen[:4]) == names[4:]
    assert sorted(chosen[4:]) == names[:4]


@pytest.fixture
def run(room, monkeypatch):
    """A run of the program, with what comes of each job instead of a hunt."""

    def make(came, *words):
        def each(jobs, *, processes, limit_s):
            for number, job in enumerate(jobs):
                yield number, came[job.wrong.name]

        monkeypatch.setattr(runner, "each", each)
        return runner.main(["--base", "one", "--seed", "1", "--no-right", *words])

    for name in ("allow/a", "allow/b"):
        put(room, SOUND, name)
    return make


HUNG = Ended(hung=True)
FIRST_PASS = ("--unjudged", "--write", "--first", "--limit", "5")


def test_what_is_given_up_by_a_short_patience_is_no_survivor(run, room, capsys):
    assert run({"allow/a": score("allow/a"), "allow/b": HUNG}, *FIRST_PASS) == 0
    said = capsys.readouterr().out
    assert "allow/b left unjudged: given up after 5 s" in said
    assert "one: 1 were given up and stay unjudged" in said
    scores = scoring.read(runner.SCORES / "one.json").scores
    assert [one.name for one in scores] == ["allow/a"]
    assert count([], ["allow/a", "allow/b"])["allow"]["given_up"] == ["b"]


def test_what_is_given_up_at_the_end_has_a_score(run, room, capsys):
    assert run({"allow/a": score("allow/a"), "allow/b": HUNG}, "--whole", "--write") == 1
    scores = scoring.read(runner.SCORES / "one.json").scores
    assert [one.verdict for one in scores] == ["own", "timed out"]


def test_what_has_a_score_is_never_counted_as_a_first_one(run, room):
    run({name: score(name) for name in ("allow/a", "allow/b")}, "allow/a", "--write")
    assert run({"allow/b": score("allow/b")}, *FIRST_PASS) == 0
    again = {name: score(name, "survived") for name in ("allow/a", "allow/b")}
    run(again, "--whole", "--write", "--first")
    kept = tomllib.loads(runner.FIRST.read_text())["one"]
    assert kept["allow"] == figures(1, 1, 0, 0, written=2)


def test_first_scores_are_not_counted_without_being_kept(run):
    with pytest.raises(SystemExit, match="2"):
        run({}, "--first")


def test_one_of_each_family_comes_before_another_of_any():
    names = ["allow/a", "allow/b", "allow/c", "bound/d", "wire/e", "wire/f"]
    turn = runner.in_turn(names, 1)
    assert sorted(turn) == names
    families = [name.partition("/")[0] for name in turn]
    assert families == ["allow", "bound", "wire", "allow", "wire", "allow"]
    assert turn == runner.in_turn(names[::-1], 1)
    assert any(turn != runner.in_turn(names, seed) for seed in range(2, 6))


def test_a_tenth_is_drawn_of_those_that_were_found(room):
    for name in ("allow/a", "allow/b", "wire/c"):
        put(room, SOUND.replace("A2", "W1") if name[0] == "w" else SOUND, name)
    scores = [score("allow/a"), score("allow/b", "survived"), score("wire/c", "other")]
    scoring.kept(room / "scores" / "one.json", scores, seed=1, names=[one.name for one in scores])
    given = runner._options().parse_args(["--no-right"])
    ((asked, names),) = runner._asked(given, Console())
    assert [one.name for one in asked.chosen] == ["allow/a"]
    assert len(names) == 3
    given = runner._options().parse_args(["--no-right", "--sample", "1"])
    ((asked, _),) = runner._asked(given, Console())
    assert len(asked.chosen) == 3


def test_what_takes_long_is_not_drawn(room):
    for name in ("allow/a", "allow/b"):
        put(room, SOUND, name)
    slow = score("allow/b", cost=runner.SOON_S + 0.1)
    scores = [score("allow/a"), slow]
    scoring.kept(room / "scores" / "one.json", scores, seed=1, names=["allow/a", "allow/b"])
    for seed in range(8):
        given = runner._options().parse_args(["--no-right", "--seed", str(seed)])
        ((asked, _),) = runner._asked(given, Console())
        assert [one.name for one in asked.chosen] == ["allow/a"]


def test_what_was_found_and_is_not_any_more_is_told(room):
    scoring.kept(
        runner.SCORES / "one.json",
        [score("allow/a"), score("allow/b", "other")],
        seed=1,
        names=["allow/a", "allow/b"],
    )
    told = list(runner.lost("one", [score("allow/a", "other"), score("allow/b", "other")]))
    assert told == ["one, allow/a: A2 found it, and does not any more"]


@pytest.mark.parametrize("verdict", ["survived", "timed out", "stillborn"])
def test_what_no_clause_finds_needs_a_reason(room, verdict):
    (told,) = runner.lost("one", [score("allow/a", verdict)])
    assert "survivors.toml does not say why" in told
    (room / "one" / "survivors.toml").write_text('"allow/a" = "It cannot be seen."\n')
    assert list(runner.lost("one", [score("allow/a", verdict)])) == []


@pytest.mark.parametrize(("verdict", "kept"), [("stillborn", 0), ("survived", 1)])
def test_what_does_not_start_stays_without_a_score(room, verdict, kept):
    given = runner._options().parse_args(["--write", "--first"])
    runner._Book("one", given, ["allow/a"]).keep(score("allow/a", verdict))
    assert len(scoring.read(runner.SCORES / "one.json").scores) == kept
    counted = tomllib.loads(runner.FIRST.read_text()) if runner.FIRST.exists() else {}
    assert len(counted) == kept


def test_every_survivor_of_this_repository_has_its_reason():
    for name in bases():
        scores = scoring.read(runner.SCORES / f"{name}.json").scores
        unfound = {one.name for one in scores if not one.killed}
        reasons = runner.survivors(name)
        assert unfound <= reasons.keys()
        assert reasons.keys() <= wrongs(name).keys()
        assert all(reason.endswith(".") for reason in reasons.values())


def test_the_first_scores_of_this_repository_are_of_families_that_there_are():
    kept = tomllib.loads(runner.FIRST.read_text()) if runner.FIRST.exists() else {}
    for name, families in kept.items():
        for family, one in families.items():
            assert one["judged"] == one["own"] + one["other"] + one["survived"]
            assert one["judged"] + len(one.get("given_up", ())) <= one["written"]
            assert any(wrong.startswith(f"{family}/") for wrong in wrongs(name))
