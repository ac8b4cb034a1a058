import ast
import re
import shlex
import shutil
import subprocess
import sys
import tomllib

import click
import msgspec
import pytest

from payloadproof.clauses.clause import clauses, every_clause, named
from payloadproof.clauses.timeline import decide
from payloadproof.cli import main as command_line
from payloadproof.contract import load
from payloadproof.outcome.model import VERDICTS
from payloadproof.protocol.hostile import HOSTILE_MEANING
from payloadproof.protocol.messages import OPS

LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)")
REFERENCE = "docs/reference"
ADAPTERS_OWN = ("adapter-", "protocol-")


def anchors(text):
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def error_codes(root):
    """By a way of its own, so that a code that the generator overlooks is missed here."""
    for path in (root / "invariants").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "code":
                for one in ast.walk(node.value):
                    if isinstance(one, ast.Constant) and isinstance(one.value, str):
                        yield one.value


def generate(folder, env, *arguments):
    command = [sys.executable, "generate.py", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_the_reference_pages_are_what_the_code_says(root, env):
    made = generate(root / "docs", env, "--check")
    assert made.returncode == 0, f"{made.stdout}{made.stderr}"


def test_a_reference_page_that_is_not_what_the_code_says_is_shown_and_mended(root, env, tmp_path):
    copy = tmp_path / "docs"
    shutil.copytree(root / "docs", copy, ignore=shutil.ignore_patterns("examples", "__pycache__"))
    # What the page on wrong programs is made of, and the README that quotes it.
    shutil.copy(root / "README.md", tmp_path)
    kept = shutil.ignore_patterns("*.py", "*.mjs", "wrong", "__pycache__")
    for room in ("mutants", "strangers", "machine"):
        shutil.copytree(root / "tests" / room, tmp_path / "tests" / room, ignore=kept)
    stale = copy / "reference" / "clauses.md"
    stale.write_text(stale.read_text(encoding="utf-8") + "No clause says this.\n")
    shown = generate(copy, env, "--check")
    assert shown.returncode == 1
    assert "-No clause says this." in shown.stdout
    assert generate(copy, env).returncode == 0
    assert stale.read_bytes() == (root / "docs/reference/clauses.md").read_bytes()


def test_a_figure_of_recall_that_is_not_in_its_picture_is_shown(root, env, tmp_path):
    shutil.copytree(root / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("examples"))
    shutil.copy(root / "README.md", tmp_path)
    page = tmp_path / "docs" / "telemetry.md"
    text = page.read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| rows of a database \| [\d.]+ % \| [\d.]+ % \|$", text, re.MULTILINE)
    page.write_text(text.replace(row, "| rows of a database | 12.5 % | 6.25 % |"))
    shown = generate(tmp_path / "docs", env, "--check")
    assert shown.returncode == 1
    assert "+++ from the code" in shown.stdout
    assert ">6.25</text>" in shown.stdout
    page.write_text(text.replace("| | tuned on |", "| | otherwise |"))
    assert "has no table" in generate(tmp_path / "docs", env, "--check").stderr


def test_a_figure_in_the_readme_that_is_not_the_page_s_is_shown_and_mended(root, env, tmp_path):
    shutil.copytree(root / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("examples"))
    lines = (root / "README.md").read_text(encoding="utf-8").splitlines(keepends=True)
    (at,) = (n for n, line in enumerate(lines) if "Made by `python docs/generate.py`" in line)
    (tmp_path / "README.md").write_text(
        "".join([*lines[: at + 1], "- All 999.\n", *lines[at + 1 :]])
    )
    shown = generate(tmp_path / "docs", env, "--check")
    assert shown.returncode == 1
    assert "-- All 999." in shown.stdout
    assert generate(tmp_path / "docs", env).returncode == 0
    assert "999" not in (tmp_path / "README.md").read_text(encoding="utf-8")
    (tmp_path / "README.md").write_text("No figures stand here.")
    shown = generate(tmp_path / "docs", env, "--check")
    assert "README.md lacks the two comments" in shown.stderr


def test_the_generated_pages_say_how_they_are_made(root, page):
    made = [one.relative_to(root) for one in (root / REFERENCE).glob("*.md")]
    assert len(made) > 5
    for name in made:
        assert "python docs/generate.py" in page(name).text.splitlines()[0]


@pytest.mark.parametrize("clause", every_clause())
def test_every_clause_is_in_the_docs(clause, page):
    text = page(f"{REFERENCE}/clauses.md").text
    assert f"\n### {named(clause)}\n\n{every_clause()[clause].text}\n" in text


def test_no_clause_that_does_not_exist_has_a_section(page):
    sections = re.findall(r"^### (\w+) ", page(f"{REFERENCE}/clauses.md").text, re.MULTILINE)
    assert sections == list(every_clause())


@pytest.mark.parametrize("op", OPS)
def test_every_operation_is_in_the_docs(op, page):
    assert f"\n### {op}\n" in page(f"{REFERENCE}/protocol.md").text


@pytest.mark.parametrize("kind", HOSTILE_MEANING)
def test_every_hostile_value_is_in_the_docs(kind, page):
    assert f"\n| `{kind}` | " in page(f"{REFERENCE}/protocol.md").text


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_is_in_the_reference_and_in_the_readme(verdict, page):
    assert f"| `{verdict}` | {VERDICTS[verdict]} |" in page(f"{REFERENCE}/clauses.md").text
    assert f"\n| `{verdict}` | " in page("README.md").text


@pytest.mark.parametrize("command", command_line.commands)
def test_every_command_and_option_is_in_the_docs(command, page):
    text = page(f"{REFERENCE}/cli.md").text
    section = text.partition(f"\n## payloadproof {command}\n")[2].partition("\n## ")[0]
    options = [p for p in command_line.commands[command].params if isinstance(p, click.Option)]
    assert section
    assert [name for one in options for name in one.opts if f"`{name}`" not in section] == []
    assert re.search(rf"^\| `{command}\b", page("README.md").text, re.MULTILINE)


def test_every_error_code_is_in_the_docs(root, page):
    codes = {*error_codes(root)}
    documented = {*re.findall(r"^\| `([\w-]+)` \| .* \|$", errors_of(page), re.MULTILINE)}
    # What an adapter in Python answers to a line that is none; no code of a HarnessError.
    assert codes - documented == {"malformed"}
    assert documented <= codes


def errors_of(page):
    return page(f"{REFERENCE}/cli.md").text.partition("## Errors")[2]


def test_every_error_of_adapters_is_in_the_guide(root, page):
    guide = page("docs/adapter-guide.md").text.partition("## Troubleshooting")[2]
    own = {code for code in error_codes(root) if code.startswith(ADAPTERS_OWN)}
    assert own
    assert {code for code in own if f"\n| `{code}` | " not in guide} == set()


def test_the_inventory_holds_every_event_and_property(page):
    contract = load("claude_mem")
    text = page(f"{REFERENCE}/collected.md").text
    rows = {*re.findall(r"^\| `([^`]+)` \| ", text, re.MULTILINE)}
    assert {*contract.events, *contract.properties} - rows == set()


def test_links_between_pages_resolve(pages):
    broken = []
    for one in pages:
        outside_code = re.sub(r"^```.*?^```$", "", one.text, flags=re.MULTILINE | re.DOTALL)
        for target in LINK.findall(outside_code):
            if "://" in target:
                continue
            name, _, fragment = target.partition("#")
            file = (one.path.parent / name).resolve() if name else one.path
            if not file.exists():
                broken.append(f"{one.path.name}: {target}")
            elif fragment and fragment not in anchors(file.read_text(encoding="utf-8")):
                broken.append(f"{one.path.name}: {target}: no such heading")
    assert broken == []


def test_every_page_can_be_reached_from_the_readme(root, pages):
    texts = {one.path.resolve(): one.text for one in pages}
    reached, waiting = set(), [root / "README.md"]
    while waiting:
        path = waiting.pop().resolve()
        if path in texts and path not in reached:
            reached.add(path)
            targets = (target.partition("#")[0] for target in LINK.findall(texts[path]))
            waiting += [path.parent / target for target in targets if target]
    assert {path.relative_to(root) for path in texts.keys() - reached} == set()


def commands_in(text):
    lines = (line.partition("run: ")[2] or line for line in text.splitlines())
    return [line.strip() for line in lines if line.strip().startswith("payloadproof ")]


def test_every_command_in_the_docs_is_one(pages, root):
    shell = [b.text for one in pages for b in one.blocks if b.language in ("sh", "text")]
    shell.append((root / "docs/examples/github-workflow.yml").read_text(encoding="utf-8"))
    commands = [line for text in shell for line in commands_in(text) if "[OPTIONS]" not in line]
    wrong = []
    for line in commands:
        _, name, *words = shlex.split(line)
        try:
            # Below the group: click keeps the help option that it makes the first time.
            parent = command_line.make_context("payloadproof", [], resilient_parsing=True)
            command_line.commands[name].make_context(name, words, parent=parent)
        except (KeyError, click.UsageError) as error:
            wrong.append(f"{line}: {error}")
    assert len(commands) > 10
    assert wrong == []


def readme_commands(page):
    return [b.text.strip() for b in page("README.md").blocks if "venv" in b.text]


def test_the_readme_installs_in_two_commands_of_one_line_each(page):
    check, tests = readme_commands(page)
    assert "\n" not in check + tests
    assert check.endswith(".venv/bin/payloadproof check")
    assert tests.endswith(".venv/bin/nox")


def test_ci_runs_the_test_command_of_the_readme(root, page):
    command = readme_commands(page)[1]
    lines = (root / ".ci/run").read_text(encoding="utf-8").splitlines()
    # A list that fails does not end a script by itself.
    assert f"{command} || exit 1" in lines
    assert f"run: {command}\n" in (root / ".github/workflows/ci.yml").read_text(encoding="utf-8")


def test_ci_runs_the_black_box_and_the_published_programs(root):
    both = "nox -s blackbox programs\n"
    assert f".venv/bin/{both}" in (root / ".ci/run").read_text(encoding="utf-8")
    assert both in (root / ".github/workflows/ci.yml").read_text(encoding="utf-8")


def test_the_sessions_named_in_the_docs_are_those_of_nox(root, pages, page):
    tree = ast.parse((root / "noxfile.py").read_text(encoding="utf-8"))
    sessions = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any("nox.session" in ast.unparse(one) for one in node.decorator_list)
    }
    named = {name for one in pages for name in re.findall(r"nox -s (\w+)", one.text)}
    assert named <= sessions
    assert {
        *re.findall(r"^\| `nox -s (\w+)`", page("CONTRIBUTING.md").text, re.MULTILINE)
    } == sessions


def test_the_docs_count_what_there_is(page):
    contract = load("claude_mem")
    readme = page("README.md").text
    counted = f"its {len(contract.events)} events and {len(contract.properties)} properties"
    assert counted in " ".join(readme.split())
    assert f"The {len(clauses())} clauses" in readme


def test_the_changelog_is_of_this_version(root, page):
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    heading = re.search(r"^## \[(.+?)\]", page("CHANGELOG.md").text, re.MULTILINE)
    assert heading
    assert heading[1] in ("Unreleased", version)


@pytest.mark.parametrize(
    ("said", "texts", "decision"),
    [
        ("the next layer decides", [None, "{}", '{"enabled": null}'], "on"),
        ("damaged", ["[]", "", "{", '{"enabled": 0}', '{"enabled": "false"}'], None),
    ],
)
def test_the_contract_page_says_what_the_contents_of_a_consent_file_mean(
    page, said, texts, decision
):
    chapter = page(f"{REFERENCE}/contract.md").text.partition("### ConsentFile")[2]
    assert said in chapter.partition("###")[0]
    contract = load("claude_mem")
    layers = tuple(x for x in contract.consent.layers if getattr(x, "key", None))
    consent = msgspec.structs.replace(contract.consent, layers=layers, default="on")
    alone = msgspec.structs.replace(contract, consent=consent)
    (layer,) = layers
    for text in texts:
        held = text and text.replace("enabled", layer.key)
        assert decide(alone, {}, held)[0] == decision
