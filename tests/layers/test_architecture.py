"""The page that shows the rooms, the layers that lint holds, and the folders: one list."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "invariants" / "payloadproof"
PAGE = ROOT / "docs" / "architecture.md"


def layers():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (one,) = (one for one in contracts["contracts"] if one["type"] == "layers")
    assert one["exhaustive"]
    assert not one.get("ignore_imports")
    # The way in of `python -m` is above everything, and no room.
    return [{*floor.split(" | ")} for floor in one["layers"][1:]]


def floors(page):
    found = {}
    for number, rooms in re.findall(r"^\| (\d+) \| (`[^|]+`) \|", page, re.MULTILINE):
        found.setdefault(int(number), set()).update(re.findall(r"`(\w+)`", rooms))
    return [found[number] for number in sorted(found, reverse=True)]


def test_the_page_has_the_floors_that_lint_holds():
    assert floors(PAGE.read_text()) == layers()


@pytest.mark.parametrize("wrong", ["| 8 | `report` |", "| 6 | `drive` |"])
def test_a_page_that_lacks_a_room_or_moves_it_is_found_out(wrong):
    page = PAGE.read_text()
    assert wrong in page
    assert floors(page.replace(wrong, "| 3 | `report` |")) != layers()


def test_every_room_is_a_folder_or_one_of_the_few_files_at_the_root():
    rooms = set().union(*layers())
    folders = {one.name for one in PACKAGE.iterdir() if one.is_dir() and one.name[0] != "_"}
    files = {one.stem for one in PACKAGE.glob("*.py")}
    assert rooms == folders | (files - {"__init__", "__main__"})
    loose = [one for one in PACKAGE.iterdir() if one.is_file()]
    assert len(loose) <= 7, loose


def test_every_rule_of_a_room_is_one_sentence_in_the_table():
    rows = [line for line in PAGE.read_text().splitlines() if re.match(r"\| \d", line)]
    assert all(len(row.strip("|").split("|")) == 4 and row.count(".") == 0 for row in rows)


def long(root):
    """The modules that nobody reads in one go."""
    sizes = {path: len(path.read_text().splitlines()) for path in root.rglob("*.py")}
    return {path.name: size for path, size in sizes.items() if size > 400}


def test_no_module_is_longer_than_four_hundred_lines():
    assert not long(PACKAGE) | long(ROOT / "reference")


def test_one_that_is_longer_is_found_out(tmp_path):
    (tmp_path / "long.py").write_text("pass\n" * 401)
    (tmp_path / "short.py").write_text("pass\n" * 400)
    assert long(tmp_path) == {"long.py": 401}
