"""The directories of one run: made, changed by the harness, and looked at."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path

from payloadproof.contract import Contract
from payloadproof.contract.consent import XDG
from payloadproof.evidence.history import LOG_KEPT, File, Snapshot, every_fault
from payloadproof.scenario import databases
from payloadproof.scenario.steps import FULL, HOME, Instead, Place, RaiseError, Scenario, planted

FOUND_AGE_S = 86_400  # of a consent file that a start finds
LINES = 40  # of a source: a frame stands in one of its first, and what is quoted around it


def placed(scratch: Path, name: str) -> Path:
    """A new folder for a run below ``scratch``, of that name or, without one, of a fresh one."""
    if not name:
        return Path(tempfile.mkdtemp(prefix="s", dir=scratch))
    root = scratch / name
    root.mkdir()
    return root


class Directories:
    """Home and data directory below ``root``.

    They are input too: with canaries, their names hold the first one, and a path of theirs on the
    wire is a leak (A7).
    """

    def __init__(self, root: Path, contract: Contract, canaries: tuple[str, ...]) -> None:
        suffix = f"-{canaries[0]}" if canaries else ""
        self.home = root / f"home{suffix}"
        self.data = root / f"data{suffix}"
        self.history_db: Path | None = None
        # Beside the data directory: what SQLite leaves beside a database is the harness's doing.
        self._database = root / f"memory{suffix}.db"
        self._held: databases.Held | None = None
        self._contract = contract
        self._canaries = canaries
        self._logged = ""  # before the disk was full
        self._taken: dict[Place, Path] = {}  # what is no file of the program's
        self._marked: str | None = None  # what a marker is taken for whose place is taken

    def prepare(self, scenario: Scenario) -> None:
        """Make them as the scenario has them."""
        self.home.mkdir()
        self._write_sources(scenario)
        layer = self._contract.consent_file
        if layer is not None and layer.where != "data":
            self._find_consent(scenario.consent_text)
        if scenario.history is not None and self._contract.backfill is not None:
            tables = self._contract.backfill.tables
            self.history_db = self._database
            self._held = databases.build(
                scenario.history, tables, self._database, lambda v: planted(v, self._canaries)
            )
        match scenario.data:
            case "missing":
                return
            case "file":
                self.data.write_text("no directory\n", encoding="utf-8")
            case "sound":
                self.data.mkdir()
                if layer is not None and layer.where == "data":
                    self._find_consent(scenario.consent_text)
                self._write_marker(scenario.marker_text)
        self._marked = scenario.marker_text
        for place, instead in scenario.instead.items():
            self._take(place, instead)

    def _take(self, place: Place, instead: Instead) -> None:
        """Put something else where the program has a file of its own, or its log's folder."""
        places = {"consent": self._consent, "marker": self._marker, "log": self._log_folder}
        path = places[place]()
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        match instead:
            case "pipe":
                os.mkfifo(path)
            case "folder":
                path.mkdir()
            case "loop":
                path.symlink_to(path.name)
            case "file":
                path.write_text("no folder\n", encoding="utf-8")
        self._taken[place] = path

    def _log_folder(self) -> Path | None:
        folders = (one.partition("/") for one in self._contract.files.log)
        return next((self.data / name for name, below, _ in folders if below), None)

    def _write_sources(self, scenario: Scenario) -> None:
        """The files in the home that errors come from: who quotes source reads it from there."""
        said: dict[str, list[str]] = {}
        for step in scenario.steps:
            faults = every_fault(step.error) if isinstance(step, RaiseError) else ()
            for frame in (frame for fault in faults for frame in fault.frames):
                if frame.file.startswith(f"{HOME}/") and frame.source:
                    said.setdefault(frame.file, []).append(frame.source)
        for file, sources in said.items():
            path = Path(planted(file, self._canaries, str(self.home)))
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = planted(sources, self._canaries) * (LINES // len(sources) + 1)
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def close(self) -> None:
        """Let go of a database that is held, and of whoever waits at a pipe."""
        if self._held is not None:
            self._held.close()
        for path in self._taken.values():
            if path.is_fifo():
                # Whoever waits for somebody to open the other end goes on, and finds nothing in it.
                os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))

    def _marker(self) -> Path | None:
        backfill = self._contract.backfill
        return self.data / backfill.marker.path if backfill else None

    def _write_marker(self, text: str | None) -> None:
        path = self._marker()
        if path is not None and text is not None:
            path.write_text(text, encoding="utf-8")

    def _marker_text(self) -> str | None:
        path = self._marker()
        if "marker" in self._taken and path is not None and not path.is_file():
            return self._marked
        try:
            return path.read_text(encoding="utf-8", errors="replace") if path else None
        except OSError:
            return None

    def _consent(self) -> Path | None:
        layer = self._contract.consent_file
        if layer is None:
            return None
        below, _, path = layer.place.partition("/")
        return (self.data if below == "data" else self.home) / path

    def variables(self) -> dict[str, str]:
        """Variables that say where the contract's directories are, beside the home."""
        named = {self._contract.variables.data_dir: self.data}
        layer = self._contract.consent_file
        if layer is not None and layer.where in XDG:
            named[XDG[layer.where][0]] = self.home / layer.directory.removeprefix("home/")
        return {name: str(path) for name, path in named.items() if name}

    def _find_consent(self, text: str | None) -> None:
        """The consent file as a start finds it: from long ago, as most are.

        Who remembers what a file said for as long as its stat is the same may trust an old one.
        """
        self.write_consent(text)
        path = self._consent()
        if path is not None and path.is_file():
            long_ago = time.time() - FOUND_AGE_S
            os.utime(path, (long_ago, long_ago))

    def write_consent(self, text: str | None) -> None:
        """Write the consent file, or delete it; nothing where the contract has none."""
        path = self._consent()
        if path is None:
            return
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(planted(text, self._canaries), encoding="utf-8")

    def consent_text(self) -> str | None:
        """What the consent file holds, None for no file."""
        path = self._consent()
        if path is None or not path.is_file():
            return None
        return path.read_text(encoding="utf-8", errors="replace")

    def fill_disk(self) -> None:
        """Put a link to the full device in the place of each log file; what they held is kept."""
        self._logged = self.log()
        for path in self._log_files():
            path.unlink()
            path.symlink_to(FULL)

    def log(self) -> str:
        """What the contract's log files hold."""
        tails = (path.read_bytes()[-LOG_KEPT:] for path in self._log_files())
        return self._logged + "".join(tail.decode(errors="replace") for tail in tails)

    def _log_files(self) -> list[Path]:
        patterns = self._contract.files.log if self.data.is_dir() else ()
        paths = (path for one in patterns for path in sorted(self.data.glob(one)))
        return [path for path in paths if path.is_file()]

    def snapshot(self, step: int) -> Snapshot:
        """Every file in them, after ``step``."""
        files = {
            f"{label}/{path.relative_to(below)}": found
            for label, below in (("home", self.home), ("data", self.data))
            for path in sorted(below.rglob("*"))
            if (found := _file(path))
        }
        return Snapshot(step=step, files=files, marker=self._marker_text())


def _file(path: Path) -> File | None:
    try:
        if not path.is_file():
            return None
        content = path.read_bytes()
        stat = path.stat()
    except FileNotFoundError:
        # Renamed away meanwhile, as an atomic write does; its new name is in the next snapshot.
        return None
    return File(
        size=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=hashlib.sha256(content).hexdigest()
    )
