"""The page on wrong programs counts what the runs left, and says what was not measured."""

import importlib
import json
import sys
import xml.etree.ElementTree as ET

import pytest


@pytest.fixture
def made(root, tmp_path, monkeypatch):
    """The module of the page, over files of this test."""
    monkeypatch.syspath_prepend(root / "docs")
    module = importlib.import_module("pages.wrong_programs")
    places = {
        "OURS": tmp_path / "mutants" / "scores.json",
        "STRANGERS": tmp_path / "strangers",
        "MACHINE": tmp_path / "machine",
    }
    for name, place in places.items():
        monkeypatch.setattr(module, name, place)
    yield module
    for name in [name for name in sys.modules if name.partition(".")[0] == "pages"]:
        del sys.modules[name]


def score(name, family, verdict="own", cost=1.0, **also):
    by = ["A2"] if verdict in ("own", "other") else []
    return dict(name=name, family=family, clause="A2", verdict=verdict, by=by, cost=cost, **also)


def keep(path, *scores):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"seed": 1, "scores": scores}), encoding="utf-8")


@pytest.fixture
def measured(made, tmp_path):
    keep(made.OURS, score("A", "allow"), score("B", "wire", cost=3.0))
    base = made.STRANGERS / "kite"
    base.mkdir(parents=True)
    (base / "base.toml").write_text('language = "Python"\n')
    (base / "survivors.toml").write_text('"wire/z" = "It is seen by nobody."\n')
    first = (
        '[kite.allow]\nwritten = 2\njudged = 2\nown = 1\nother = 0\nsurvived = 1\nmissed = ["y"]\n'
    )
    (made.STRANGERS / "first.toml").write_text(first)
    keep(
        made.STRANGERS / "scores" / "kite.json",
        score("allow/x", "allow"),
        score("allow/y", "allow", "other"),
        score("wire/z", "wire", "survived", says="It sends twice."),
    )
    machine = made.MACHINE
    keep(
        machine / "scores.json",
        score("rollup-1", "rollup", "other"),
        score("rollup-2", "rollup", "survived", diff="-a < b\n+a <= b"),
        score("rollup-3", "rollup", "survived", diff="-x = 1\n+x = 2"),
        score("rollup-4", "rollup", "stillborn"),
        score("limiter-5", "limiter", "timed out", diff="-go\n+stay"),
    )
    (machine / "equivalent.toml").write_text('[same]\nrollup-3 = "x is set again."\n')
    unseen = '["the limit"]\nsays = "No scenario meets the limit."\nmutants = ["rollup-2"]\n'
    (machine / "unseen.toml").write_text(unseen)
    return made


def page(module):
    return "\n".join(module.page())


def test_nothing_measured_is_no_zero(made):
    assert "Nothing was measured yet." in page(made)
    assert "%" not in page(made)
    (link,) = made.summary()
    assert "wrong-programs.md" in link


def test_each_set_stands_in_a_line_with_its_time(measured):
    lines = page(measured).splitlines()
    ours = "| ours | by whoever wrote the checks | 2 | 100 % (2 of 2) | 0 | 0 | 2.0 s | 3.0 s |"
    assert ours in lines
    kite = "| kite | by a stranger, in Python | 3 | 33 % (1 of 3) | 1 | 1 | 1.0 s | 1.0 s |"
    assert kite in lines
    assert any(line.startswith("| machine-made |") and "33 % (1 of 3)" in line for line in lines)


def test_a_family_stands_with_each_set_that_has_it(measured):
    lines = page(measured).splitlines()
    assert "| family | ours | kite |" in lines
    assert "| allow | 1 of 1 | 1 of 2 |" in lines
    assert "| wire | 1 of 1 | 0 of 1 |" in lines


def test_the_first_score_stands_beside_who_was_missed(measured):
    assert "| kite | allow | 2 | 2 | 1 | 0 | 1 | y |  |" in page(measured).splitlines()


def test_what_was_given_up_stands_beside_the_first_scores(measured):
    first = measured.STRANGERS / "first.toml"
    first.write_text(first.read_text() + 'given_up = ["v", "w"]\n')
    assert "| kite | allow | 2 | 2 | 1 | 0 | 1 | y | v, w |" in page(measured).splitlines()
    said = " ".join(measured.summary())
    # They count: a share without what is hard to find would be a better one.
    assert "caught at least 25 % (1 of 4); 2 were given up after less than a minute." in said
    assert "2 of those that were given up are not judged yet" in said
    first.write_text(first.read_text().replace('"v"', '"x"'))
    assert "1 of those that were given up are not judged yet" in " ".join(measured.summary())


def test_what_is_equivalent_or_does_not_start_is_left_out_and_told(measured):
    lines = page(measured).splitlines()
    assert "| rollup | 4 | 1 | 1 | 0 | 1 | 50 % (1 of 2) |" in lines
    assert "| limiter | 1 | 0 | 0 | 1 | 0 | 0 % (0 of 1) |" in lines
    assert "| all | 5 | 1 | 1 | 1 | 1 | 33 % (1 of 3) |" in lines
    assert "| rollup | `x = 1` becomes `x = 2` | nothing that is seen | x is set again. |" in lines


def test_each_survivor_stands_with_why(measured):
    text = page(measured).partition("## What no clause finds")[2]
    assert "| kite | It sends twice. | A2 plain short values | It is seen by nobody. |" in text
    assert "`a < b` becomes `a <= b`" in text
    assert "No scenario meets the limit." in text
    assert "nobody has judged it yet" in text


def test_what_was_given_up_is_told_beside_the_share(measured):
    given_up = score("rollup-2", "rollup", "survived", why="given up after 4 s", diff="-a\n+b")
    keep(measured.MACHINE / "scores.json", score("rollup-1", "rollup", "other"), given_up)
    assert "50 % (1 of 2) are caught. Of the others 1 were given up" in " ".join(measured.summary())


def test_the_readme_is_told_the_same_figures(measured):
    said = " ".join(measured.summary())
    assert "All 2 are caught" in said
    assert "wrote 3 wrong versions of kite" in said
    assert "caught 50 % (1 of 2). Today it catches 33 % (1 of 3)" in said
    assert "A program made 3 changes" in said
    assert "33 % (1 of 3) are caught" in said


def test_the_picture_has_a_bar_for_each_set_that_has_such_programs(measured, root):
    kills = importlib.import_module("pages.kills")
    picture = ET.fromstring(kills.picture("<!-- made -->"))
    space = {"svg": "http://www.w3.org/2000/svg"}
    words = [one.text for one in picture.iterfind("svg:text", space)]
    assert words[:2] == ["ours", "kite"]
    at = words.index("allow")
    assert words[at : at + 3] == ["allow", "1 of 1", "1 of 2"]
    at = words.index("wire")
    assert words[at : at + 3] == ["wire", "1 of 1", "0 of 1"]
    drawn = picture.iterfind("svg:rect[@height='12']", space)
    bars = [float(one.get("width")) for one in drawn if one.get("class") != "track"]
    whole = max(bars)
    assert sorted(bars) == [0.0, whole / 2, whole, whole]


def test_there_are_colours_for_so_many_sets_only(made):
    bars = importlib.import_module("pages.bars")
    with pytest.raises(ValueError, match="5 series"):
        bars.picture("x", "abcde", [], bars.Room(1, 1), "")
