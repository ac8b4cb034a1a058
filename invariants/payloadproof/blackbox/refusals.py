"""What cannot be probed, and how that is said.

Rule 1: a person is told what to do next, and never to do what they have just done.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from payloadproof.blackbox.wanted import Switch, basic, faults, givens
from payloadproof.drive.internet import missing, refusal
from payloadproof.errors import HarnessError
from payloadproof.evidence.runs import Run


def possible(argv: Sequence[str]) -> None:
    """Raise HarnessError where there is no such command, or no network to be had for it."""
    if why := missing():
        raise refusal("the command cannot be given a network of its own here", why)
    if shutil.which(argv[0]) is None:
        raise HarnessError(
            code="command-unstartable",
            message=f"{argv[0]!r} cannot be run: there is no such program",
            causes=("it is not on PATH, or the path is relative to somewhere else",),
            next="the command must start when you type it here; it is not run by a shell",
        )


def readable(stdin: Path) -> IO[bytes]:
    """What a command is to read, opened.

    Raises:
        HarnessError: it cannot be.
    """
    try:
        return stdin.open("rb")
    except OSError as error:
        raise HarnessError(
            code="stdin-unreadable",
            message=f"--stdin {stdin} cannot be read: {error.strerror}",
            next="name a file that exists",
        ) from error


def known(only: Iterable[str], switches: Sequence[Switch], texts: Sequence[str]) -> None:
    """Raise HarnessError where one of the runs that were asked for is none of a command's.

    ``texts``: the command, and its files.
    """
    names = [one.name for one in (*basic(switches), *givens(texts), *faults())]
    for name in only:
        # What is run where a question is left open is named after the run that left it.
        if not any(name == one or name.startswith(f"{one}, ") for one in names):
            raise HarnessError(
                code="run-unknown",
                message=f"there is no run {name!r}",
                causes=(f"the runs of this command: {'; '.join(names)}",),
                next=f"--only {names[0]!r}",
            )


def endless(run: Run, bound_s: float, told: float | None) -> HarnessError:
    """Of a first run that we had to end.

    Args:
        run: the run.
        bound_s: seconds that it had, from its start, or from the signal where it was told to end.
        told: seconds after which it was told to end; None where it was not.
    """
    evidence = run.stderr[-500:].decode(errors="backslashreplace")
    if told is None:
        return HarnessError(
            code="command-endless",
            message=f"the command did not end within {bound_s:.0f} s",
            causes=("it runs until it is stopped", "it waits for input, or a terminal"),
            next="stop it with --for 20s, or give it input with --stdin FILE",
            evidence=evidence,
        )
    return HarnessError(
        code="command-endless",
        message=f"the command did not end within {bound_s:.0f} s of SIGTERM",
        causes=("it ignores the signal, or waits for something before it ends",),
        next="give a command that SIGTERM ends; this one was ended by force",
        evidence=evidence,
    )
