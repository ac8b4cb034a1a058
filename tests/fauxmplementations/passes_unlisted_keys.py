"""A door counter whose whitelist is a suggestion."""

from door_counter import EVENTS, DoorCounter, DoorCounterAdapter, allowed, consented


class Unfiltered(DoorCounter):
    def capture(self, event, properties):
        if not (isinstance(event, str) and event in EVENTS and consented(self.env)):
            return
        handed = properties if isinstance(properties, dict) else {}
        unlisted = {k: v for k, v in handed.items() if isinstance(v, str | int) and k[:1] != "$"}
        self._put(event, {**unlisted, **allowed(event, properties)})


class PassesUnlistedKeys(DoorCounterAdapter):
    name = "passes-unlisted-keys"

    def _built(self):
        return Unfiltered(self._env, lambda: self._now_ms / 1000)
