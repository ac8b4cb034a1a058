"""What is given on a command line: files that can be files, and whose option a mistake is of.

Rule 1: a message about a value says which option gave it; a new option needs nothing for that.
Rule 2: a name that is empty is no name: ``--corpus "$UNSET"`` does not mean this directory.
Rule 3: what never ends, a device, is not read.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from payloadproof.contract.problem import ContractError
from payloadproof.errors import HarnessError
from payloadproof.syntax import shell

# Whole, and no part of a path: A1 is none of .payloadproof/failures/A1-0a1b2c3d.json.
_WORD = r"(?<![\w./-]){}(?![\w/-]|\.\w)"


class File(click.Path):
    """A file or a directory, by its name; ``reading``: one that is read to its end."""

    def __init__(self, *, reading: bool = False) -> None:
        super().__init__(path_type=Path)
        self._reading = reading

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path."""
        if value == "":
            self.fail("'' is empty, and no name; give a file's name, or leave it out", param, ctx)
        path = Path(value)
        if self._reading and _is_device(path):
            self.fail(f"{value!r} is a device, which never ends; name a file", param, ctx)
        return path


class Source(click.ParamType[str]):
    """A contract: a name, or a file that may be read to its end."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The same."""
        File(reading=True).convert(value, param, ctx)
        return str(value)


def _is_device(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:  # what reads it says what is wrong
        return False
    # A terminal ends with Ctrl-D, and /dev/null at once.
    return stat.S_ISBLK(mode) or (stat.S_ISCHR(mode) and not _ends(path))


def _ends(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.isatty() or path.samefile(os.devnull)
    except OSError:
        return False


class Command(click.Command):
    """A command whose messages name the option that gave what they are about."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does. No file and no variable has a NUL in it, whoever calls us."""
        for before, word in zip(("", *args), args, strict=False):
            if "\0" in word:
                option = before if before.startswith("-") else "an argument"
                raise click.UsageError(f"{option}: {word!r} holds a NUL; write it without", ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """As click does, but for messages that leave the option out."""
        try:
            return super().invoke(ctx)
        except HarnessError as problem:
            problem.message = _of_its_option(problem.message, ctx)
            raise
        except ContractError as problem:
            option = _option(problem.file, ctx)
            if option is None:
                raise
            raise ContractError(" ".join((option[0], problem.file)), *problem.flaws) from problem


def _of_its_option(message: str, ctx: click.Context) -> str:
    """The message, with the option that gave what it quotes, where it names none."""
    if re.search(r"(?<!\w)--[a-z]", message):
        return message
    option = _option(message, ctx)
    if option is None:
        return message
    name, value = option
    return f"{name} {message}" if message.startswith(value) else f"{name}: {message}"


def _option(message: str, ctx: click.Context) -> tuple[str, str] | None:
    """The option that gave what a message quotes, and that; of several the longest.

    None where that is an argument: ``--name schema`` is no reason to blame it for a word of what is
    said of a file.
    """
    quoted = [
        (param, value)
        for param in ctx.command.params
        if not isinstance(param.type, click.Choice)
        for value in _texts(ctx.params.get(param.name or ""))
        if re.search(_WORD.format(re.escape(value)), message, re.IGNORECASE)
    ]
    param, value = max(quoted, key=lambda one: len(one[1]), default=(None, ""))
    return (param.opts[-1], value) if isinstance(param, click.Option) else None


def _texts(value: object) -> Iterator[str]:
    """What was typed, as a message would quote it."""
    for one in value if isinstance(value, tuple) else (value,):
        text = str(one) if isinstance(one, str | Path) else ""
        # What is a command is quoted as one, and what is no text with escapes.
        of_kind = text.partition(":")[2] if text.startswith(("cmd:", "direct:")) else ""
        for said in (text, of_kind, *text.split(",")):
            if said not in {"", "."}:
                yield from {said, ascii(said)[1:-1], shell.command([said])}
