"""A small pipeline whose consent is any function of the environment and two directories.

``said``: on, off, or None where nothing decides; what it is told first wins, as in every chain.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import urllib.parse
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from payloadproof.adapters.serve import Adapter
from payloadproof.protocol.messages import StartScenario

Layer = Callable[[Mapping[str, str], Path, Path], bool | None]


def adapter(layers: Mapping[str, Layer], *, default: bool, id_of: Any = None) -> Adapter:
    """An adapter of a kettle with these layers of consent, by their names.

    ``id_of``: reads or makes an install id, from the directories; a fresh one without.
    """

    class Kettle(Adapter):
        name, version, clock = "kettle", "1.0", "virtual"

        def start(self, scenario: StartScenario) -> None:
            self.env, self.now_ms = dict(scenario.env), scenario.now_ms
            self.home, self.data = Path(scenario.home), Path(scenario.data_dir)
            self.queue: list[dict[str, Any]] = []
            self.id = None

        def decided(self) -> tuple[bool, str]:
            for name, layer in layers.items():
                said = layer(self.env, self.home, self.data)
                if said is not None:
                    return said, name
            return default, "default"

        def capture(self, event: Any, properties: Any, *, person: bool, transport: str) -> None:
            if event != "boiled" or not self.decided()[0]:
                return
            self.id = self.id or (id_of or (lambda *_: str(uuid.uuid4())))(self.home, self.data)
            litres = properties.get("litres")
            own = {"litres": litres} if type(litres) in (int, float) and litres >= 0 else {}
            at = dt.datetime.fromtimestamp(self.now_ms / 1000, dt.UTC)
            self.queue.append(
                {
                    "event": "boiled",
                    "distinct_id": self.id,
                    "uuid": str(uuid.uuid4()),
                    "timestamp": at.isoformat(),
                    "properties": {**own, "$process_person_profile": False},
                }
            )

        def set_env(self, changes: Mapping[str, str | None]) -> None:
            after = self.env | changes
            self.env = {name: value for name, value in after.items() if value is not None}

        def advance(self, ms: int) -> None:
            self.now_ms += ms
            self.flush()

        def explain(self) -> tuple[bool, str]:
            return self.decided()

        def flush(self) -> None:
            batch, self.queue = self.queue, []
            if batch and self.decided()[0]:
                self._post(batch)

        def _post(self, batch: list[dict[str, Any]]) -> None:
            url = urllib.parse.urlsplit(self.env["KETTLE_HOST"])
            connection = http.client.HTTPConnection(url.hostname, url.port, timeout=2)
            body = json.dumps({"api_key": self.env["KETTLE_KEY"], "batch": batch}).encode()
            connection.request("POST", "/batch/", body, {"Content-Type": "application/json"})
            connection.getresponse().read()
            connection.close()

        def shutdown(self) -> None:
            self.flush()

    return Kettle()
