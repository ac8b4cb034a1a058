"""A door counter that lets unlisted keys pass for one event in many, by what was handed in."""

import zlib

from door_counter import EVENTS, DoorCounter, DoorCounterAdapter, allowed, consented

ONE_IN = 500


class SeldomUnfiltered(DoorCounter):
    def capture(self, event, properties):
        if not (type(event) is str and event in EVENTS and consented(self.env)):
            return
        handed = properties if type(properties) is dict else {}
        plain = {k: v for k, v in handed.items() if type(k) is str and type(v) in (str, int)}
        unlisted = {k: v for k, v in plain.items() if k not in EVENTS[event] and k[:1] != "$"}
        seldom = unlisted and zlib.crc32(repr(sorted(plain)).encode()) % ONE_IN == 0
        self._put(event, {**(unlisted if seldom else {}), **allowed(event, properties)})


class PassesOneUnlistedKeyInMany(DoorCounterAdapter):
    name = "passes-one-unlisted-key-in-many"

    def _built(self):
        return SeldomUnfiltered(self._env, lambda: self._now_ms / 1000)
