"""An adapter of a program that nobody wrote a contract for: it sends what it is given."""

import json
import urllib.request
import uuid

from payloadproof.adapters.serve import Adapter


class SendsWhatItIsGiven(Adapter):
    name = "sends-what-it-is-given"
    version = "1"
    clock = "virtual"

    def start(self, scenario):
        self._host, self._token, self._queue = scenario.host, scenario.token, []
        self._off = scenario.env.get("DO_NOT_TRACK", "") not in ("", "0", "false")

    def capture(self, event, properties, *, person, transport):
        if not self._off:
            given = json.dumps({"event": event, "properties": properties, "distinct_id": "one"})
            self._queue.append(json.loads(given) | {"uuid": str(uuid.uuid4())})

    def set_env(self, changes):
        self._off = changes.get("DO_NOT_TRACK") not in (None, "", "0", "false")

    def advance(self, ms):
        pass

    def flush(self):
        batch, self._queue = self._queue, []
        body = json.dumps({"api_key": self._token, "batch": batch}).encode()
        for _ in range(2 if batch else 0):
            if self._is_done_with(body):
                break

    def _is_done_with(self, body):
        url, kind = f"{self._host}/batch/", {"Content-Type": "application/json"}
        try:
            urllib.request.urlopen(urllib.request.Request(url, body, kind), timeout=1).close()
        except OSError as error:
            status = getattr(error, "code", 503)
            return status < 500 and status != 429
        return True

    def shutdown(self):
        self.flush()
        self._off = True
