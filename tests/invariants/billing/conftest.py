"""Events as they are sent, and meters that have counted them."""

import json
import secrets
import uuid

import msgspec
import pytest

from payloadproof.billing.meter import Meter
from payloadproof.recorder.decode import decode
from payloadproof.recorder.ledger import Request

CHEAP = {"$process_person_profile": False}


@pytest.fixture(scope="session")
def event():
    def make(name="tick", day=1, who="install-1", at="10:00:00", **more):
        base = {"event": name, "distinct_id": who, "timestamp": f"2026-10-{day:02}T{at}Z"}
        made = {"uuid": str(uuid.uuid4()), "properties": CHEAP} | base | more
        if name == "$exception":
            made["properties"] = {**made["properties"], "$exception_list": []}
        return made

    return make


@pytest.fixture(scope="session")
def post():
    def make(*events, path="/batch/", body=None, **envelope):
        content = {"api_key": f"phc_{secrets.token_hex(16)}", "batch": events, **envelope}
        wire = json.dumps(content if body is None else body).encode()
        decoded = decode("POST", path, (), wire)
        return Request(
            number=1,
            began_at=0.0,
            port=1,
            connection=1,
            method="POST",
            path=path,
            headers=(),
            wire=wire,
            wire_size=len(wire),
            answered=None,
            **msgspec.structs.asdict(decoded),
        )

    return make


@pytest.fixture
def counted():
    def count(*requests):
        meter = Meter()
        meter.add(requests)
        return meter

    return count
