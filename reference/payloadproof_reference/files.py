"""Where the program's own files are, and how one is written.

Rule 1: a file is replaced in one step: who reads it finds the old one or the new one, whole.
Rule 2: nothing in here decides anything; ``telemetry.json`` is consent's.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DATA_DIR = "CLAUDE_MEM_DATA_DIR"


def data_dir(env: Mapping[str, str]) -> Path:
    """The data directory, made by whoever writes first."""
    named = env.get(DATA_DIR, "").strip()
    return Path(named).expanduser() if named else Path.home() / ".claude-mem"


def history_db(directory: Path) -> Path:
    """The product's database below the data directory."""
    return directory / "claude-mem.db"


def publish(path: Path, content: Mapping[str, Any]) -> None:
    """Put ``content`` in place as JSON.

    Raises:
        OSError: it could not be written; what was there before still is.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(content, out, indent=2)
            out.write("\n")
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
