"""The README as an index shows it: no link of it is broken there."""

import importlib.util
import re
import tomllib

import pytest

LINK = re.compile(r"\]\(([^)]*)\)")
ADDRESS = "https://example.org/payloadproof"


@pytest.fixture(scope="module")
def long_description(root):
    spec = importlib.util.spec_from_file_location("hatch_build", root / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.long_description


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


def test_without_an_address_no_link_is_relative_and_no_word_is_lost(long_description, readme):
    page = long_description(readme, None)
    assert LINK.findall(page)
    assert [one for one in LINK.findall(page) if not one.startswith("https://")] == []
    assert "```mermaid" not in page
    assert page.count("```sh") == readme.count("```sh")
    for file in re.findall(r"\]\((docs/[^)#]+)", readme):
        assert file in page
    plain = re.sub(r"\[([^\[\]]+)\]\([^)]*\)", r"\1", readme)
    words = re.sub(r"```mermaid.*?```", "", plain, flags=re.DOTALL).split()
    assert [word for word in words if word.strip(".,;:()") not in page] == []


def test_with_an_address_every_link_leads_there(long_description, readme, root):
    page = long_description(readme, ADDRESS + "/")
    ours = [one for one in LINK.findall(page) if one.startswith(ADDRESS)]
    assert len(ours) == len([one for one in LINK.findall(readme) if "://" not in one])
    for one in ours:
        file = one.removeprefix(f"{ADDRESS}/blob/main/").partition("#")[0]
        assert (root / file).exists()


@pytest.mark.parametrize(
    ("line", "alone", "linked"),
    [
        ("[a](b.md)", "a (`b.md`)", f"[a]({ADDRESS}/blob/main/b.md)"),
        ("[a](#b)", "a", f"[a]({ADDRESS}/blob/main/README.md#b)"),
        ("[a\n b](c.md#d)", "a\n b (`c.md`)", f"[a\n b]({ADDRESS}/blob/main/c.md#d)"),
        ("[a](https://b.example)", "[a](https://b.example)", "[a](https://b.example)"),
        ("[`x.py`](x.py)", "`x.py`", f"[`x.py`]({ADDRESS}/blob/main/x.py)"),
        ("```sh\n[a](b)\n```\n", "```sh\n[a](b)\n```\n", "```sh\n[a](b)\n```\n"),
        ("x\n```mermaid\n[a](b)\n```\ny", "x\ny", "x\ny"),
    ],
)
def test_a_link_that_an_index_cannot_follow(long_description, line, alone, linked):
    assert long_description(line, None) == alone
    assert long_description(line, ADDRESS) == linked


def test_the_package_says_which_pythons_it_is_tested_on(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    declared = re.findall(r"Python :: (3\.\d+)", " ".join(project["classifiers"]))
    workflow = (root / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    (matrix,) = re.findall(r"python: \[(.*)\]", workflow)
    assert re.findall(r'"(.*?)"', matrix) == declared
    assert declared[-1] == "3.14"
