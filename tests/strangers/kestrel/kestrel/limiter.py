"""Equal errors are sent once in a window, with a count. Asked before any text is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Key = tuple[str, str]
OVERFLOW: Key = ("", "")


@dataclass
class Entry:
    sent_elapsed: float
    pending: int = 0
    text: dict[str, Any] | None = None  # what was sent, redacted, without its count


class Limiter:
    """One entry for each kind of error whose window is open."""

    def __init__(self, window: float, kinds: int) -> None:
        self._window = window
        self._kinds = kinds
        self._entries: dict[Key, Entry] = {}

    def meet(self, key: Key, elapsed: float) -> tuple[Entry, int]:
        """Count one error. Returns its entry, and how many an event sent now would stand for.

        0: nothing is to be sent now.
        """
        entry = self._entries.get(key)
        if entry is None:
            if len(self._entries) >= self._kinds and key != OVERFLOW:
                return self.meet(OVERFLOW, elapsed)
            entry = self._entries[key] = Entry(elapsed)
            return entry, 1
        entry.pending += 1
        if elapsed - entry.sent_elapsed < self._window - 1e-6:
            return entry, 0
        count, entry.pending = entry.pending, 0
        entry.sent_elapsed = elapsed
        return entry, count

    def closed(self, elapsed: float) -> list[tuple[dict[str, Any], int]]:
        """Go through the windows that are over: what they owe, with how many it stands for."""
        owed: list[tuple[dict[str, Any], int]] = []
        for key, entry in list(self._entries.items()):
            if elapsed - entry.sent_elapsed < self._window - 1e-6:
                continue
            if entry.pending and entry.text is not None:
                owed.append((entry.text, entry.pending))
                entry.pending = 0
                entry.sent_elapsed = elapsed  # this was a sending: its own window begins
            else:
                del self._entries[key]
        return owed

    def drain(self) -> list[tuple[dict[str, Any], int]]:
        """Everything that is owed, at the end."""
        owed = [(e.text, e.pending) for e in self._entries.values() if e.pending and e.text]
        for entry in self._entries.values():
            entry.pending = 0
        return owed

    def forget_counts(self) -> None:
        """Consent is gone: so are counts and texts. The windows stay, as what was sent was sent."""
        for entry in self._entries.values():
            entry.pending = 0
            entry.text = None
