r"""Words of a command line to copy, for a POSIX shell.

Rule 1: what is written here, a shell reads back as the same word; so does ``shlex.split``, where
every character can be printed.
Rule 2: a command is one line, and nothing in it moves a terminal's cursor or hides. Where a word
holds what cannot be printed, it stands in ``$'...'``, which bash, zsh, ksh, busybox and POSIX 2024
know: ``shlex.quote`` would put a line break, or an escape sequence, into the command as it is.
Rule 3: the name of a file is never taken for an option.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path


def word(text: str) -> str:
    """One word, in quotes where it needs them."""
    return shlex.quote(text) if text.isprintable() else f"$'{''.join(map(_escaped, text))}'"


def _escaped(char: str) -> str:
    if char in "'\\":
        return f"\\{char}"
    if char.isprintable():
        return char
    # What Python could not decode in a file's name goes back to the byte that it was. Octal has
    # three digits; hexadecimal has as many as follow, in some shells.
    data = char.encode(errors="surrogateescape" if "\udc80" <= char <= "\udcff" else "replace")
    return "".join(f"\\{byte:03o}" for byte in data)


def path(name: Path | str) -> str:
    """The name of a file, as an argument."""
    return word(f"./{name}" if str(name).startswith("-") else str(name))


def command(words: Iterable[str]) -> str:
    """A whole command, word by word."""
    return " ".join(map(word, words))
