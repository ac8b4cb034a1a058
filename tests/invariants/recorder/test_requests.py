"""Some 400 requests, each with its source: what PostHog answers, what is recorded, what is kept.

The table is in ``requests/``: a file for each matter, and ``sources.toml`` for where it is from.

- ``say`` what is so; ``from`` its sources, the file's unless a row has its own.
- ``send`` a method (POST), ``to`` a path or several, ``head`` headers, ``v1`` those of v1 as well.
- ``body`` a text or several; or ``events``, each as it differs from a sound one, in an
  ``envelope``; or ``each`` such an event, one a request. ``pack``: how it is wrapped, inmost first.
- ``status`` and ``text``, which may end open (``...``), or the ``tag`` of an error of v1:
  PostHog's. ``advice``: what we add. ``headers``: of the answer.
- ``names`` (or their ``count``) of the events that are read, ``kind`` of service, ``kept`` how
  many rows (all, where that is not said and the answer is good), ``dropped`` why not. ``tokens``:
  whether the key is found.
- ``differs``: where the recorder answers otherwise than the source has it, what, and why.

``@NAME`` in a text stands for what ``TEXTS`` has of that name.
"""

import base64
import gzip
import http.client
import itertools
import json
import re
import secrets
import tomllib
import urllib.parse
import zlib
from pathlib import Path

import brotli
import msgspec
import pytest

from payloadproof.recorder.ingest import ingested
from payloadproof.recorder.project import Flag, Project
from payloadproof.recorder.server import Recorder
from payloadproof.recorder.zstandard import zstd

TABLE = Path(__file__).parent / "requests"
SOURCES = tomllib.loads((TABLE / "sources.toml").read_text())
UUID, UUID2 = "0190b3c4-7a1e-7cc3-98c4-dc0c0c07398f", "0190b3c4-7a1e-7cc3-98c4-dc0c0c073990"
EVENT = {"event": "cup_made", "distinct_id": "d", "properties": {"n": 1}}
V1_EVENT = EVENT | {"uuid": UUID, "timestamp": "2026-11-28T10:00:00Z"}
V1_HEAD = {
    "Authorization": "Bearer @KEY",
    "Content-Type": "application/json",
    "User-Agent": "posthog-python/7.91.1",
    "PostHog-Sdk-Info": "posthog-python/7.91.1",
    "PostHog-Attempt": "1",
    "PostHog-Request-Id": UUID,
    "PostHog-Request-Timestamp": "2026-11-28T10:00:00+00:00",
}
# Packed by lz-string 1.5.0's compressToBase64: a batch of one event.
LZ64 = (
    "N4IghgDglg+g1gUwJ4gFwggCwMYwB4gA0IARmAC7aZoDaoCAbggHblojNgD3TABILwbgAD3egWjkiIACZQAzuSjNs5"
    "GFAntVxCACcA9hASa5CaWlBh2eC5avWbtu/eviStAIyEATIQDMAXQC+fv5AA=="
)
PACK = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
    "base64": base64.b64encode,
    "cut": lambda wire: wire[:-8],
    "tail": lambda wire: wire + b"more",
    "latin": lambda wire: wire.decode().encode("latin-1"),
    "form": lambda wire: b"data=" + urllib.parse.quote_from_bytes(wire).encode(),
    "form-base64": lambda wire: (
        b"compression=base64&data=" + urllib.parse.quote_from_bytes(wire).encode()
    ),
    "form-lz64": lambda wire: (
        b"compression=lz64&data=" + urllib.parse.quote_from_bytes(wire).encode()
    ),
}


def text(given, key):
    """A text with what its names stand for."""
    batch = json.dumps({"api_key": key, "batch": [EVENT]})
    texts = {
        "BATCH": batch,
        "QBATCH": urllib.parse.quote(batch),
        "B64BATCH": urllib.parse.quote(base64.b64encode(batch.encode())),
        "EVENT": json.dumps(EVENT),
        "KEY": key,
        "UUID2": UUID2,
        "UUID": UUID,
        "LZ64": LZ64,
        "BOM": "\ufeff",
        "DEEP128": "[" * 128 + "]" * 128,
    }
    given = re.sub(r"@SPACES(\d+)", lambda found: " " * int(found[1]), given)
    given = re.sub(r"@X(\d+)", lambda found: "x" * int(found[1]), given)
    return re.sub("@(" + "|".join(texts) + ")", lambda found: texts[found[1]], given)


def value(given, key):
    """A value of the table as JSON has it."""
    match given:
        case "@NULL":
            return None
        case "@HUGE":
            return 2**70
        case "@OVER":
            return 2**63
        case str():
            return text(given, key)
        case list():
            return [value(one, key) for one in given]
        case dict():
            return {name: value(one, key) for name, one in given.items() if one != "@ABSENT"}
    return given


def listed(given):
    return given if isinstance(given, list) else [given]


def expanded(row):
    """The requests of a row: every path with every body, event or header."""
    bodies = [{"body": one} for one in listed(row.get("body", []))]
    bodies += [{"events": [one]} for one in row.get("each", [])]
    bodies += [{"events": [one], "advice": advice} for one, advice in row.get("flaws", [])]
    bodies += [
        {"events": [{}, {"uuid": UUID2} | one], "dropped": [why]}
        for one, why in row.get("drops", [])
    ]
    bodies += [
        {"body": f'{{"api_key":"{bad}","batch":[@EVENT]}}', "text": row["text"][:-5] + why}
        for bad, why in row.get("flaws_of_key", [])
    ]
    heads = row.get("each_head", [{}])
    paths = listed(row["to"])
    statuses = row.get("statuses", [row.get("status")] * len(paths))
    for (number, to), body, head in itertools.product(
        enumerate(paths), bodies or [{"events": row["events"]}], heads
    ):
        made = row | body | {"to": to, "status": statuses[number]}
        made["head"] = row.get("head", {}) | head
        kinds = row.get("by_path", {})
        made["kind"] = next(
            (kind for path, kind in kinds.items() if to.startswith(path)),
            row.get("kind", "capture"),
        )
        yield made


def table():
    for path in sorted(TABLE.glob("*.toml")):
        if path.stem == "sources":
            continue
        whole = tomllib.loads(path.read_text())
        common = {name: said for name, said in whole.items() if name != "request"}
        for row in whole["request"]:
            for number, one in enumerate(expanded(common | row), start=1):
                yield pytest.param(one, id=f"{path.stem}-{row['say'].replace(' ', '_')}-{number}")


ROWS = list(table())


@pytest.fixture(scope="module")
def recorders():
    """A recorder for each project that the table knows."""
    opened = {}

    def of(given):
        key = json.dumps(given, sort_keys=True)
        if key not in opened:
            project = Project(
                prefix=given.get("prefix", ""),
                flags={name: Flag(value=said) for name, said in given.get("flags", {}).items()},
                tokens=frozenset(given["tokens"]) if "tokens" in given else None,
            )
            opened[key] = Recorder(listeners=1, project=project)
        return opened[key]

    yield of
    for one in opened.values():
        one.close()


def wire_of(row, key):
    if "body" in row:
        wire = text(row["body"], key).encode()
    else:
        sound = V1_EVENT if row.get("v1") else EVENT
        own = {"created_at": "2026-11-28T10:00:00Z"} if row.get("v1") else {"api_key": key}
        events = [value(sound | one, key) for one in row["events"]]
        wire = json.dumps(own | row.get("envelope", {}) | {"batch": events}).encode()
    for how in row.get("pack", ()):
        wire = PACK[how](wire)
    return wire


def sent(lease, row):
    """Send the request of a row; the answer's status, headers and text."""
    head = (V1_HEAD if row.get("v1") else {}) | row["head"]
    head = {name: text(one, lease.token) for name, one in head.items() if one != "@ABSENT"}
    connection = http.client.HTTPConnection("127.0.0.1", lease.port, timeout=30)
    wire = wire_of(row, lease.token)
    path = text(row["to"], lease.token)
    try:
        connection.putrequest(
            row.get("send", "POST"), path, skip_host="Host" in head, skip_accept_encoding=True
        )
        chunked = row.get("chunked", False)
        own = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(wire))}
        for name, one in (own | head).items():
            connection.putheader(name, one)
        connection.endheaders(wire or None, encode_chunked=chunked)
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode()
    finally:
        connection.close()


def says(said, expected):
    if expected.endswith("..."):
        return said.startswith(expected[:-3])
    return said == expected


@pytest.mark.parametrize("row", ROWS)
def test_it_is_answered_recorded_and_kept_as_the_source_has_it(recorders, row):
    lease = recorders(row.get("project", {})).lease(f"phc_{secrets.token_hex(16)}")
    try:
        status, headers, said = sent(lease, row)
        (request,) = lease.requests()
    finally:
        lease.end()
    # What the source says; where we differ, what we say instead: the table has both.
    expected = row | row.get("differs", {})
    assert (status, request.status) == (expected["status"],) * 2, (said, request.advice)
    if "text" in expected:
        assert says(said, text(expected["text"], lease.token)), said
        assert row.get("send") == "HEAD" or request.reason == said
    if "tag" in expected:
        assert json.loads(said)["error"] == expected["tag"]
    assert expected.get("advice", "") in request.advice
    for name, one in expected.get("headers", {}).items():
        assert headers.get(name) == (None if one == "@ABSENT" else one), name
    assert (request.service or "") == expected["kind"]
    names = [event.name for event in request.events]
    if "count" in expected:
        assert len(names) == expected["count"]
    else:
        assert names == [value(one, "") for one in expected.get("names", [])]
    assert [why for _, why in request.dropped] == expected.get("dropped", [])
    if row.get("tokens", True) and "differs" not in row:
        assert lease.token in request.tokens
    rows = ingested(lease.requests())
    good = status < 300 and request.service in {"capture", "ai"} and request.method != "OPTIONS"
    assert len(rows) == expected.get("kept", len(names) if good else 0)
    if "person" in expected:
        assert [one.person_mode for one in rows] == [expected["person"]]


def test_the_table_has_at_least_200_requests_and_each_its_source():
    assert len(ROWS) >= 200
    for row in (one.values[0] for one in ROWS):
        assert row["from"], row["say"]
        assert set(row["from"]) <= SOURCES.keys(), row["say"]
    assert all({"where", "read", "says"} == source.keys() for source in SOURCES.values())


def test_every_source_is_one_of_some_request():
    used = set(itertools.chain.from_iterable(one.values[0]["from"] for one in ROWS))
    assert SOURCES.keys() - used == set()


def test_no_request_is_in_the_table_twice():
    seen = [msgspec.json.encode(one.values[0]) for one in ROWS]
    assert len(seen) == len(set(seen))


def test_where_the_recorder_differs_it_says_why_and_it_is_seldom():
    differing = [one.values[0] for one in ROWS if "differs" in one.values[0]]
    assert all(row["differs"]["because"] for row in differing)
    assert len(differing) <= 6


@pytest.mark.parametrize(
    "wrong", [{"status": 200}, {"text": '{"status":1}'}, {"kind": "flags"}, {"names": []}]
)
def test_a_row_that_is_wrong_is_found_out(recorders, wrong):
    row = {"to": "/batch/", "body": "@BATCH", "head": {}, "kind": "capture", "names": ["cup_made"]}
    row |= {"status": 200, "text": '{"status":"Ok"}'} | wrong
    row |= {"status": 400} if "status" in wrong else {}
    with pytest.raises(AssertionError):
        test_it_is_answered_recorded_and_kept_as_the_source_has_it(recorders, row)
