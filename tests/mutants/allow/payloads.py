"""Wrong pipelines that send what nobody listed: keys, values, events, and what is the user's.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import base64

from mutants.mutant import breaks
from mutants.parts import Loose, TakesNaN

from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.rollup import Sessions
from payloadproof_reference.transport import Transport
from payloadproof_reference.whitelist import EVENTS, OCCURRENCES, Event, Whitelist


@breaks("A1")
class PassesAnUnlistedKey(Whitelist):
    """Short primitives pass under any key."""

    def scrub(self, event, properties):
        more = {
            key: value
            for key, value in (properties.items() if type(properties) is dict else ())
            if type(key) is str and key[:1] != "$" and key not in self.shapes
            if type(value) in {bool, int} or (type(value) is str and len(value) < 50)
        }
        return super().scrub(event, properties) | more


class _AnyPerson(Whitelist):
    """The last door before the wire, open to whatever is in $set."""

    def person(self, properties):
        return dict(properties)


@breaks("A1", past=_AnyPerson)
class SetsThePersonFromTheCaller(Pipeline):
    """The person's properties are taken from what was captured, not from what was let through."""

    def _payload(self, event, properties, *, person):
        payload = super()._payload(event, properties, person=person)
        if "$set" in payload and type(properties) is dict:
            short = {key: value for key, value in properties.items() if type(value) in {bool, int}}
            payload["$set"] |= short
        return payload


@breaks("A7")
class SendsTheLanguageAsItIsSet(Pipeline):
    """What stands in the variable for the language is sent, as long as it is a short name."""

    def __init__(self, env, *rest, **more):
        super().__init__(env, *rest, **more)
        self._base["locale"] = env.get("LANG", "").split(".")[0] or None


@breaks("A2")
class PassesNestedValues(Loose):
    """Objects and lists pass under a listed key."""

    def passes(self, value):
        return type(value) in {dict, list}


@breaks("A2")
class Passes201Characters(Loose):
    """Text is cut one character too late."""

    def passes(self, value):
        return type(value) is str and len(value) == 201


@breaks("A2")
class PassesNull(Loose):
    """A listed key without a value is sent as null."""

    def passes(self, value):
        return value is None


@breaks("A2")
class PassesNaN(TakesNaN):
    """A number that is none passes; PostHog's library makes it a null."""


@breaks("A3")
class SendsAnUnknownDirective(Transport):
    """Every event carries the address of the machine in PostHog's own key."""

    def _last_check(self, message):
        checked = super()._last_check(message)
        if checked is not None:
            checked["properties"]["$ip"] = "192.0.2.1"
        return checked


@breaks("A3")
class PassesADirective(Whitelist):
    """A caller's keys that begin with $ pass."""

    def scrub(self, event, properties):
        more = {
            key: value
            for key, value in (properties.items() if type(properties) is dict else ())
            if type(key) is str and key[:1] == "$" and type(value) in {bool, int, str}
        }
        return super().scrub(event, properties) | more


@breaks("A4")
class SendsAnUndeclaredEvent(Whitelist):
    """Whatever has a name is an event."""

    class _Any(dict):
        def __missing__(self, name):
            return Event("direct", ())

    events = _Any(EVENTS)

    def event(self, name):
        return self.events[name] if type(name) is str else None


@breaks("A4")
class SendsAForbiddenEvent(Whitelist):
    """The raw event that the rollup replaced can still be captured."""

    events = {**EVENTS, "session_compressed": Event("direct", OCCURRENCES["session_compressed"])}  # noqa: RUF012


@breaks("A7")
class SendsTheHomePath(Transport):
    """Where the user's home is stands in each event."""

    def __init__(self, env, permitted, whitelist, log):
        super().__init__(env, permitted, whitelist, log)
        self._home = env.get("HOME", "")

    def _last_check(self, message):
        checked = super()._last_check(message)
        if checked is not None:
            checked["properties"]["$os_distro"] = self._home
        return checked


@breaks("A7")
class LeaksAnEnvironmentVariable(Transport):
    """A header tells the machine apart by its environment, in base64."""

    def __init__(self, env, permitted, whitelist, log):
        super().__init__(env, permitted, whitelist, log)
        own = " ".join(value for name, value in sorted(env.items()) if name.startswith("ACME"))
        self._session.headers["X-Machine"] = base64.b64encode(own.encode()).decode()


@breaks("A8")
class SessionIdInAProperty(Sessions):
    """A rollup's sequence number is the session's id, which fits every shape."""

    def _flush(self, session, reason):
        rollup = super()._flush(session, reason)
        return rollup and {**rollup, "window_seq": session}
