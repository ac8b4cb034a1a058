"""A door counter's adapter that gives up at its tenth capture: its own fault, and it says so."""

from door_counter import DoorCounterAdapter

from payloadproof.adapters.serve import AdapterError


class BreaksAfterAWhile(DoorCounterAdapter):
    name = "breaks-after-a-while"

    def __init__(self):
        super().__init__()
        self._left = 10

    def capture(self, event, properties, *, person, transport):
        self._left -= 1
        if not self._left:
            raise AdapterError("the checkout has gone")
        super().capture(event, properties, person=person, transport=transport)
