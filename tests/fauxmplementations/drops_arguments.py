"""Adapters that answer `ok`, and hand on less than they were given."""

from door_counter import DoorCounterAdapter

from payloadproof_reference.adapter import ReferenceAdapter


class DropsProperties(DoorCounterAdapter):
    """A capture of the name alone."""

    def capture(self, event, properties, *, person, transport):
        super().capture(event, {}, person=person, transport=transport)


class DropsTheSession(ReferenceAdapter):
    """A record of two arguments."""

    def record(self, event, properties, *, session):
        super().record(event, properties, session=None)


class DropsTheRecord(ReferenceAdapter):
    """A record that is counted, and not looked into."""

    def record(self, event, properties, *, session):
        super().record(event, {}, session=session)
