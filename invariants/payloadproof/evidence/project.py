"""What a contract says of the project that the fake service stands for."""

from __future__ import annotations

from pathlib import Path

from payloadproof.contract import Contract
from payloadproof.recorder.project import Flag, Project, flags_in


def project_of(contract: Contract, flags: Path | None = None) -> Project:
    """The contract's prefix and flags, and those of a file, which win.

    Raises:
        HarnessError: the file cannot be read, or holds something else.
    """
    said = {name: Flag(value=value) for name, value in contract.wire.flags.items()}
    if flags is not None:
        said |= flags_in(flags)
    return Project(prefix=contract.wire.prefix, flags=said)
