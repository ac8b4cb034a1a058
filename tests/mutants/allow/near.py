"""Wrong pipelines that take a key or a value for one that it only comes close to.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import re

from mutants.mutant import breaks

from payloadproof_reference.exceptions import EVENT
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.whitelist import EVENTS, SHAPES, Whitelist


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


class _Loose(Whitelist):
    """Values pass that are not what their key is for; the last check lets them through."""

    def loose(self, value):
        raise NotImplementedError

    def _pick(self, properties, keys):
        kept = super()._pick(properties, keys)
        if type(properties) is dict:
            loose = {
                key: self.loose(properties[key])
                for key in keys
                if key in properties and key not in kept
            }
            kept |= {key: value for key, value in loose.items() if value is not None}
        return kept


@breaks("A6")
class RefusesAddressesThatStandAlone(_Loose):
    """An address is one where nothing else stands beside it."""

    def loose(self, value):
        beside = type(value) is str and re.fullmatch(r"[a-z]+-(?:\d+\.){3}\d+", value)
        return value if beside else None


@breaks("A6")
class TakesAnyNumberOfMakers(_Loose):
    """A model may have as many slashes as a path has."""

    def loose(self, value):
        return value if type(value) is str and re.fullmatch(r"\w+(?:/\w+){2,}", value) else None


@breaks("A7")
class TakesWhatIsInside(_Loose):
    """Where an object stands for a short name, the first text inside stands for it."""

    _taken = frozenset()  # the last check meets what was inside by itself

    def loose(self, value):
        inside = next(iter(value.values()), None) if type(value) is dict else value
        if type(value) is dict and type(inside) is str and " " not in inside:
            self._taken |= {inside}
        return inside if type(inside) is str and inside in self._taken else None


@breaks("A5")
class TakesEveryListedKeyOfAnError(Whitelist):
    """What a caller says of an error may have each key that any event may have."""

    def scrub(self, event, properties):
        kept = super().scrub(event, properties)
        return kept | self._pick(properties, SHAPES) if event == EVENT else kept


@breaks("A4")
class SendsWhatBelongsToNoSession(Pipeline):
    """A record that says of no session whose it is becomes an event of its own."""

    def __init__(self, *parts, whitelist):
        whitelist.events = {**EVENTS, "session_compressed": EVENTS["error_occurred"]}
        super().__init__(*parts, whitelist=whitelist)

    def record(self, occurrence, properties, *, session=None):
        super().record(occurrence, properties, session=session)
        if occurrence == "session_compressed" and session is None:
            self._emit(occurrence, properties)
