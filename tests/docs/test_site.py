"""The pages as a site: it is built, has a search, and no page of it ends in nothing."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = sorted(
    str(one.relative_to(ROOT))
    for one in (ROOT / "docs").rglob("*.md")
    if "node_modules" not in one.parts
)
NEXT = re.compile(r"Next: \[[^\]]+\]\(([^)\s]+)\)(?:, or \[[^\]]+\]\([^)\s]+\))?\.")


@pytest.mark.parametrize("name", DOCS)
def test_every_page_ends_with_a_next_step(name):
    path = ROOT / name
    last = path.read_text(encoding="utf-8").rstrip().rpartition("\n\n")[2]
    step = NEXT.fullmatch(" ".join(last.split()))
    assert step, f"{name} ends with {last!r}"
    target = (path.parent / step[1].partition("#")[0]).resolve()
    assert target.is_file()
    assert target != path


@pytest.fixture
def build():
    """Builds the site of some pages into a directory."""
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("the site is built by nox -s docs, whose environment has mkdocs-material")

    def built(folder, out):
        command = [sys.executable, str(folder / "docs" / "site.py"), str(out)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    return built


@pytest.fixture
def copy(tmp_path):
    """Pages that a test may spoil."""
    folder = tmp_path / "copy"
    for name in ("docs", "invariants/payloadproof/clauses", "tests", ".github"):
        ignored = shutil.ignore_patterns("node_modules", "__pycache__", "*.pyc")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for one in (*ROOT.glob("*.md"), ROOT / "LICENSE", ROOT / "noxfile.py"):
        shutil.copyfile(one, folder / one.name)
    return folder


def test_the_site_is_built_and_its_search_knows_every_page(build, tmp_path):
    done = build(ROOT, tmp_path)
    assert done.returncode == 0, done.stderr
    index = json.loads((tmp_path / "search" / "search_index.json").read_text())
    known = {one["location"].partition("#")[0] for one in index["docs"]}
    for name in DOCS:
        assert name.removesuffix("README.md").removesuffix(".md").rstrip("/") + "/" in known
    assert any("A7 planted secrets" in one["title"] for one in index["docs"])


@pytest.mark.parametrize(
    ("page", "spoilt", "said"),
    [
        ("docs/bill.md", "[x](no-such-page.md)", "no-such-page.md"),
        ("docs/bill.md", "[x](ci.md#no-such-heading)", "no-such-heading"),
        ("docs/left-out.md", "# In no menu\n", "left-out.md"),
    ],
)
def test_a_warning_is_an_error(build, copy, page, spoilt, said):
    with (copy / page).open("a", encoding="utf-8") as file:
        file.write(f"\n{spoilt}\n")
    done = build(copy, copy.with_name("site"))
    assert done.returncode == 1
    assert said in done.stderr
