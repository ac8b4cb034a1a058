"""A command line for whoever gets the page, who is somebody else.

Rule 1: the value of a variable that was set, and a word that looks like a secret, stand there as a
variable: whoever knows the value sets it, and the line can be copied as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from payloadproof.contract.secrets import leak_in
from payloadproof.syntax import shell

SETS = "--set"
_LINE = 100  # characters
SECRET = '"$SECRET"'  # noqa: S105 - the name of a variable


def handed_on(options: Sequence[str], command: Sequence[str]) -> str:
    """Options of ours, and behind ``--`` the command of somebody's program."""
    return " ".join([*_options(options), "--", *map(_word, command)])


def called(command: Sequence[str]) -> str:
    """The command of somebody's program, as a name for it: no longer than a line."""
    said = " ".join([Path(command[0]).name, *map(_word, command[1:])])
    return said if len(said) <= _LINE else f"{said[:_LINE]}…"


def _options(words: Sequence[str]) -> Iterator[str]:
    for before, word in zip(("", *words), words, strict=False):
        name, _, value = word.partition("=")
        if before == SETS and value and name.isidentifier():
            yield f'{name}="${name}"'
        else:
            yield _word(word)


def _word(word: str) -> str:
    return SECRET if leak_in(word) is not None else shell.word(word)
