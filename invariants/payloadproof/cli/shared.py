"""What several commands have in common: options, and how a report is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from payloadproof.adapters.connect import REFERENCE
from payloadproof.contract import DEFAULT
from payloadproof.errors import HarnessError
from payloadproof.report.console import Terminal

if TYPE_CHECKING:  # what only one command needs is imported by it
    from payloadproof.outcome.events import Event
    from payloadproof.outcome.model import Report

KINDS = ("junit", "json")
OUT = Terminal()
ERR = Terminal(stderr=True)

ADAPTER = click.option(
    "--adapter",
    default=REFERENCE,
    show_default=True,
    help="How to reach the program: direct:package.module:object, or cmd:COMMAND.",
)
CONTRACT = click.option(
    "--contract",
    help="What the program may send: a shipped contract, or a TOML file. Without one, a program is"
    f" judged by what holds for every program, and the reference by {DEFAULT}.",
)
REPORT = click.option(
    "--report",
    "reports",
    metavar="KIND=FILE,...",
    multiple=True,
    help="Also write a report as junit or json.",
)
STRICT = click.option("--strict", is_flag=True, help="Let broken SHOULD clauses fail the run, too.")
SHOW_SECRETS = click.option(
    "--show-secrets", is_flag=True, help="Do not mask text in reports. Do not share them then."
)


VERBOSE = click.option(
    "--verbose", is_flag=True, help="Print every verdict, and every finding in full."
)


@contextmanager
def shown(*, unmasked: bool) -> Iterator[None]:
    """Mask text in reports meanwhile, or do not."""
    from payloadproof.evidence.quoting import UNMASKED

    before = UNMASKED.set(unmasked)
    try:
        yield
    finally:
        UNMASKED.reset(before)


def report_files(reports: Sequence[str]) -> list[tuple[str, Path]]:
    """Kind and file of each ``KIND=FILE``, writable: known before a run of minutes."""
    files = []
    for report in reports:
        # A comma parts two reports where a kind follows: a file's name may hold one.
        for one in re.split(rf",(?=(?:{'|'.join(KINDS)})=)", report):
            kind, equals, name = one.partition("=")
            if kind not in KINDS or not equals or not name:
                _unusable(
                    f"--report {report}",
                    "it is neither junit=FILE nor json=FILE",
                    "--report junit=payloadproof.xml,json=payloadproof.json",
                )
            must_be_writable(Path(name), f"--report {report}")
            files.append((kind, Path(name)))
    return files


def must_be_writable(path: Path, option: str) -> None:
    """Raise HarnessError now rather than after a run of minutes."""
    existed = path.exists()
    try:
        with path.open("ab"):
            pass
    except OSError as error:
        _unusable(option, f"{path} cannot be written: {error.strerror}", "name another file")
    if not existed:
        path.unlink()  # an empty file would look like a result, should the run break


def write(path: Path, content: bytes, option: str) -> None:
    """Write a file that could be written when the run began.

    Raises:
        HarnessError: the disk is full, or the file has gone.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        _unusable(option, f"{path} cannot be written: {error.strerror}", "name another file")


def _unusable(option: str, why: str, instead: str) -> NoReturn:
    raise HarnessError(code="report-unusable", message=f"{option}: {why}", next=instead)


def pairs(option: str, given: Sequence[str], form: str) -> Iterator[tuple[str, str]]:
    """Name and value of each ``NAME=VALUE``; ``form``: as the option's help has it."""
    for one in given:
        name, equals, value = one.partition("=")
        if not name or not equals or (not value and option != "--set"):
            raise HarnessError(
                code="option-unusable",
                message=f"{option} {one}: it is not {form}",
                next=f"{option} {form}",
            )
        yield name, value


def counts(option: str, given: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Event and number of each ``EVENT=N``."""
    for name, value in pairs(option, given, "EVENT=N"):
        yield name, number(option, name, value, 0, 1_000_000)


def number(option: str, name: str, value: str, least: int, most: int) -> int:
    """A whole number in a range, of the option ``NAME=NUMBER``."""
    if not (value.isascii() and value.isdecimal()) or not least <= int(value) <= most:
        raise HarnessError(
            code="option-unusable",
            message=f"{option} {name}={value}: {value!r} is no number from {least} to {most}",
            next=f"{option} {name}={least}",
        )
    return int(value)


class Reports:
    """Writes and prints what a run says at its end.

    ``exit_code``: the run's, once it is over; ``given``: options of the run that what comes next
    wants, too; ``verbose``: all of it, and not a screen.
    """

    def __init__(
        self, files: Sequence[tuple[str, Path]], *, given: str = "", verbose: bool = False
    ) -> None:
        self.exit_code = 2  # of a run that never came to its end
        self._files = files
        self._given = given
        self._verbose = verbose

    def __call__(self, event: Event) -> None:
        """Listen for the end."""
        from payloadproof.outcome.events import Ended

        if isinstance(event, Ended):
            self._write(event.report)
            self.exit_code = event.report.exit_code

    def _write(self, report: Report) -> None:
        import msgspec

        from payloadproof.report.junit import junit
        from payloadproof.report.terminal import render
        from payloadproof.syntax.printable import printable

        for kind, file in self._files:
            if kind == "junit":
                content = junit(report)
            else:
                document = msgspec.json.format(msgspec.json.encode(report), indent=2).decode()
                # Inside of JSON's texts the escapes say the same, and nothing else is changed.
                content = printable(document, lines=True).encode() + b"\n"
            write(file, content, f"--report {kind}={file}")
        render(report, OUT, given=self._given, verbose=self._verbose)
