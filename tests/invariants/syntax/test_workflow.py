"""Workflow commands: what is written, a runner reads back, and reads as one command."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payloadproof.syntax.printable import printable
from payloadproof.syntax.workflow import command

TEXT = st.text(st.characters(exclude_categories=[]), max_size=30)
NASTY = "a\r\n::error::b %0A %25 ::set-env name=x::y , : ##[add-path]\x1b]0;\x07"


def read(line):
    """As the runner does: the command up to the second pair of colons, then undone in reverse."""
    found = re.fullmatch(r"::(\w+)(?: (.*?))?::(.*)", line)
    undo = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}

    def undone(text):
        for escape, character in undo.items():
            text = text.replace(escape, character)
        return text

    told = dict(one.split("=", 1) for one in (found[2] or "").split(",") if one)
    return found[1], undone(found[3]), {key: undone(value) for key, value in told.items()}


@given(TEXT, TEXT, TEXT)
@example(NASTY, NASTY, NASTY)
@example("%", "=", "")
def test_what_is_written_a_runner_reads_back(message, title, file):
    line = command("error", message, {"title": title, "file": file})
    assert line.isprintable()
    name, said, about = read(line)
    assert name == "error"
    assert said == printable(message, lines=True)
    assert about == {
        "title": printable(title, lines=True),
        "file": printable(file, lines=True),
    }


@pytest.mark.parametrize("kind", ["error", "notice"])
def test_a_command_without_properties(kind):
    assert command(kind, "m", {}) == f"::{kind}::m"
