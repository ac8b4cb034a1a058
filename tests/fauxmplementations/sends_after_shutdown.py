"""A door counter that says one thing more after shutdown: when the next scenario has begun."""

import http.client
import json
import urllib.parse

from door_counter import DoorCounterAdapter, consented


class SendsAfterShutdown(DoorCounterAdapter):
    name = "sends-after-shutdown"

    def start(self, scenario):
        if self._counter._ended and consented(self._env):
            self._say_one_thing_more()
        super().start(scenario)

    def _say_one_thing_more(self):
        where = urllib.parse.urlsplit(self._env["DOOR_COUNTER_HOST"])
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=5)
        event = {
            "event": "door_opened",
            "distinct_id": self._counter._id,
            "properties": {"$process_person_profile": False},
        }
        body = json.dumps({"api_key": self._env["DOOR_COUNTER_KEY"], "batch": [event]})
        connection.request("POST", "/batch/", body)
        connection.getresponse().read()
        connection.close()
