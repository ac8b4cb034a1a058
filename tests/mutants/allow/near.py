"""Wrong pipelines that take a key for a listed one that it only comes close to.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

from mutants.mutant import breaks

from payloadproof_reference.whitelist import Whitelist


class _Near(Whitelist):
    """A key passes that is near to a listed one; the last check lets it through."""

    def near(self, key, listed):
        raise NotImplementedError

    def _pick(self, properties, keys):
        kept = super()._pick(properties, keys)
        if type(properties) is dict:
            for key, value in properties.items():
                if type(key) is str and type(value) in {str, int} and self.near(key, keys):
                    kept.setdefault(key, value)
        return kept


@breaks("A1")
class TakesABeginningForAKey(_Near):
    """What begins with a listed key is as good as listed."""

    def near(self, key, listed):
        return any(key.startswith(one) for one in listed)


@breaks("A1")
class TakesAnyCase(_Near):
    """Capitals make no difference."""

    def near(self, key, listed):
        return key.casefold() in listed


@breaks("A1")
class TakesADottedKey(_Near):
    """What follows a dot is not looked at, as of a nested object made flat."""

    def near(self, key, listed):
        return key.partition(".")[0] in listed


@breaks("A1")
class TrimsKeys(_Near):
    """Blanks around a key are trimmed before it is looked up, and sent."""

    def near(self, key, listed):
        return key.strip() in listed
