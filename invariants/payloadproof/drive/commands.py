"""Commands of the program's own by which a person turns its telemetry on or off.

Rule 1: such a command is run with the directories and the variables of the run, and none of the
machine's own person: what is asked of it is what a person types, and no adapter is between.
Rule 2: it has an end, its own or ours, and nothing that it starts outlives it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from payloadproof.contract import Contract
from payloadproof.errors import HarnessError
from payloadproof.syntax import shell

BOUND_S = 20.0
_EVIDENCE = 500  # bytes of what it printed last
#: What a program needs to be found and to run; nothing of it is about a person.
_KEPT: Final = (
    *("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH"),
    *("VIRTUAL_ENV", "PYTHONPATH", "NODE_PATH"),
)


def whole(argv: Sequence[str]) -> tuple[str, ...]:
    """A command with the files that are here by their whole names: it is run elsewhere."""
    words = []
    for index, word in enumerate(argv):
        path = Path(word)
        # A prompt or a program's text is no path, and may be too long to be asked about as one.
        own = os.sep in word if index == 0 else os.path.exists(word)  # noqa: PTH110 - never raises
        words.append(str(path.absolute()) if own and not path.is_absolute() else word)
    return tuple(words)


def run(argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
    """Run one to its end.

    Args:
        argv: the command; files in it are looked for where the harness was started.
        env: the variables of the run. Where programs are found is the harness's own to say.
        cwd: where it is run.

    Raises:
        HarnessError: there is no such program, it does not end, or its exit code is not 0.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with TemporaryFile() as printed:
        try:
            process = subprocess.Popen(
                whole(argv),
                env={**env, **kept},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        except OSError as error:
            raise unstartable(argv, str(error.strerror)) from error
        try:
            process.wait(BOUND_S)
        except subprocess.TimeoutExpired:
            ended = f"did not end within {BOUND_S:g} s"
        else:
            ended = f"ended with exit code {process.returncode}" if process.returncode else ""
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        printed.seek(0, os.SEEK_END)
        printed.seek(max(printed.tell() - _EVIDENCE, 0))
        if ended:
            raise failed(argv, ended, printed.read())


def decide(contract: Contract, text: str | None, env: Mapping[str, str], home: Path) -> None:
    """Run what stands for this in a scenario, where the contract has a command for it.

    Raises:
        HarnessError: it cannot be run, or fails; what it sends itself would leave this machine.
    """
    layer = contract.consent_command
    argv = layer.argv(text) if layer else ()
    if not argv:
        return
    if contract.variables.host is None:
        raise HarnessError(
            code="consent-command-host",
            message=f"{shell.command(argv)} is not run: the contract names no variable for the"
            " host, so that what it sends itself would leave this machine",
            next="name variables.host in the contract; or payloadproof probe, which lets"
            " nothing leave",
        )
    run(argv, env, home)


def unstartable(argv: Sequence[str], why: str) -> HarnessError:
    """Of a command that cannot be run at all."""
    there = shutil.which(argv[0]) is not None
    return HarnessError(
        code="consent-command-unstartable",
        message=f"{shell.command(argv)} cannot be run: {why}",
        causes=() if there else ("it is not on PATH, or the path is relative to somewhere else",),
        next="the command that changes consent must start when you type it here; no shell reads it",
    )


def failed(argv: Sequence[str], how: str, printed: bytes) -> HarnessError:
    """Of a command after which nobody knows what was decided."""
    return HarnessError(
        code="consent-command-failed",
        message=f"{shell.command(argv)} {how}, so that nobody knows what was decided",
        causes=(
            "it asks a question: it has no input and no terminal",
            "it needs a directory, or a variable, that a fresh home does not have",
        ),
        next="run it in an empty home: env -i HOME=$(mktemp -d) PATH=$PATH ...",
        evidence=printed.decode(errors="backslashreplace"),
    )
