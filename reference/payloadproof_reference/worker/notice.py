"""The first-run notice: the default is on, so it is never silent.

Rule 1: it is shown once for each data directory, and only while telemetry is on.
Rule 2: where that cannot be remembered it is shown again; twice is better than never.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from payloadproof_reference.files import publish

FILE = "telemetry-notice.json"
TEXT = """\
This program sends anonymous usage statistics to PostHog: versions, counts, durations, and the text
of errors, out of which patterns take paths and what looks like a secret: most, not all. It sends no
prompts and no code, and of a path at most the name of a source file.
See what would be sent, and send nothing: CLAUDE_MEM_TELEMETRY_DEBUG=1
Turn it off: python -m payloadproof_reference telemetry disable (or DO_NOT_TRACK=1)"""


def first(directory: Path) -> bool:
    """Whether the notice is still to be shown; asking counts as showing."""
    path = directory / FILE
    if path.exists():
        return False
    with suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
        publish(path, {"shown": True})
    return True
