"""Where in the user's own files a finding is to be looked at first.

Rule 1: the innermost line of the program or its adapter, where an operation raised; else the line
of the contract that declares the key, or the event, that the finding names; else the contract's
table that the clause is about. Without any: the saved scenario, or the adapter's file.
Rule 2: a place is told relative to the working directory, and only where it is a file below it: no
report holds a home path, and what a program says of itself is believed no further than that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from payloadproof.clauses.clause import every_clause
from payloadproof.contract import shipped
from payloadproof.contract.lines import lines
from payloadproof.outcome.model import Report, ReportedFinding

_RAISED = re.compile(r"from (.+):(\d{1,7}) in ")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
#: The table of a contract that a family of clauses is about.
_TABLES = {"consent": "consent", "wire": "wire", "backfill": "backfill", "errors": "errors"}


class Place(NamedTuple):
    """A file below the working directory, with slashes, and a line from 1 on."""

    file: str
    line: int = 1


class Places:
    """Looks places up for the findings of one report; the contract is read once."""

    def __init__(self, report: Report) -> None:
        self.contract = None if report.contract in shipped() else _below(report.contract)
        self._lines = _lines_of(self.contract)
        self._adapter = tuple(_files_of(report.adapter or ""))

    def __call__(self, finding: ReportedFinding) -> Place | None:
        """Where to look first; None where there is nothing of the user's to point at."""
        return next(self.all(finding), None)

    def all(self, finding: ReportedFinding) -> Iterator[Place]:
        """Every place that a finding has, the best first."""
        yield from filter(None, map(_raised, finding.evidence))
        if self.contract is not None:
            yield Place(self.contract, self._declared(finding))
        saved = _below(finding.file) if finding.file else None
        if saved:
            yield Place(saved)
        elif self.contract is None:
            yield from (Place(file) for file in map(_below, self._adapter) if file)

    def _declared(self, finding: ReportedFinding) -> int:
        texts = (finding.observed, *finding.evidence, finding.expected)
        names = [name for text in texts for name in _QUOTED.findall(text)]
        paths = [(table, name) for table in ("properties", "events") for name in names]
        family = every_clause()[finding.clause].family
        known = (
            self._lines[path]
            for path in (*paths, (_TABLES.get(family, "product"),))
            if path in self._lines
        )
        return next(known, 1)


def _files_of(adapter: str) -> Iterator[str]:
    """What in an adapter's string may be the file that it is written in."""
    kind, _, rest = adapter.partition(":")
    if kind == "direct":
        yield f"{rest.partition(':')[0].replace('.', '/')}.py"
    else:
        yield from rest.replace("'", " ").split()


def _raised(line: str) -> Place | None:
    found = _RAISED.match(line)
    file = _below(found[1]) if found else None
    return Place(file, max(1, int(found[2]))) if found and file else None


def _lines_of(contract: str | None) -> Mapping[tuple[str, ...], int]:
    if contract is None:
        return {}
    try:
        return lines(Path(contract).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # it has gone since, or changed
        return {}


def _below(file: str) -> str | None:
    """The file relative to the working directory; None where it is none below it."""
    try:
        here, path = Path.cwd(), Path(file)
        whole = path if path.is_absolute() else here / path
        if ".." in path.parts or not whole.is_file() or not whole.is_relative_to(here):
            return None
        return whole.relative_to(here).as_posix()
    except (OSError, ValueError):  # no working directory; no name of a file
        return None
