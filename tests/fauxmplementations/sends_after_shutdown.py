"""A door counter that says one thing more when everybody has left."""

import http.client
import json
import threading
import urllib.parse

from door_counter import DoorCounter, DoorCounterAdapter, consented


class Afterthought(DoorCounter):
    def shutdown(self):
        super().shutdown()
        if consented(self.env):
            threading.Timer(0.1, self._say_one_thing_more).start()

    def _say_one_thing_more(self):
        where = urllib.parse.urlsplit(self.env["DOOR_COUNTER_HOST"])
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=2)
        event = {
            "event": "door_opened",
            "distinct_id": self._id,
            "properties": {"$process_person_profile": False},
        }
        body = json.dumps({"api_key": self.env["DOOR_COUNTER_KEY"], "batch": [event]})
        try:
            connection.request("POST", "/batch/", body)
            connection.getresponse().read()
        except OSError:
            return  # the run is over
        finally:
            connection.close()


class SendsAfterShutdown(DoorCounterAdapter):
    name = "sends-after-shutdown"

    def _built(self):
        return Afterthought(self._env, lambda: self._now_ms / 1000)
