"""What a host is, by what it is told."""

import gzip
import json
import zlib

import pytest

from payloadproof.blackbox.hosts import Kind, Manners, classed, content, kind_of
from payloadproof.drive.traffic import Exchange
from payloadproof.recorder.decode import decode
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.routes import route
from payloadproof.recorder.script import Answer, Healthy

EVENT = {"event": "report_opened", "distinct_id": "install-4711", "properties": {}}
BATCH = {"api_key": "phc_a", "batch": [EVENT]}


def told(path, body=b"", headers=(), method="POST"):
    """A request as the recorder keeps it; a body that is no bytes is sent as JSON."""
    wire = body if isinstance(body, bytes) else json.dumps(body).encode()
    decoded = decode(method, route(path), headers, wire)
    return Request(
        number=1,
        began_at=0.0,
        port=443,
        connection=1,
        method=method,
        path=path,
        headers=tuple(headers),
        wire=wire,
        wire_size=len(wire),
        answered=200,
        **{field: getattr(decoded, field) for field in decoded.__struct_fields__},
    )


def to(host, request):
    return Exchange(host=host, address="198.18.0.1", port=443, tls=True, request=request)


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/batch/", BATCH, Kind.POSTHOG),
        ("/ingest/batch/?ip=1", BATCH, Kind.POSTHOG),
        ("/i/v0/e/", {**EVENT, "api_key": "phc_a"}, Kind.POSTHOG),
        ("/anything/at/all", {"api_key": "phc_a"}, Kind.POSTHOG),
        ("/array/phc_a/config", b"", Kind.POSTHOG),
        ("/proxy/flags/?v=2", {"token": "self-hosted", "distinct_id": "x"}, Kind.POSTHOG),
        ("/batch", {"api_key": "self-hosted", "batch": [EVENT]}, Kind.POSTHOG),
        ("/v1/traces", b"\x0a\x00", Kind.OTLP),
        ("/otlp/v1/logs", {"resourceLogs": []}, Kind.OTLP),
        ("/v1/metrics/", b"", Kind.OTLP),
        ("/v1/batch", {"batch": [{"type": "track", "messageId": "1"}]}, Kind.SEGMENT),
        ("/v1/track", {"writeKey": "w", "userId": "u"}, Kind.SEGMENT),
        ("/v1/identify", {"userId": "u", "context": {"library": "rudder-sdk"}}, Kind.RUDDERSTACK),
        ("/api/42/envelope/", b"{}\n", Kind.SENTRY),
        ("/api/42/store/?sentry_key=k", {"event_id": "1"}, Kind.SENTRY),
        ("/2/httpapi", {"api_key": "a", "events": [{"event_type": "x"}]}, Kind.AMPLITUDE),
        ("/track", {"event": "x", "properties": {"token": "t"}}, Kind.MIXPANEL),
        ("/engage", [{"$token": "t", "$distinct_id": "d", "$set": {}}], Kind.MIXPANEL),
        ("/v1/models", {"model": "x"}, Kind.OTHER),
        ("/v1/batch", {"requests": []}, Kind.OTHER),
        ("/batch", {"jobs": [1, 2]}, Kind.OTHER),
        ("/api/tracker", {"event": "x"}, Kind.OTHER),
        ("/", b"", Kind.OTHER),
        ("/track", b"\xff\xfe\x00", Kind.OTHER),
    ],
)
def test_what_is_said_makes_the_host(path, body, kind):
    assert kind_of(told(path, body))[0] is kind


def test_a_project_key_somewhere_in_a_crash_report_does_not_make_it_posthog():
    report = {"breadcrumbs": [{"message": "posthog was given phc_abcdefghijklmnop"}]}
    assert kind_of(told("/api/42/envelope/", report))[0] is Kind.SENTRY


def test_a_host_is_what_any_of_its_requests_says_and_posthog_before_all():
    (host,) = classed(
        [to("t", told("/", method="GET")), to("t", told("/v1/logs")), to("t", told("/e/", BATCH))]
    )
    assert (host.kind, host.requests, host.because) == (Kind.POSTHOG, 3, "a project key")


@pytest.mark.parametrize(
    ("second", "because"),
    [
        (told("/collect?user=install-4711"), "the distinct id that t is told, too"),
        (told("/collect", {"id": "install-4711"}), "the distinct id that t is told, too"),
        (told("/collect", b"", [("X-Id", "install-4711")]), "the distinct id that t is told, too"),
        (
            told("/collect", gzip.compress(b'{"id": "install-4711"}')),
            "the distinct id that t is told, too",
        ),
        (told("/collect", {"name": "report_opened"}), "the name of an event that t is told, too"),
    ],
)
def test_a_host_that_is_told_the_same_is_telemetry_too(second, because):
    posthog, other = classed([to("t", told("/batch/", BATCH)), to("second", second)])
    assert posthog.kind is Kind.POSTHOG
    assert (other.kind, other.because) == (Kind.SHARED, because)


@pytest.mark.parametrize(
    "second",
    [
        told("/models", {"prompt": "what does report_opened mean?"}),
        told("/models", {"prompt": "install 4711 of them"}),
        told("/models", b"", [("Host", "install-4711")]),
    ],
)
def test_a_host_that_is_told_something_else_stays_what_it_is(second):
    _, other = classed([to("t", told("/batch/", BATCH)), to("second", second)])
    assert other.kind is Kind.OTHER


def test_a_value_of_the_stage_makes_a_host_telemetry_where_telemetry_is_told_it_too():
    def search(text):
        return ["the host name"] if b"stage-host" in text else []

    def hosts(batch):
        second = to("second", told("/x", {"host": "stage-host"}))
        return classed([to("t", told("/batch/", batch)), second], search)[1].kind

    assert hosts({**BATCH, "machine": "stage-host"}) is Kind.SHARED
    assert hosts(BATCH) is Kind.OTHER


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/batch/", "/batch/"),
        ("/ingest/batch/?ip=0", "/batch/?ip=0"),
        ("/a/b/i/v0/e", "/i/v0/e"),
        ("/relay/array/phc_x/config.js", "/array/phc_x/config.js"),
        ("/v1/batch", "/v1/batch"),
        ("/prebatch", "/prebatch"),
        ("/batch/more", "/batch/more"),
        ("/", "/"),
    ],
)
def test_a_prefix_is_left_out_of_posthogs_paths_and_of_no_others(path, known):
    assert route(path) == known


def test_each_host_is_answered_as_what_it_is():
    manners = Manners({"API.example.com": 204})
    assert manners.behaviour("t", told("/batch/", BATCH)) == Healthy
    assert manners.behaviour("t", told("/static/array.js", method="GET")) == Healthy
    assert manners.behaviour("api.example.com", told("/x")) == Answer(status=204, body="")
    assert manners.behaviour("other", told("/x")) == Answer(status=503, body="")
    taken = manners.behaviour("s", told("/v1/batch", {"batch": [{"messageId": "1"}]}))
    assert isinstance(taken, Answer)
    assert (taken.status, taken.body) == (200, '{"success":true}')


@pytest.mark.parametrize("squeeze", [gzip.compress, zlib.compress, lambda body: body])
def test_a_body_is_read_as_it_was_meant(squeeze):
    assert content(told("/x", squeeze(b'\x0a\xff{"binary"'))) == b'\x0a\xff{"binary"'
