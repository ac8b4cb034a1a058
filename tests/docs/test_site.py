"""The pages as a site: it is built, has a search, and no page of it ends in nothing."""

import importlib.util
import json
import os
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

    def built(folder, out, *options):
        command = [sys.executable, str(folder / "docs" / "site.py"), str(out), *map(str, options)]
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


@pytest.fixture
def mermaid(tmp_path):
    """The script that draws; one that does nothing stands in where nobody brought it."""
    if found := os.environ.get("MERMAID"):
        return Path(found)
    script = tmp_path / "mermaid.min.js"
    script.write_text("window.mermaid = {};")
    return script


def test_diagrams_are_drawn_by_a_script_that_lies_beside_the_pages(build, tmp_path, mermaid):
    out = tmp_path / "site"
    done = build(ROOT, out, "--mermaid", mermaid)
    assert done.returncode == 0, done.stderr
    page = (out / "docs" / "architecture" / "index.html").read_text()
    assert '<pre class="mermaid"><code>flowchart TD' in page
    (script,) = re.findall(r'<script src="([^"]*mermaid[^"]*)"', page)
    assert (out / "docs" / "architecture" / script).resolve().is_file()
    assert not re.search(r'(?:src|href)="https?://[^"]*\.(?:js|css)"', page)


def test_without_the_script_nothing_asks_for_one_elsewhere(build, tmp_path):
    assert build(ROOT, tmp_path).returncode == 0
    assert 'class="mermaid"' not in (tmp_path / "docs/architecture/index.html").read_text()


def test_versions_stand_beside_each_other_and_the_newest_is_the_first(build, tmp_path):
    for version in ("0.10.0", "0.9.1"):
        done = build(ROOT, tmp_path, "--version", version)
        assert done.returncode == 0, done.stderr
    menu = json.loads((tmp_path / "versions.json").read_text())
    assert [one["version"] for one in menu] == ["0.10.0", "0.9.1"]
    assert [one["aliases"] for one in menu] == [["latest"], []]
    assert "url=0.10.0/" in (tmp_path / "index.html").read_text()
    page = (tmp_path / "0.9.1" / "docs" / "ci" / "index.html").read_text()
    assert '"version": {"provider": "mike"}' in page
    assert build(ROOT, tmp_path, "--version", "../x").returncode == 2
