"""Sends a past of three requests, once, without a lock."""

import json
import urllib.request
from pathlib import Path

from payloadproof.adapters.serve import Adapter, serve


class BackfillsInThreeRequests(Adapter):
    def start(self, scenario):
        self._scenario = scenario

    def backfill(self):
        marker = Path(self._scenario.data_dir, "backfill.json")
        if marker.exists():
            return
        for number in range(3):
            event = {"event": str(number), "distinct_id": "one", "properties": {}}
            body = {"api_key": self._scenario.token, "batch": [event]}
            url = f"{self._scenario.host}/batch/"
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(url, json.dumps(body).encode(), headers)
            urllib.request.urlopen(request).close()
        marker.write_text("done", encoding="utf-8")

    def end(self):
        pass


if __name__ == "__main__":
    serve(BackfillsInThreeRequests())
