"""A door counter that is done after one scenario."""

from door_counter import DoorCounterAdapter


class LosesEveryEventButTheFirst(DoorCounterAdapter):
    name = "loses-every-event-but-the-first"

    def __init__(self):
        super().__init__()
        self._scenarios = 0

    def start(self, scenario):
        super().start(scenario)
        self._scenarios += 1

    def capture(self, event, properties, *, person, transport):
        if self._scenarios == 1:
            super().capture(event, properties, person=person, transport=transport)
