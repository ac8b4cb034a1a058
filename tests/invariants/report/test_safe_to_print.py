"""What comes out of evidence is inert in every output: one table of texts, over all of them."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt
from rich.text import Text

from payloadproof.cli import main
from payloadproof.report.console import Terminal
from payloadproof.syntax.markdown import code
from payloadproof.syntax.markdown import text as plain
from payloadproof.syntax.printable import printable

HOSTILE = {
    "a command to the clipboard of a terminal": "\x1b]52;c;Z290Y2hh\x07",
    "a colour": "\x1b[31mred",
    "C1's one-byte form of the same": "\x9b31mred",
    "DEL": "a\x7fb",
    "the end of a line": "a\n✓ all is well\r\x0b\x0c",
    "a turn of direction": "abc\u202egnp.exe",
    "an isolate": "\u2066a\u2069",
    "a separator of lines": "a\u2028b\u2029c\x85d",
    "a mark without a width": "a\u200b\ufeffb",
    "half a character": "a\ud800b",
    "an image": "![x](https://evil.example/p.png)",
    "a fence": "a`b``c",
    "HTML": "<img src=x onerror=alert(1)>&amp;",
    "a cell's end": "a|b",
    "an address": "https://evil.example/ www.evil.example @somebody",
}
UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
LINKED = ("https://evil", "www.evil", " @some")


def events(text):
    """Where a program can put any text: a key, a name, a value, a path, a directive."""
    return [
        {
            "event": text,
            "distinct_id": text,
            "timestamp": text,
            "properties": {text: text, "$" + text: 1, "$set": {text: text}},
            text: text,
        },
        {"event": "search_performed", "distinct_id": "a", "properties": {text: {text: [text]}}},
    ]


@pytest.fixture(params=HOSTILE.values(), ids=HOSTILE)
def evidence(request, tmp_path):
    path = tmp_path / "hostile.json"
    path.write_text(json.dumps({"api_key": request.param, "batch": events(request.param)}))
    return path


@pytest.fixture
def outputs(evidence, tmp_path):
    """Every output of an audit and of a comparison, by its name."""
    xml, document = tmp_path / "r.xml", tmp_path / "r.json"
    page, comparison = tmp_path / "r.html", tmp_path / "d.html"
    run = CliRunner().invoke
    old = tmp_path / "old.json"
    old.write_text(json.dumps(events("plain")[1:]))
    forms = f"junit={xml},json={document},html={page}"
    audited = run(main, ["audit", str(evidence), "--show-secrets", "--report", forms])
    compared = run(main, ["diff", str(old), str(evidence), "--report", f"html={comparison}"])
    assert "Traceback" not in audited.output + compared.output
    return {
        "terminal": audited.output + compared.stderr,
        "junit": xml.read_text(),
        "json": document.read_text(),
        "markdown": compared.stdout,
        "html": page.read_text() + comparison.read_text(),
    }


@pytest.mark.parametrize("output", ["terminal", "junit", "json", "markdown", "html"])
def test_nothing_unseen_is_in_any_output(outputs, output):
    assert not UNSEEN.search(outputs[output])


def test_nothing_acts_in_markdown(outputs):
    page = outputs["markdown"]
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    inline = [child for token in tokens for child in token.children or ()]
    kinds = {child.type for child in inline}
    assert kinds <= {"text", "text_special", "code_inline", "strong_open", "strong_close"}, kinds
    assert not {token.type for token in tokens} & {"html_block", "fence", "code_block"}
    # GitHub makes links and names of plain text, too: that is left of no line but inside code.
    for line in page.splitlines():
        outside_of_code = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        for active in LINKED:
            assert active not in outside_of_code
    rows = [row.count("td_open") for row in _rows(tokens)]
    assert rows
    assert set(rows) <= {2, 3}


def _rows(tokens):
    row = []
    for token in tokens:
        row.append(token.type)
        if token.type == "tr_close":
            if "td_open" in row:
                yield row
            row = []


def test_no_line_of_the_terminal_is_the_evidences_own(outputs):
    assert not any(line.startswith("✓ all is well") for line in outputs["terminal"].splitlines())


def test_the_documents_stay_what_they_are(outputs):
    ET.fromstring(outputs["junit"])
    json.loads(outputs["json"])


def test_an_escape_in_json_says_the_same_character():
    assert json.loads(printable(json.dumps("a\u202eb\x7f", ensure_ascii=False))) == "a\u202eb\x7f"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_twice_is_once(text):
    assert printable(printable(text)) == printable(text)


def test_the_console_lets_nothing_past_that_was_not_made_printable(capsys):
    Terminal().print(Text("\x1b]52;c;eA==\x9b \u202e"), "\x1b[5m", markup=False)
    assert not UNSEEN.search(capsys.readouterr().out)


def test_an_ordinary_name_stays_readable_in_markdown():
    assert code("search_performed.$set.install_id") == "`search_performed.$set.install_id`"
    assert plain("new values: claude-code, 3.5") == "new values: claude-code, 3.5"


def test_no_command_prints_by_a_console_of_its_own():
    here = Path(__file__).parents[3] / "invariants" / "payloadproof"
    own = [
        file.name
        for room in ("cli", "report", "blackbox")
        for file in (here / room).glob("*.py")
        if re.search(r"(?<![\w.])Console\(", file.read_text()) and file.name != "console.py"
    ]
    assert own == []
