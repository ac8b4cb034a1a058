"""A door counter that raises at its public boundary."""

from door_counter import DoorCounterAdapter


class ThrowsAtEverything(DoorCounterAdapter):
    name = "throws-at-everything"

    def capture(self, event, properties, *, person, transport):
        super().capture(event, properties, person=person, transport=transport)
        raise LookupError(f"no listener for {event!r}")
