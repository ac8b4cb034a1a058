"""Which files are meant, and what each of them is.

Rule 1: the form is found by looking, and whoever knows better can say so.
Rule 2: one bad line at the top hides nothing: the form is that of the first line that has one.
"""

from __future__ import annotations

import glob
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, Final, Literal, NamedTuple, get_args

import msgspec

from payloadproof.errors import HarnessError
from payloadproof.evidence import captures, tables
from payloadproof.evidence.packed import BROKEN, Packing, opened, packing_of
from payloadproof.evidence.rows import EXPORTED, PERSONS
from payloadproof.recorder.decode import SIZE_LIMIT

Form = Literal[
    "recording", "batch", "events", "export", "persons", "csv", "har", "mitmproxy", "parquet"
]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
#: What is told of a form, for a person.
SAID: Final[dict[Form, str]] = {
    "recording": "a recording",
    "batch": "a batch body",
    "events": "JSON Lines of events",
    "export": "an export of events",
    "persons": "an export of persons",
    "csv": "a CSV of events",
    "har": "a HAR",
    "mitmproxy": "a dump of mitmproxy",
    "parquet": "an export in Parquet",
}
#: Those that a file can be cut into, at the end of any line.
IN_LINES: Final = ("events", "export", "persons")
WHOLE_LIMIT: Final = 256 * 1024 * 1024  # bytes of a file that has to be read whole
_LOOKED_AT = 5  # lines
LINE_LIMIT = SIZE_LIMIT * 2
_PARQUET = b"PAR1"
_SKIPPED = ("manifest.json",)  # what a batch export writes beside its files


class Found(NamedTuple):
    """A file, and what it is."""

    path: Path
    form: Form
    packing: Packing
    size: int  # bytes, packed

    @property
    def said(self) -> str:
        """What it is, for a person."""
        return f"{SAID[self.form]}{f', packed with {self.packing}' if self.packing else ''}"


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Each file that is meant: a directory stands for all in it, a pattern for what fits it.

    Raises:
        HarnessError: a directory or a pattern stands for none.
    """
    files: list[Path] = []
    for path in paths:
        if _is_no_name(path):
            inside = [path]  # whoever reads it says why
        elif path.is_dir():
            inside = [one for one in sorted(path.rglob("*")) if one.is_file() and _meant(one, path)]
        elif not path.exists() and glob.has_magic(str(path)):
            inside = sorted(Path(one) for one in glob.glob(str(path), recursive=True))  # noqa: PTH207
            inside = [one for one in inside if one.is_file()]
        else:
            inside = [path]
        if not inside:
            raise HarnessError(
                code="evidence-unreadable",
                message=f"there is no file in {path}",
                next="name the files, or the directory that they are in",
            )
        files += inside
    return list(dict.fromkeys(files))


def _is_no_name(path: Path) -> bool:
    try:
        path.exists()
    except OSError:  # longer than a name can be
        return True
    return False


def _meant(file: Path, among: Path) -> bool:
    hidden = any(part.startswith((".", "_")) for part in file.relative_to(among).parts)
    return not hidden and file.name not in _SKIPPED


def look(path: Path, form: Form | None = None) -> Found:
    """Find out what a file is; ``form`` overrules what it looks like.

    Raises:
        HarnessError: it cannot be read, or has none of the forms.
    """
    try:
        kind, size = path.stat().st_mode, path.stat().st_size
        if not stat.S_ISREG(kind):
            raise _irregular(path)
        with path.open("rb") as file:
            start = file.read(len(_PARQUET))
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        if not size:
            raise unknown(path, "it is empty")
        packing = packing_of(path, start)
        if start == _PARQUET or form == "parquet":
            return Found(path, "parquet", "", size)
        if form is not None:
            return Found(path, form, packing, size)
        with opened(path, packing) as file:
            first = _first_lines(file)
    except BROKEN as error:
        raise unknown(path, f"it cannot be unpacked ({error})") from error
    # One bad line at the top of an export must not hide what the others are.
    found = next((one for line in first if (one := _form_of(line))), None)
    if found is None:
        found = _of_a_whole(path, packing, first)
    return Found(path, found, packing, size)


def _first_lines(file: IO[bytes]) -> list[bytes]:
    lines = []
    for _ in range(_LOOKED_AT):
        try:
            lines.append(file.readline(LINE_LIMIT))
        except BROKEN:
            # Damaged after what tells its form: the flaw has its place when it is read.
            if not any(lines):
                raise
            break
    return lines


def _unreadable(path: Path, error: Exception) -> HarnessError:
    why = getattr(error, "strerror", None) or str(error) or "it is damaged"
    return HarnessError(
        code="evidence-unreadable",
        message=f"{path} cannot be read: {why}",
        next="payloadproof record --out recording.jsonl makes one",
    )


def _irregular(path: Path) -> HarnessError:
    if path.is_dir():
        return HarnessError(
            code="evidence-unreadable",
            message=f"{path} is a directory",
            next="name the files in it instead",
        )
    return HarnessError(
        code="evidence-unreadable",
        message=f"{path} has to be read twice, and this kind of file cannot be",
        next="save its content to a file, and name that file",
    )


def unknown(path: Path, why: str) -> HarnessError:
    """What to raise for a file of no form that is known."""
    return HarnessError(
        code="evidence-unknown",
        message=f"{path} contains nothing that can be audited: {why}",
        causes=(
            "it must be a recording, a batch body, JSON Lines of events, HAR or a mitmproxy dump",
            "or a PostHog export: JSON Lines, CSV or Parquet",
        ),
        next="make a recording with payloadproof record --out recording.jsonl",
    )


def _form_of(first: bytes) -> Form | None:
    """The form of a file with such a line; None where the line is none of them."""
    if captures.is_dump(first):
        return "mitmproxy"
    line = _parsed(first)
    if not isinstance(line, dict):
        return "csv" if line is None and tables.is_csv(first) else None
    if "batch" in line or captures.har_entries(line) is not None:
        return None
    if "recording" in line:
        return "recording"
    if "event" not in line:
        return "persons" if PERSONS & line.keys() and "properties" in line else None
    exported = isinstance(line.get("properties"), str) or len(EXPORTED & line.keys()) > 1
    return "export" if exported else "events"


def _parsed(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _of_a_whole(path: Path, packing: Packing, first: list[bytes]) -> Form:
    """A document that is one piece of JSON, a list or an object."""
    start = b"".join(first).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not packing and path.stat().st_size > WHOLE_LIMIT:
        raise unknown(path, "no line is a JSON object, and the whole is too large for a batch")
    if start[:1] not in (b"{", b"["):
        why = "it is neither JSON nor JSON Lines"
        if _parsed(start) is not None:
            why = "it is JSON, but neither a batch nor an event"
        raise unknown(path, f"unpacked {why}" if packing else why)
    return "har" if b'"log"' in start[:4096] else "batch"
