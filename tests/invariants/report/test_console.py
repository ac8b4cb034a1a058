"""Where a line may break: between words on a terminal, nowhere in a command, nowhere in a file."""

import io

import pytest
from rich.text import Text

from payloadproof.report.console import Terminal

PROSE = "does not fail the run, because it is a SHOULD clause: the notice comes first"
COMMAND = "next: accept what stays: payloadproof probe --write-baseline B -- python program.py"


@pytest.fixture
def printed():
    def of(told, *, terminal):
        out = io.StringIO()
        console = Terminal(file=out, width=40, force_terminal=terminal, color_system=None)
        console.print(told, soft_wrap=True)
        return out.getvalue().splitlines()

    return of


@pytest.mark.parametrize("made", [str, Text])
def test_prose_breaks_between_words_on_a_terminal(printed, made):
    lines = printed(made(PROSE), terminal=True)
    assert len(lines) == 2
    assert " ".join(line.strip() for line in lines) == PROSE


@pytest.mark.parametrize("made", [str, Text])
@pytest.mark.parametrize("told", [COMMAND, "next: node --check a/very/long/path/to/adapter.mjs"])
def test_a_command_stays_one_line_to_copy(printed, made, told):
    assert printed(made(told), terminal=True) == [told]


@pytest.mark.parametrize("told", [PROSE, COMMAND])
def test_a_file_or_a_pipe_gets_whole_lines(printed, told):
    assert printed(told, terminal=False) == [told]
