"""A command that is shown does, when it is copied, what it says."""

import os
import shlex
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from payloadproof.syntax import shell

MELTING = "\N{MELTING FACE}"
# No word of a command holds a null.
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
AWKWARD = ["", " ", "a b", "a\nb", "it's", '"', "$HOME", "`id`", "\\", "-x", "~", "*", "!", MELTING]


def read(line):
    """The words that a shell hands on."""
    script = f'for word in {line}; do printf "%s\\0" "$word"; done'
    ran = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    return [os.fsdecode(word) for word in ran.stdout.split(b"\0")[:-1]]


@given(st.lists(WORDS, min_size=1, max_size=40))
@example(AWKWARD)
@example(["\x1b[2J'\\\n", "\x9b", "\u202e", "\x7f9", "1\x0112"])
def test_a_shell_reads_back_what_was_written(words):
    line = shell.command(words)
    assert read(line) == words
    assert line.isprintable()


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="\0")))
@example("a b")
@example("it's")
def test_what_can_be_printed_is_split_as_python_splits_it(word):
    if word.isprintable():
        assert shlex.split(shell.word(word)) == [word]


def test_a_name_that_is_no_text_is_the_same_bytes_again():
    name = os.fsdecode(b"caf\xe9 \xff1")
    assert read(shell.path(name)) == [name]


@pytest.mark.parametrize("name", ["-x.jsonl", "--help", "- -", "-\n", "a", "./-x", "/tmp/-x"])
def test_the_name_of_a_file_is_never_an_option(name):
    @click.command()
    @click.argument("file", type=click.Path(path_type=Path))
    def take(file):
        click.echo(ascii(str(file)))

    (word,) = read(shell.path(name))
    assert CliRunner().invoke(take, [word]).output == f"{str(Path(name))!a}\n"


def test_half_a_character_is_no_word_and_ends_in_no_error():
    assert shell.word("\ud83e") == "$'\\077'"
