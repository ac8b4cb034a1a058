"""Wrong pipelines that drop what the next day may send again.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

from mutants.mutant import breaks

from payloadproof_reference.ceilings import Ceilings


@breaks("D4")
class ReachesItsCeilingOnce(Ceilings):
    """What has reached its ceiling is dropped as long as the process lives."""

    def admits(self, event, ceiling):
        self._over = getattr(self, "_over", set())
        if event not in self._over and super().admits(event, ceiling):
            return True
        self._over.add(event)
        return False


@breaks("D4")
class CountsFromTheFirstEvent(Ceilings):
    """A day begins with the first event, and is a day long."""

    def admits(self, event, ceiling):
        if ceiling is None:
            return True
        now = self._clock.now_ms()
        days = self._days = getattr(self, "_days", {})
        began, count = days.get(event, (now, 0))
        if now - began >= 86_400_000:
            began, count = now, 0
        days[event] = began, count + 1
        return count < ceiling
