from __future__ import annotations

import threading

import pytest

from payloadproof_reference import transport as module
from payloadproof_reference.transport import Transport
from payloadproof_reference.whitelist import WHITELIST


@pytest.mark.parametrize("route", ["worker", "cli"])
def test_the_door_strips_all_that_is_not_listed(route, door, healthy, monkeypatch, message):
    monkeypatch.setenv("POSTHOG_RELEASE_ID", "r1")
    door.send(
        message(
            **{
                "result_count": 3,
                "endpoint": "/home/alice",
                "secret": "x",
                "nested": {"a": 1},
                "$ip": "1.2.3.4",
                "$set": {"ide": "vscode"},
                "$set_once": {"a": 1},
                "$groups": {},
            }
        ),
        route,
    )
    door.flush(10)
    (event,) = healthy.events
    stamps = {"$lib", "$lib_version"} if route == "worker" else set()
    assert set(event["properties"]) == {"result_count", "$process_person_profile", *stamps}


def test_the_door_lets_a_lifecycle_event_describe_the_installation(door, healthy, message):
    person = {"ide": "vscode", "path": "/home/alice", "duration_ms": 3}
    door.send(message("worker_started", **{"$set": person}), "cli")
    door.flush(10)
    (event,) = healthy.events
    assert event["properties"] == {"$set": {"ide": "vscode"}}


@pytest.mark.parametrize("flag", [None, True, "false", 0])
@pytest.mark.parametrize("route", ["worker", "cli"])
def test_the_door_fails_closed_without_the_profile_directive(flag, route, door, healthy, message):
    door.send(message(**{"$process_person_profile": flag}), route)
    door.flush(10)
    assert len(healthy.mock.calls) == 0
    assert not door._cleared


@pytest.mark.parametrize("route", ["worker", "cli"])
def test_the_door_knows_no_other_event(route, door, healthy, message):
    door.send(message("session_compressed"), route)
    door.flush(10)
    assert len(healthy.mock.calls) == 0


@pytest.mark.parametrize("route", ["worker", "cli"])
@pytest.mark.usefixtures("silent_console")
def test_a_check_that_breaks_lets_nothing_through(route, env, log, healthy, message):
    class Broken(type(WHITELIST)):
        def scrub(self, event, properties):
            raise RuntimeError

    door = Transport(env, lambda: True, Broken(), log)
    door.send(message(), route)
    door.close(10)
    assert len(healthy.mock.calls) == 0


@pytest.mark.parametrize("host", ["", "nonsense", "http://", "ftp://127.0.0.1", "http://[::1"])
@pytest.mark.usefixtures("silent_console", "wire")
def test_a_host_that_is_none_costs_the_event_only(host, env, log, monkeypatch, message):
    monkeypatch.setattr(module, "DEFAULT_HOST", "http://127.0.0.1:9")
    door = Transport({**env, module.HOST: host}, lambda: True, WHITELIST, log)
    for route in ("worker", "cli"):
        door.send(message(), route)
    door.close(10)
    assert not door._cleared


def test_what_leaves_is_checked_as_it_leaves_and_not_by_the_caller(env, log, healthy, message):
    asked = []

    class Asking(type(WHITELIST)):
        def scrub(self, event, properties):
            asked.append(threading.get_ident())
            return super().scrub(event, properties)

    door = Transport(env, lambda: True, Asking(), log)
    door.send(message(result_count=3), "worker")
    door.close(10)
    assert len(healthy.events) == 1
    assert len(asked) == 1
    assert asked != [threading.get_ident()]
