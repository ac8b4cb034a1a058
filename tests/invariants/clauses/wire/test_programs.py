"""W1, W6 and W8 on runs made by hand: what PostHog refuses and does, hosts that nobody listed."""

import msgspec
import pytest

from payloadproof.evidence.runs import Host


@pytest.fixture
def refused(sent, event):
    return msgspec.structs.replace(sent(event()), status=400, reason="no distinct_id")


def test_w1_finds_what_posthog_refuses(run_with, refused, judged):
    (finding,) = judged("W1", run_with(refused, refused))
    assert "400: no distinct_id" in finding.observed


def test_w1_passes_what_posthog_takes(run_with, sent, event, judged, exercised):
    run = run_with(sent(event()))
    assert not judged("W1", run)
    assert exercised("W1", run)


def test_w1_leaves_other_hosts_alone(run_with, sent, event, refused, judged):
    other = Host(name="api.example", kind="other", requests=(refused,))
    assert not judged("W1", run_with(sent(event()), others=(other,)))


def test_w1_leaves_what_is_asked_of_posthogs_other_services_alone(run_with, refused, judged):
    asked = msgspec.structs.replace(refused, path="/ingest/flags/?v=2", service="flags")
    assert not judged("W1", run_with(asked))
    assert judged("W1", run_with(msgspec.structs.replace(asked, service=None)))


def test_w1_leaves_a_network_that_fails_alone(run_with, refused, judged):
    assert not judged("W1", run_with(refused, fault="the server answers 500"))


def test_w6_finds_a_host_that_is_not_listed(run_with, sent, event, judged):
    other = Host(name="b.example", requests=(sent(event()),))
    run = run_with(sent(event()), others=(other,), allowed=("eu.telemetry.example",))
    (finding,) = judged("W6", run)
    assert "b.example" in finding.observed


def test_w6_finds_a_name_that_is_only_looked_up(run_with, sent, event, judged):
    run = run_with(sent(event()), allowed=("eu.telemetry.example",))
    asked = msgspec.structs.replace(run, asked=(*run.asked, "198.51.100.7"))
    assert "198.51.100.7" in judged("W6", asked)[0].observed


@pytest.mark.parametrize(
    "place",
    [("127.0.0.1", False), ("::1", False), ("localhost", False), ("localhost.example", True)],
)
def test_w6_leaves_this_machine_alone(run_with, sent, event, judged, place):
    """An agent that looks for a browser here speaks to nobody else."""
    name, found = place
    run = run_with(sent(event()), allowed=("eu.telemetry.example",))
    asked = msgspec.structs.replace(run, asked=(*run.asked, name))
    assert bool(judged("W6", asked)) is found


def test_w6_finds_names_of_addresses_once_whichever_they_are(run_with, sent, event, judged):
    """Node's report on itself asks for the name of each end of each connection."""

    def asking(*names):
        run = run_with(sent(event()), allowed=("eu.telemetry.example",))
        return msgspec.structs.replace(run, asked=(*run.asked, *names))

    first = asking("1.0.18.198.in-addr.arpa", "2.0.18.198.in-addr.arpa")
    (one,) = judged("W6", first, asking("7.0.18.198.in-addr.arpa"))
    assert one.kind == "the names of addresses are looked up"
    (other,) = judged("W6", asking("9.9.18.198.in-addr.arpa"))
    assert other.kind == one.kind


def test_w6_passes_listed_hosts_in_any_case_and_needs_a_list(
    run_with, sent, event, judged, exercised
):
    run = run_with(sent(event()), allowed=("EU.telemetry.example",))
    assert not judged("W6", run)
    assert exercised("W6", run)
    assert not exercised("W6", run_with(sent(event())))


def test_w8_tells_of_events_whose_place_is_looked_up(run_with, sent, event, judged):
    told = event("told", **{"$geoip_disable": True})
    asked = event("asked", **{"$geoip_disable": False})
    (finding,) = judged("W8", run_with(sent(event("plain"), told, asked)))
    assert finding.observed == '2 of 3 events: "asked", "plain"'


def test_w8_passes_events_that_say_no(run_with, sent, event, judged, exercised):
    run = run_with(sent(event(**{"$geoip_disable": True})))
    assert not judged("W8", run)
    assert exercised("W8", run)


def test_w8_leaves_other_telemetry_alone(run_with, sent, event, judged, exercised):
    run = run_with(sent(event()), kind="telemetry")
    assert not judged("W8", run)
    assert not exercised("W8", run)
