"""posthog of PyPI, in both of its capture modes, with every encoding, under every fault.

Each client is one of a program of its own: its waits for a second attempt are all at once.
"""

import asyncio
import contextlib
import importlib.util
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from posthog.client import Client

sys.path.insert(0, str(Path(__file__).parent))
from sdk_faults import CUPS, FAULTS, KEPT

PATHS = {"v0": "/batch/", "v1": "/i/v1/analytics/events"}
MODES = {"sync": {"sync_mode": True}, "thread": {"sync_mode": False}}
SENT_AS = [
    ("v0", {}, None),
    ("v0", {"gzip": True}, "gzip"),
    ("v1", {"capture_compression": "none"}, None),
    ("v1", {"capture_compression": "gzip"}, "gzip"),
    ("v1", {"capture_compression": "deflate"}, "deflate"),
    ("v1", {"capture_compression": "zstd"}, "zstd"),
]
#: Where an SDK does otherwise than try again or give up.
OTHERWISE = {"v0": {"413 once": []}, "v1": {"413 once": [], "not persisted": [2, 3]}}
VARIANTS = [
    pytest.param(mode, version, given, encoding, id=f"{mode}-{version}-{encoding or 'plain'}")
    for mode in ("sync", "thread", "async")
    for version, given, encoding in SENT_AS
]


def need(name, extra):
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"posthog[{extra}] is not installed; nox -s sdks installs it")


def client_of(lease, **given):
    return Client(lease.token, host=lease.host, disable_geoip=False, **given)


def use(client):
    for number in CUPS:
        client.capture("cup_made", distinct_id="a-cup", properties={"number": number})
    client.shutdown()


async def use_async(lease, **given):
    from posthog.async_client import AsyncPosthog

    client = AsyncPosthog(lease.token, host=lease.host, disable_geoip=False, **given)
    for number in CUPS:
        said = client.capture("cup_made", distinct_id="a-cup", properties={"number": number})
        if asyncio.iscoroutine(said):
            await said
    await client.shutdown()


def headers(request):
    return {name.lower(): value for name, value in request.headers}


@pytest.mark.parametrize(("mode", "version", "given", "encoding"), VARIANTS)
def test_every_request_is_recorded_decoded_and_judged_right(
    *, leased, judged, made, monkeypatch, mode, version, given, encoding
):
    # As people switch it on: by its variable.
    monkeypatch.setenv("POSTHOG_CAPTURE_MODE", version)
    if encoding == "zstd":
        need("zstandard", "zstd")
    with leased() as lease:
        if mode == "async":
            need("httpx", "async")
            asyncio.run(use_async(lease, **given))
        else:
            use(client_of(lease, **given, **MODES[mode]))
        requests = lease.requests()
    assert {request.path for request in requests} == {PATHS[version]}
    assert [(request.status, request.answered) for request in requests] == [(200, 200)] * len(
        requests
    )
    assert {headers(request).get("content-encoding") for request in requests} == {encoding}
    assert all(json.loads(request.body)["batch"] for request in requests)
    assert all(request.tokens == (lease.token,) for request in requests)
    assert made(lease) == CUPS
    assert judged(lease) == (set(), [])


def test_a_forbidden_event_is_found_in_every_encoding(leased, judged, monkeypatch):
    """What is judged above finds nothing: that it would is shown here."""
    for version, given, encoding in SENT_AS:
        monkeypatch.setenv("POSTHOG_CAPTURE_MODE", version)
        if encoding == "zstd" and importlib.util.find_spec("zstandard") is None:
            continue
        with leased() as lease:
            client = client_of(lease, sync_mode=True, **given)
            client.capture("forbidden", distinct_id="a-cup", properties={"prompt": "x"})
            client.shutdown()
        broken, _ = judged(lease)
        assert "A1" in broken, (version, encoding)


def test_a_flag_is_answered_and_its_question_is_no_batch(leased, judged):
    with leased() as lease:
        client = client_of(lease, sync_mode=True)
        assert client.evaluate_flags("a-cup").is_enabled("new-cup") is True
        use(client)
        asked = [request for request in lease.requests() if request.service == "flags"]
    assert [(request.status, request.events, request.envelope) for request in asked] == [
        (200, (), {})
    ]
    assert judged(lease) == (set(), [])


def test_events_of_ai_go_by_their_own_route_and_are_kept(leased):
    with leased() as lease:
        client = client_of(lease, sync_mode=True)
        client.capture_ai("$ai_generation", distinct_id="a-cup", properties={"$ai_model": "m"})
        client.shutdown()
        (request,) = lease.requests()
    assert (request.path, request.service, request.status) == ("/i/v0/ai/batch/", "ai", 200)
    assert [event.name for event in request.events] == ["$ai_generation"]


def suffer(lease, version, fault):
    given = {"gzip": True} if version == "v0" else {"capture_compression": "gzip"}
    client = client_of(lease, capture_mode=version, timeout=1, max_retries=1, **given)
    use(client)


@pytest.mark.parametrize("version", PATHS)
def test_what_is_kept_under_every_fault_is_exact(leased, made, version):
    with ThreadPoolExecutor(len(FAULTS)) as pool, contextlib.ExitStack() as stack:
        leases = {name: stack.enter_context(leased(fault)) for name, fault in FAULTS.items()}
        list(pool.map(lambda name: suffer(leases[name], version, name), leases))
        kept = {name: made(lease) for name, lease in leases.items()}
        arrived = {name: lease.requests() for name, lease in leases.items()}
    assert kept == KEPT | OTHERWISE[version]
    # Whatever arrived was read; after a redirect there is nothing to read.
    for name, requests in arrived.items():
        read = [request for request in requests if request.method == "POST"]
        assert all(request.tokens == (leases[name].token,) for request in read), name
        assert all(1 <= len(request.events) <= 3 for request in read), name
