"""Wrong pipelines that send what is private as something that no search undoes.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
import zlib

from mutants.mutant import breaks

from payloadproof_reference.consent import Consent
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.rollup import Sessions
from payloadproof_reference.transport import Transport


def _short(secret):
    return hashlib.sha256(str(secret).encode()).hexdigest()[:12]


class _OfThePrompt(Pipeline):
    """Something about what a person typed, in a listed key whose shape it fits."""

    def about(self, typed):
        raise NotImplementedError

    def _payload(self, event, properties, *, person):
        payload = super()._payload(event, properties, person=person)
        values = list(properties.values()) if type(properties) is dict else []
        typed = next((one for one in values if type(one) is str and " " in one), None)
        if typed is not None and payload is not None:
            allowed = self._whitelist.events[event].properties
            payload |= {k: v for k, v in self.about(typed).items() if k in allowed}
        return payload


@breaks("A7")
class DigestsThePrompt(_OfThePrompt):
    """The prompt's digest, cut to a short name, says which prompts are equal."""

    def about(self, typed):
        return {"endpoint": _short(typed)}


@breaks("A7")
class CountsThePrompt(_OfThePrompt):
    """A prompt's length stands where a time is due."""

    def about(self, typed):
        return {"duration_ms": len(typed)}


@breaks("A7")
class NumbersThePrompt(_OfThePrompt):
    """A count is drawn from the prompt."""

    def about(self, typed):
        return {"result_count": zlib.crc32(typed.encode()) % 1000}


@breaks("A7")
class CapturesMoreForSome(Pipeline):
    """How often an event is sent depends on what was typed."""

    def capture(self, event, properties=None, **route):
        typed = str(properties) if type(properties) is dict else ""
        for _ in range(1 + zlib.crc32(typed.encode()) % 5):
            super().capture(event, properties, **route)


@breaks("A7")
class IdentifiesByThePath(Consent):
    """An install's id is made of where its data lies."""

    def install_id(self):
        return str(uuid.uuid5(uuid.NAMESPACE_URL, str(self._path)))


class _OfTheEnvironment(Transport):
    def __init__(self, env, *parts):
        super().__init__(env, *parts)
        self._project = env.get("ACME_PROJECT", "")
        self._home = env.get("HOME", "")


@breaks("A7")
class SumsAVariableUp(_OfTheEnvironment):
    """A header holds a checksum of a project's name."""

    def __init__(self, *parts):
        super().__init__(*parts)
        self._session.headers["X-Build"] = f"{zlib.crc32(self._project.encode()):08x}"


@breaks("A7")
class SignsThePath(_OfTheEnvironment):
    """The version of the library carries a signature of where the home is."""

    def _last_check(self, message):
        checked = super()._last_check(message)
        if checked is not None:
            signature = hmac.new(b"no secret", self._home.encode(), "sha256").hexdigest()
            checked["properties"]["$lib_version"] = f"7.0.{int(signature[:6], 16)}"
        return checked


@breaks("A7")
class OrdersKeysByAVariable(_OfTheEnvironment):
    """The order of an event's keys is the project's own."""

    def _last_check(self, message):
        checked = super()._last_check(message)
        if checked is not None:
            ordered = sorted(checked["properties"], key=lambda key: _short(self._project + key))
            checked["properties"] = {key: checked["properties"][key] for key in ordered}
        return checked


@breaks("A8")
class CutsTheSessionId(Sessions):
    """The last digits of a session's id are a rollup's number."""

    def _flush(self, session, reason):
        rollup = super()._flush(session, reason)
        return rollup and {**rollup, "window_seq": session % 1000}


@breaks("A8")
class DigestsTheSessionId(Sessions):
    """A session's model is the digest of its id."""

    def _flush(self, session, reason):
        rollup = super()._flush(session, reason)
        return rollup and {**rollup, "top_model": _short(session)}


@breaks("A8")
class SendsTheParityOfASession(Sessions):
    """Whether a session's id is odd stands in its rollup."""

    def _flush(self, session, reason):
        rollup = super()._flush(session, reason)
        return rollup and {**rollup, "obs_type_other": session % 2}
