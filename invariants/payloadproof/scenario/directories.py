"""The directories of one run: made, changed by the harness, and looked at."""

from __future__ import annotations

import hashlib
from pathlib import Path

from payloadproof.contract import Contract
from payloadproof.scenario.history import File, Snapshot
from payloadproof.scenario.steps import Scenario, planted

LOG_KEPT = 256 * 1024  # bytes of each log file, from its end


class Directories:
    """Home and data directory below ``root``.

    They are input too: with canaries, their names hold the first one, and a path of theirs on the
    wire is a leak (A7).
    """

    def __init__(self, root: Path, contract: Contract, canaries: tuple[str, ...]) -> None:
        suffix = f"-{canaries[0]}" if canaries else ""
        self.home = root / f"home{suffix}"
        self.data = root / f"data{suffix}"
        self._contract = contract
        self._canaries = canaries

    def prepare(self, scenario: Scenario) -> None:
        """Make them as the scenario has them."""
        self.home.mkdir()
        match scenario.data:
            case "missing":
                return
            case "file":
                self.data.write_text("no directory\n", encoding="utf-8")
            case "sound":
                self.data.mkdir()
                self.write_consent(scenario.consent_text)

    def write_consent(self, text: str | None) -> None:
        """Write the consent file, or delete it."""
        layer = self._contract.consent_file
        if layer is None:
            return
        path = self.data / layer.path
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(planted(text, self._canaries), encoding="utf-8")

    def consent_text(self) -> str | None:
        """What the consent file holds, None for no file."""
        layer = self._contract.consent_file
        path = self.data / layer.path if layer else None
        if path is None or not path.is_file():
            return None
        return path.read_text(encoding="utf-8", errors="replace")

    def log(self) -> str:
        """What the contract's log files hold."""
        patterns = self._contract.files.log if self.data.is_dir() else ()
        paths = [path for one in patterns for path in sorted(self.data.glob(one))]
        tails = (path.read_bytes()[-LOG_KEPT:] for path in paths if path.is_file())
        return "".join(tail.decode(errors="replace") for tail in tails)

    def snapshot(self, step: int) -> Snapshot:
        """Every file in them, after ``step``."""
        files = {
            f"{label}/{path.relative_to(below)}": found
            for label, below in (("home", self.home), ("data", self.data))
            for path in sorted(below.rglob("*"))
            if (found := _file(path))
        }
        return Snapshot(step=step, files=files)


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
