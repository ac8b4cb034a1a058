"""Failing scenarios that a repository keeps: what was found once is run first, for ever.

Rule 1: a file says what is done to the program, and never which program that is. The adapter and
the contract are the run's own, whatever the file names.
Rule 2: a repository may be a stranger's, and a merge may damage a file. Links, devices, what is too
large or would go on for ever, and variables that could send a program anywhere else are refused,
and the error names the file.
Rule 3: a file is written whole or not at all, and never over one that is there.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from payloadproof.contract import Contract
from payloadproof.errors import HarnessError
from payloadproof.scenario import steps as do
from payloadproof.scenario.store import Saved, decoded

DIRECTORY = Path("payloadproof.corpus")
NEWS = "news"  # below it: what was drawn and found, and is no part of the gate

LARGEST = 1 << 20  # bytes of a file
MOST_FILES = 1_000
MOST_CALLS = 100_000  # of one scenario; those of the suite have some 12,000
MOST_ROWS = 1_000_000  # of a database; that of the suite has 400,001
MOST_CANARIES = 1_000
#: What a program may take for a language as it is.
LANGUAGES = ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES")
#: Variables in which the suite plants a secret: these, a project's name, a login's, a machine's.
PLANTED = (
    *("ACME_PROJECT", "USER", "LOGNAME", "USERNAME", "HOSTNAME", "COMPUTERNAME"),
    *LANGUAGES,
)
CENTURY_MS = 100 * 366 * 86_400_000


class Kept(NamedTuple):
    """One file of a corpus; ``news``: it lies among the news."""

    path: Path
    saved: Saved
    news: bool


def read(below: Path, contract: Contract) -> tuple[Kept, ...]:
    """Every scenario of a corpus, by name; none where there is no such directory.

    Args:
        below: the directory. Files in it and in its folder ``news`` that end in ``.json`` count.
        contract: of the run, whose variables are the ones that a scenario may set.

    Raises:
        HarnessError: one of them cannot be used, and none is.
    """
    found = [
        Kept(path, _read(path, contract), news)
        for folder, news in ((below, False), (below / NEWS, True))
        for path in _files(folder)
    ]
    if len(found) > MOST_FILES:
        raise _unreadable(below, f"it holds {len(found):,} scenarios, and {MOST_FILES:,} is all")
    return tuple(found)


def keep(below: Path, saved: Saved, *, news: bool = False) -> Path:
    """Write a scenario into a corpus, without what it was run against.

    The same scenario of the same clause gets the same name, and is written once.

    Raises:
        HarnessError: it cannot be written.
    """
    folder = below / NEWS if news else below
    digest = hashlib.sha256(saved.scenario.encoded()).hexdigest()[:8]
    path = folder / f"{saved.clause}-{digest}.json"
    bare = msgspec.structs.replace(saved, adapter="", contract="")
    content = msgspec.json.format(msgspec.json.encode(bare), indent=2) + b"\n"
    try:
        for one in (below, folder):
            _is_no_link(one)
        folder.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(path):
            _write(path, content)
    except OSError as error:
        raise HarnessError(
            code="corpus-unwritable",
            message=f"{path} cannot be written: {error.strerror}",
            next="name another directory with --corpus, or keep nothing with --no-corpus",
        ) from error
    return path


def _write(path: Path, content: bytes) -> None:
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            os.fchmod(number, 0o644)  # a part of the repository, as any other
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _files(folder: Path) -> list[Path]:
    _is_no_link(folder)
    try:
        return sorted(one for one in folder.iterdir() if one.suffix == ".json")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(folder, str(error.strerror)) from error


def _is_no_link(folder: Path) -> None:
    if folder.is_symlink():
        raise _unreadable(folder, "it is a link, and a corpus is a directory of its own")


def _read(path: Path, contract: Contract) -> Saved:
    try:
        # Neither a link is followed, nor is a pipe that nobody writes to waited for.
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(number, "rb") as file:
            about = os.fstat(number)
            if not stat.S_ISREG(about.st_mode):
                raise _unreadable(path, "it is no plain file")
            if about.st_size > LARGEST:
                raise _unreadable(path, f"it has more than {LARGEST:,} bytes")
            content = file.read(LARGEST)
    except OSError as error:
        why = "it is a link" if path.is_symlink() else str(error.strerror)
        raise _unreadable(path, why) from error
    try:
        saved = decoded(content, path)
    except HarnessError as error:
        raise HarnessError(
            code="corpus-refused", message=f"it is not run: {error.message}", next=_NEXT
        ) from error
    wrong = next(_wrong(saved, contract), None)
    if wrong is not None:
        raise HarnessError(
            code="corpus-refused", message=f"{path} is not run: {wrong}", causes=_CAUSES, next=_NEXT
        )
    return saved


_CAUSES = ("it was changed by hand, or does not come from a run of payloadproof",)
_NEXT = "put back the file as it was committed, or delete it"


def _unreadable(path: Path, why: str) -> HarnessError:
    return HarnessError(
        code="corpus-unreadable", message=f"{path} cannot be read: {why}", next=_NEXT
    )


def _wrong(saved: Saved, contract: Contract) -> Iterator[str]:
    """Why a scenario is none that a run of this contract could have kept."""
    scenario = saved.scenario
    numbers = [number for number, _ in do.PLACEHOLDER.findall(scenario.encoded().decode())]
    if any(len(one) > len(str(MOST_CANARIES)) for one in numbers):
        yield f"it plants more than {MOST_CANARIES:,} secrets"
    variables = contract.variables
    aimed = {variables.host, variables.key, variables.data_dir}  # where it sends, and writes
    own = contract.variable_names - aimed
    changes = (step.env for step in scenario.steps if isinstance(step, do.SetEnv))
    environments: list[Mapping[str, str | None]] = [scenario.env, *changes]
    for variable in set().union(*environments) - own - {*PLANTED}:
        yield f"it sets {variable!a}, and no variable of the contract's consent is called that"
    for variable in {*PLANTED} - own:
        said = [env[variable] for env in environments if variable in env]
        if not all(one is not None and do.PLACEHOLDER.fullmatch(one) for one in said):
            yield f"it sets {variable!a} to something else than a planted secret"
    if not 0 <= scenario.now_ms <= CENTURY_MS:
        yield "its time is out of range"
    calls = len(scenario.steps)
    for step in scenario.steps:
        match step:
            case do.Capture(times=n) | do.Record(times=n) | do.RaiseError(times=n):
                calls += n
            case do.Crowd(sessions=n):
                calls += n
            case do.Advance(ms=n) | do.SetClock(offset_ms=n) if abs(n) > CENTURY_MS:
                yield "it moves the clock by more than a century"
            case _:
                pass
    tables = scenario.history.tables.values() if scenario.history else ()
    if sum(row.times for table in tables for row in table.rows) > MOST_ROWS:
        yield f"its database has more than {MOST_ROWS:,} rows"
    if calls > MOST_CALLS:
        yield f"it makes more than {MOST_CALLS:,} calls"
