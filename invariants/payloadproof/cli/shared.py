"""What several commands have in common: options, and how a report is written."""

from __future__ import annotations

import difflib
import errno
import os
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import click

from payloadproof.adapters.connect import REFERENCE
from payloadproof.cli.given import Source
from payloadproof.contract import DEFAULT
from payloadproof.errors import HarnessError
from payloadproof.report.console import Terminal
from payloadproof.scenario.whole import whole

if TYPE_CHECKING:  # what only one command needs is imported by it
    from payloadproof.contract import Contract
    from payloadproof.outcome.events import Event
    from payloadproof.outcome.model import Report

#: What a report can be written as, and a name for its file; ``report.forms`` writes them.
KINDS = {
    "junit": "payloadproof.xml",
    "json": "payloadproof.json",
    "sarif": "payloadproof.sarif",
    "badge": "badge.json",
    "summary": "summary.md",
    "annotations": "/dev/stderr",
    "html": "payloadproof.html",
}
Format = Literal["text", "json"]
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
    type=Source(),
    help="What the program may send: a shipped contract, or a TOML file. Without one, a program is"
    f" judged by what holds for every program, and the reference by {DEFAULT}.",
)
REPORT = click.option(
    "--report",
    "reports",
    metavar="KIND=FILE,...",
    multiple=True,
    help=f"Also write a report as {', '.join([*KINDS][:-1])} or {[*KINDS][-1]}.",
)
FORMAT = click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What is printed on stdout. With json, all else goes to stderr.",
)
STRICT = click.option("--strict", is_flag=True, help="Let broken SHOULD clauses fail the run, too.")
SHOW_SECRETS = click.option(
    "--show-secrets", is_flag=True, help="Do not mask text in reports. Do not share them then."
)


DUE = click.option(
    "--due", multiple=True, metavar="EVENT=N", help="How many of an event must arrive."
)
REACH = click.option(
    "--reach",
    type=click.IntRange(1, 65_535),
    multiple=True,
    metavar="PORT",
    help="Let it reach this loopback port, for example a database's.",
)


def talk(output: Format) -> Terminal:
    """Where what is said besides the answer goes: stdout is one document, or all for a person."""
    return ERR if output == "json" else OUT


def answer(value: object) -> None:
    """Print a value as one JSON document. In bytes: UTF-8, whatever the terminal's encoding is."""
    from payloadproof.report.as_json import document

    click.echo(document(value), nl=False)


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


def report_files(
    reports: Sequence[str], kinds: Collection[str] = tuple(KINDS)
) -> list[tuple[str, Path]]:
    """Kind and file of each ``KIND=FILE``, writable: known before a run of minutes."""
    files: list[tuple[str, Path]] = []
    for option in reports:
        # At every comma: a name with a comma in it would swallow the report after it.
        for one in option.split(","):
            kind, equals, name = one.partition("=")
            said = f"--report {option}"
            if kind not in kinds:
                near = difflib.get_close_matches(kind.strip().lower(), kinds, n=1)
                meant = f"; did you mean {near[0]}?" if near else ""
                why = f"{kind!r} is no kind of report: they are {', '.join(kinds)}{meant}"
                _unusable(
                    said,
                    why if equals else f"{one!r} is not KIND=FILE",
                    _example(*near, kinds=kinds),
                )
            if not name:
                _unusable(said, f"{kind} names no file", _example(kind, kinds=kinds))
            path = Path(name)
            if any(_same(path, before) for _, before in files):
                _unusable(said, f"two reports would be written to {name}", "name a file for each")
            must_be_writable(path, said)
            files.append((kind, path))
    return files


def _example(kind: str = "", *, kinds: Collection[str]) -> str:
    first, second, *_ = dict.fromkeys((kind or next(iter(kinds)), "json", "sarif", "html"))
    kind, other = first, second if second in kinds else "html"
    return f"--report {kind}={KINDS[kind]},{other}={KINDS[other]} (no file's name holds a comma)"


def _same(one: Path, other: Path) -> bool:
    return one.absolute() == other.absolute() or (
        one.exists() and other.exists() and one.samefile(other)
    )


def must_be_masked(baseline: Path | None, *, show_secrets: bool) -> None:
    """Raise HarnessError where text as it is would go into a baseline, or be compared with one."""
    if show_secrets and baseline:
        raise HarnessError(
            code="options-conflict",
            message="a baseline describes masked findings, so it excludes --show-secrets",
            next="leave out one of the two",
        )


def must_be_writable(path: Path, option: str) -> None:
    """Raise HarnessError now rather than after a run of minutes."""
    try:
        existed = path.exists()
        with path.open("ab"):
            pass
    except OSError as error:
        _unusable(option, f"{path} cannot be written: {error.strerror}", "name another file")
    if not existed:
        # An empty file would look like a result, should the run break. A link to it stays.
        Path(os.path.realpath(path)).unlink()


def must_be_a_directory(path: Path, option: str) -> None:
    """Raise HarnessError now where files could neither be read there nor, later, be kept."""
    try:
        if path.exists() and not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        there = next(one for one in (path, *path.absolute().parents) if one.exists())
        if there is not path:
            Path(tempfile.mkdtemp(dir=there)).rmdir()
    except OSError as error:
        raise HarnessError(
            code="directory-unusable",
            message=f"{option} {path}: it can be no directory: {error.strerror}",
            next="name another directory",
        ) from error


def write(path: Path, content: bytes, option: str) -> None:
    """Write a file that could be written when the run began, whole or not at all.

    What belongs to others too is added to: a stream of this process, and the page of a GitHub step.

    Raises:
        HarnessError: the disk is full, or the file has gone.
    """
    shared = path.parent == Path("/dev") or str(path) == os.environ.get("GITHUB_STEP_SUMMARY")
    try:
        with path.open("ab") if shared else whole(path) as file:
            file.write(content)
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


def counts(
    option: str, given: Sequence[str], contract: Contract | None = None
) -> Iterator[tuple[str, int]]:
    """Event and number of each ``EVENT=N``. An event's name is text, which UTF-8 can write.

    Raises:
        HarnessError: it is none, or chance says how many there are.
    """
    for name, value in pairs(option, given, "EVENT=N"):
        if any("\ud800" <= letter <= "\udfff" for letter in name):
            raise HarnessError(
                code="option-unusable",
                message=f"{option} {name}={value}: {name!a} is not UTF-8, as names are",
                next=f"{option} EVENT={value}",
            )
        event = contract.events.get(name) if contract else None
        if event is not None and event.sample is not None:
            raise HarnessError(
                code="options-conflict",
                message=f"{option} {name}: the contract samples it, so that chance says how many"
                " arrive",
                next=f"leave out {option} {name}=..., or the sample rate of the contract",
            )
        yield name, number(option, name, value, 0, 1_000_000)


def replies(given: Sequence[str]) -> dict[str, int]:
    """Host and status of each ``--reply HOST=STATUS``: a status that ends an exchange."""
    said = pairs("--reply", given, "HOST=STATUS")
    return {host: number("--reply", host, status, 200, 599) for host, status in said}


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
    wants, too; ``shared``: the same for a page, which is handed on; ``verbose``: all of it, and not
    a screen.
    """

    def __init__(
        self,
        files: Sequence[tuple[str, Path]],
        *,
        given: str = "",
        shared: str | None = None,
        output: Format = "text",
        verbose: bool = False,
    ) -> None:
        self.exit_code = 2  # of a run that never came to its end
        self._output = output
        self._files = files
        self._given = given
        self._shared = given if shared is None else shared
        self._verbose = verbose

    def __call__(self, event: Event) -> None:
        """Listen for the end."""
        from payloadproof.outcome.events import Ended

        match event:
            case Ended(report):
                self._write(report)
                self.exit_code = report.exit_code
            case _:
                pass

    def _write(self, report: Report) -> None:
        import msgspec

        from payloadproof.evidence.homes import without_home
        from payloadproof.report.forms import written
        from payloadproof.report.terminal import render

        shared = without_home(report)
        for kind, file in self._files:
            runs = tuple(one.name for one in shared.runs)
            page = written(kind, shared, given=without_home(self._shared), runs=runs)
            write(file, page, f"--report {kind}={file}")
        if self._output == "json":
            answer(shared)
            return
        # What is printed has commands to copy, in which a path has to stay what it is.
        told = {name: getattr(shared, name) for name in ("findings", "unsteady", "news", "notes")}
        printed = msgspec.structs.replace(report, **told)
        render(printed, OUT, given=self._given, verbose=self._verbose)
