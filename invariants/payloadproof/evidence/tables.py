"""Tables of events: the CSV that PostHog's page exports, and Parquet.

Rule 1: a row of a table becomes the columns of a row of an export, and nothing is judged here.
Rule 2: CSV knows text alone. What reads as a number or a truth is one, unless the contract says
that the property is a text; an empty cell is a key that is not there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

from payloadproof.errors import HarnessError

LONGEST_CELL = 4 * 1024 * 1024  # characters
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,17})?([eE][+-]?\d{1,2})?")
_TRUTHS = {"true": True, "True": True, "false": False, "False": False}
_PERSON_IN = ("person.properties.", "person_properties.")
_SETS = ("$set.", "$set_once.")


def is_csv(first: bytes) -> bool:
    """Whether a first line is a head of columns with an event's name among them."""
    try:
        head = next(csv.reader([first.decode("utf-8-sig").strip()]), [])
    except (UnicodeDecodeError, csv.Error):
        return False
    return len(head) > 1 and any(_plain(one) == "event" for one in head)


def _plain(column: str) -> str:
    """A column's name without what the page puts in front of an event's own."""
    return column.strip().removeprefix("*.")


def from_csv(file: IO[bytes], texts: Collection[str]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Each row with the number of its last line, as columns of an export, or what is wrong.

    ``texts``: properties whose values are text, whatever they look like.
    """
    csv.field_size_limit(LONGEST_CELL)
    lines = io.TextIOWrapper(file, "utf-8-sig", newline="", errors="strict")
    try:
        yield from _rows(csv.reader(lines, strict=True), texts)
    finally:
        lines.detach()  # whoever opened the file closes it


def _rows(reader: Any, texts: Collection[str]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    head: list[str] | None = None
    while True:
        try:
            cells = next(reader, None)
        except (csv.Error, UnicodeDecodeError) as error:
            yield reader.line_num + isinstance(error, UnicodeDecodeError), str(error)
            return  # where the next row begins cannot be told any more
        if cells is None:
            return
        if head is None:
            head = [_plain(one) for one in cells]
        elif len(cells) != len(head):
            yield reader.line_num, f"it has {len(cells)} cells, and the head has {len(head)}"
        else:
            yield reader.line_num, _columns(dict(zip(head, cells, strict=True)), texts)


def _columns(cells: dict[str, str], texts: Collection[str]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    person: dict[str, Any] = {}
    whole = cells.pop("properties", "")
    for name, cell in cells.items():
        if not cell:
            continue
        where = next((prefix for prefix in _PERSON_IN if name.startswith(prefix)), None)
        if where:
            key = name.removeprefix(where)
            person[key] = _value(key, cell, texts)
        elif name.startswith("properties."):
            key = name.removeprefix("properties.")
            inner = next((one for one in _SETS if key.startswith(one)), None)
            if inner:
                about = properties.setdefault(inner[:-1], {})
                about[key.removeprefix(inner)] = _value(key.removeprefix(inner), cell, texts)
            else:
                properties[key] = _value(key, cell, texts)
        else:
            columns[name] = cell
    columns["properties"] = whole if whole and not properties else properties
    if person:
        columns["person_properties"] = person
    # A person's name or id, as the page shows it; an object only where it is JSON.
    if not columns.get("person", "{").startswith("{"):
        columns["person, as shown"] = columns.pop("person")
    return columns


def _value(key: str, cell: str, texts: Collection[str]) -> Any:
    if key in texts:
        return cell
    if cell in _TRUTHS:
        return _TRUTHS[cell]
    if _NUMBER.fullmatch(cell):
        return float(cell) if any(one in cell for one in ".eE") else int(cell)
    return cell


def from_parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row with its number, as columns of an export; a thousand in memory at once.

    Raises:
        HarnessError: the extra is not installed.
        ValueError: what it holds is damaged.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise HarnessError(
            code="extra-missing",
            message=f"{path} is Parquet, and what reads it is not installed",
            next='pip install "payloadproof[parquet]"',
        ) from error
    try:
        number = 0
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1000):
                for columns in rows_of(batch):
                    number += 1
                    yield number, columns
    except (pa.ArrowException, OSError) as error:
        raise ValueError(str(error).splitlines()[0]) from error


def rows_of(batch: Any) -> Iterator[dict[str, Any]]:
    """The rows of a batch of Arrow, as columns of an export."""
    for columns in batch.to_pylist():
        yield {key: _plainly(value) for key, value in columns.items()}


def _plainly(value: Any) -> Any:
    """A cell as JSON would have it: a map is a list of pairs here, and a time is no text."""
    if isinstance(value, list) and value and all(isinstance(one, tuple) for one in value):
        return dict(value)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if isoformat else value
