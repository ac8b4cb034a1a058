"""Wrong parts that mutants of two families are made of; none of them is a mutant by itself."""

from __future__ import annotations

import math

from payloadproof_reference.log import Log
from payloadproof_reference.whitelist import Whitelist


class Loose(Whitelist):
    """One kind of value passes under every declared key."""

    def passes(self, value):
        raise NotImplementedError

    def _pick(self, properties, keys):
        kept = super()._pick(properties, keys)
        if type(properties) is dict:
            found = {key: properties[key] for key in keys if key in properties}
            kept |= {key: value for key, value in found.items() if self.passes(value)}
        return kept


class TakesNaN(Loose):
    """A number that is none passes."""

    def passes(self, value):
        return type(value) is float and math.isnan(value)


class RaisingSink(Log):
    """A sink that raises when it has done its work."""

    def set_error_sink(self, sink):
        super().set_error_sink(sink and self._raising(sink))

    def _raising(self, sink):
        def raising(error):
            sink(error)
            raise RuntimeError("the sink is full")

        return raising
