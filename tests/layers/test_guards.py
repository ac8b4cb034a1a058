"""What no module of the reference may do, read from its syntax trees (plan, P5).

Each guard finds the places where a tree does it, and is shown a planted one that it has to find.
"""

import ast
import io
import re
import sys
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "reference" / "payloadproof_reference").rglob("*.py"))
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]

OCCURRENCES = {"session_compressed", "context_injected"}
ROLLUPS = {"observer_turn_rollup", "context_injected_rollup"}
SENDERS = {"capture", "_emit", "_emit_rollup", "send", "_send"}
FOLDED = {"session", "window"}
STALE = re.compile(r"\b(?:session_compressed_rollup|test_event(?:_2)?)\b")

#: Where something is printed on purpose: a command's answer, and debug mode.
PRINTS = {("cli.py", None), ("pipeline.py", "_print"), ("backfill.py", "_print")}
#: Where a rollup is made, and so may be sent by its name.
EMITS = {"pipeline.py"}
#: They list what is never sent, or quote the plan, which says that it has to go.
LISTS = {"collected.md", "plan.md", "clauses.md"}
CONSOLE = {"stdout", "stderr", "__stdout__", "__stderr__"}
TRACEBACK = {"print_exc", "print_exception", "print_last", "print_stack", "print_tb"}


def name_of(called):
    return getattr(called, "attr", getattr(called, "id", None))


def texts(node):
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)}


def unfolded(tree, emits=False):
    """Calls that hand on a folded name where it would be sent as it is."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        keywords = {one.arg: one.value for one in call.keywords}
        direct = name_of(call.func) in SENDERS
        said = set().union(*map(texts, call.args), texts(keywords.get("event", ast.Pass())))
        folds = "rollup" in keywords and texts(keywords["rollup"]) <= FOLDED
        names_it = direct or "event" in keywords
        if names_it and said & OCCURRENCES and (direct or not folds):
            yield call.lineno
        if names_it and said & ROLLUPS and not emits:
            yield call.lineno


def printing(tree):
    """Lines that write on the console, with the function that they are in."""
    within = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            within.update(dict.fromkeys(map(id, ast.walk(function)), function.name))
    for node in ast.walk(tree):
        match node:
            case (
                ast.Call(func=ast.Name(id="print"))
                | ast.Attribute(value=ast.Name(id="sys"), attr=("stdout" | "stderr"))
                | ast.Attribute(value=ast.Name(id="sys"), attr=("__stdout__" | "__stderr__"))
            ):
                found = True
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="write"), args=[to, *_]):
                found = isinstance(to, ast.Constant)
            case ast.Call(func=called):
                found = name_of(called) in {*TRACEBACK, "basicConfig", "StreamHandler"}
            case ast.ImportFrom(module="sys", names=names):
                found = any(one.name in CONSOLE for one in names)
            case _:
                found = False
        if found:
            yield node.lineno, within.get(id(node))


def stale(source):
    """Lines of Python that hold a name that is none any more: in text, identifier or comment."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if STALE.search(token.string):
            yield token.start[0]


def imported(tree):
    """The modules that a tree imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def telemetry_of_a_log(tree):
    """What a log may not import: anything but the standard library and the clock."""
    for module in imported(tree):
        if module.split(".")[0] not in sys.stdlib_module_names and (
            module != "payloadproof_reference.clock"
        ):
            yield module


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def test_there_is_something_to_guard():
    names = {path.name for path in SOURCES}
    assert names >= {"log.py", "worker.py", *(name for name, _ in PRINTS), *EMITS}
    assert {page.name for page in PAGES} >= LISTS


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_folded_name_is_not_sent_as_it_is(path):
    assert list(unfolded(tree_of(path), emits=path.name in EMITS)) == []


@pytest.mark.parametrize(
    "planted",
    [
        'pipeline.capture("session_compressed", {})',
        'self._pipeline.capture(event="context_injected")',
        'client.capture("x" if y else "session_compressed")',
        'instrument("A", "info", "b", event="session_compressed")',
        'instrument("A", "info", "b", event="context_injected", rollup="none")',
        'Outcome({}, event="context_injected", rollup=chosen or "none")',
        'pipeline.capture("observer_turn_rollup", {})',
        'transport.send({"event": "context_injected_rollup"}, "cli")',
    ],
)
def test_a_folded_name_that_is_sent_is_found(planted):
    assert list(unfolded(ast.parse(planted)))


def test_the_pipeline_emits_rollups_and_no_occurrences():
    emitted = 'self._emit_rollup("observer_turn_rollup", rollup)'
    assert list(unfolded(ast.parse(emitted), emits=True)) == []
    assert list(unfolded(ast.parse('self._emit("session_compressed", {})'), emits=True)) == [1]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_nothing_is_printed_from_the_background(path):
    if (path.name, None) not in PRINTS:
        found = [(path.name, function) for _, function in printing(tree_of(path))]
        assert set(found) <= PRINTS


@pytest.mark.parametrize(
    "planted",
    [
        "print(1)",
        "import sys\nsys.stdout.write('x')",
        "import sys\nsys.stderr.buffer.write(b'x')",
        "import sys\nout = sys.__stdout__",
        "from sys import stderr",
        "import os\nos.write(2, b'x')",
        "import traceback\ntraceback.print_exc()",
        "import logging\nlogging.basicConfig()",
        "import logging\nlogging.StreamHandler()",
    ],
)
def test_a_print_is_found_with_its_function(planted):
    body = "\n".join(f"    {line}" for line in planted.splitlines())
    assert [where for _, where in printing(ast.parse(f"def work():\n{body}\n"))] == ["work"]


def test_writing_to_a_file_is_no_print():
    assert list(printing(ast.parse("os.write(descriptor, line)\nout.write('x')"))) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_name_of_the_past_is_in_the_code(path):
    assert list(stale(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_name_of_the_past_is_in_the_docs(path):
    if path.name not in LISTS:
        assert STALE.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "planted",
    ['send("test_event")', "test_event_2 = 1", "x = 1  # as session_compressed_rollup"],
)
def test_a_name_of_the_past_is_found(planted):
    assert list(stale(planted)) == [1]


def test_the_names_of_today_are_none_of_the_past():
    assert list(stale('record("session_compressed"); observer_turn_rollup = test_events')) == []


def test_the_log_imports_nothing_of_telemetry():
    (log,) = (path for path in SOURCES if path.name == "log.py")
    (clock,) = (path for path in SOURCES if path.name == "clock.py")
    assert list(telemetry_of_a_log(tree_of(log))) == []
    assert list(telemetry_of_a_log(tree_of(clock))) == []


@pytest.mark.parametrize(
    "planted",
    [
        "import posthog",
        "from payloadproof_reference.pipeline import Pipeline",
        "from . import transport",
        "def late():\n    from payloadproof_reference import consent",
    ],
)
def test_an_import_of_telemetry_is_found(planted):
    assert list(telemetry_of_a_log(ast.parse(planted)))
