"""A door counter that sends nothing in every second scenario, whatever it is."""

from door_counter import DoorCounterAdapter


class LosesEverySecondScenario(DoorCounterAdapter):
    name = "loses-every-second-scenario"

    def __init__(self):
        super().__init__()
        self._scenarios = 0

    def start(self, scenario):
        super().start(scenario)
        self._scenarios += 1

    def capture(self, event, properties, *, person, transport):
        if self._scenarios % 2:
            super().capture(event, properties, person=person, transport=transport)
