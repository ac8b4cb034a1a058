"""posthog-js of npm in headless Chromium, on a page of another origin than the recorder's."""

import contextlib
import sys
from pathlib import Path

import pytest

from payloadproof.contract import load
from payloadproof.recorder.routes import TAKES_EVENTS

sys.path.insert(0, str(Path(__file__).parents[1]))
from sdk_faults import CUPS, FAULTS, KEPT

CONTRACT = load(Path(__file__).with_name("web.toml"))
#: Its requests time out after a minute: nobody waits for that here.
HANGS = ("hang", "hang once", "hang before reading")
FAULTS = {name: fault for name, fault in FAULTS.items() if name not in HANGS}
#: Where it does otherwise than try again or give up.
OTHERWISE = {name: [] for name in ("408 once", "413 once", "429 once, retry after")}
WAYS = {
    "by itself": {},
    "plain": {"options": {"disable_compression": True}},
    "by fetch": {"sent": {"transport": "fetch"}},
    "by XHR": {"sent": {"transport": "XHR"}},
    "by a beacon": {"sent": {"transport": "sendBeacon"}},
    "one by one": {"options": {"request_batching": False}},
    "without flags": {"options": {"advanced_disable_flags": True}},
}
ARRIVES_S = 30
COMES_AGAIN_S = 90  # it waits three seconds before a second attempt, and twice that before a third


def until(leases, done, seconds):
    """Wait until every lease has what it should have, or the time is up."""
    ledger = leases[0]._recorder.ledger
    return ledger.wait_for(lambda: all(done(lease) for lease in leases), seconds)


def test_every_request_is_recorded_decoded_and_judged_right(browsed, leased, made, judged):
    with contextlib.ExitStack() as stack:
        leases = {way: stack.enter_context(leased()) for way in WAYS}
        clients = [
            {"host": lease.host, "key": lease.token, **WAYS[way]} for way, lease in leases.items()
        ]
        with browsed(*clients):
            asking = [lease for way, lease in leases.items() if way != "without flags"]
            assert until([*leases.values()], lambda lease: made(lease) == CUPS, ARRIVES_S)
            assert until(
                asking, lambda one: {"flags", "config"} <= {r.service for r in one.requests()}, 30
            )
        for way, lease in leases.items():
            requests = lease.requests()
            statuses = {request.status for request in requests}
            assert statuses <= {200, 204}, (way, [(one.path, one.status) for one in requests])
            sent = [one for one in requests if one.events]
            assert {one.path.partition("?")[0] for one in sent} == {"/e/"}, way
            assert all(one.body for one in sent), way
            # Each was answered so that the page could read it: none came again.
            assert sum(len(one.events) for one in sent) == len(CUPS), way
            assert all(
                dict(one.headers).get("Origin", "").startswith("http://localhost:") for one in sent
            ), way
            assert all(one.service in TAKES_EVENTS for one in sent), way
            assert judged(lease, CONTRACT) == (set(), []), way


def test_what_is_kept_under_every_fault_is_exact(browsed, leased, made):
    wanted = {name: kept for name, kept in (KEPT | OTHERWISE).items() if name in FAULTS}
    with contextlib.ExitStack() as stack:
        leases = {name: stack.enter_context(leased(fault)) for name, fault in FAULTS.items()}
        clients = [
            {"host": lease.host, "key": lease.token, "options": {"advanced_disable_flags": True}}
            for lease in leases.values()
        ]
        with browsed(*clients):
            owed = [leases[name] for name, kept in wanted.items() if kept]
            until(owed, lambda lease: made(lease) == CUPS, COMES_AGAIN_S)
            refused = [leases[name] for name, kept in wanted.items() if not kept]
            until(
                [one for one in refused if one is not leases["refuse"]],
                lambda lease: any(request.events for request in lease.requests()),
                ARRIVES_S,
            )
        assert {name: made(lease) for name, lease in leases.items()} == wanted
        for name, lease in leases.items():
            read = [one for one in lease.requests() if one.method == "POST"]
            assert all(one.tokens == (lease.token,) for one in read), name


@pytest.mark.parametrize("origin", ["http://localhost:1", "null"])
def test_without_the_answers_headers_a_page_would_send_again(origin, leased):
    """What keeps the first test green is there."""
    import http.client

    with leased() as lease:
        connection = http.client.HTTPConnection("127.0.0.1", lease.port, timeout=10)
        connection.request("OPTIONS", "/e/", headers={"Origin": origin})
        headers = connection.getresponse().headers
        connection.close()
    assert headers["Access-Control-Allow-Origin"] == origin
