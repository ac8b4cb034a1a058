import base64
import gzip
import json

import msgspec
import pytest

from payloadproof.evidence.search import PIECE
from payloadproof.scenario import steps as do

CANARY = "k3wq0zj5m8xv1c6b2n7d"
OTHER = "p9d4r6t1y8u3i5o2a7s0"
STEPS = (
    do.Capture(event="search_performed", properties={"project": "{canary:0}"}),
    do.Flush(),
)


def escaped(text):
    return "".join(f"\\u{ord(char):04x}" for char in text)


def percent(text):
    return "".join(f"%{ord(char):02X}" for char in text)


@pytest.fixture
def leaking(history, post, make_event):
    """A history whose request holds something, and whose twin's holds something else."""

    def make(request, twin=None, canary=CANARY):
        other = history(*STEPS, requests=[twin or post(make_event())], canaries=(OTHER,))
        return history(*STEPS, requests=[request], canaries=(canary,), twin=other)

    return make


@pytest.fixture
def body(post):
    """A request whose body is a batch with this text in it, as it is."""
    return lambda text, **more: post(body=b'{"batch": [{"x": "%s"}]}' % text.encode(), **more)


@pytest.mark.parametrize(
    ("form", "encoding"),
    [
        (lambda text: text, "as it is"),
        (lambda text: f"before{text}after", "as it is"),
        (lambda text: text[3 : 3 + PIECE], "as it is"),
        (str.upper, "as it is"),
        (percent, "as it is"),
        (escaped, "as it is"),
        (lambda text: escaped(text[:PIECE]), "as it is"),
        (lambda text: text.encode().hex(), "in hexadecimal"),
        (lambda text: text.encode().hex().upper(), "in hexadecimal"),
        (lambda text: text[5 : 5 + PIECE].encode().hex(), "in hexadecimal"),
        (lambda text: base64.b64encode(text.encode()).decode(), "in base64"),
        (lambda text: base64.b64encode(b"x" + text.encode()).decode(), "in base64"),
        (lambda text: base64.b64encode(b"xy" + text.encode() + b"z").decode(), "in base64"),
        (lambda text: base64.urlsafe_b64encode(b"xyz" + text.encode()).decode(), "in base64"),
        (lambda text: text[::-1], "backwards"),
        (
            lambda text: base64.b64encode(gzip.compress(text.encode())).decode(),
            "as it is, inside gzip in base64",
        ),
    ],
)
def test_a7_finds_a_canary_in_each_encoding(leaking, body, found, form, encoding):
    (finding,) = found("A7", leaking(body(form(CANARY))))
    assert finding.observed == f"a piece of it {encoding}"
    assert finding.definite
    assert "{canary:0}" in finding.expected
    assert CANARY not in repr(finding)


def test_a7_finds_a_canary_in_a_packed_body(leaking, body, found):
    assert found("A7", leaking(body(CANARY, packed=True)))


@pytest.mark.parametrize(
    "where",
    [
        {"path": f"/batch/?who={CANARY}"},
        {"path": f"/batch/?who={percent(CANARY)}"},
        {"headers": [("User-Agent", f"acme/{CANARY}")]},
        {"headers": [(f"X-{CANARY}", "1")]},
    ],
)
def test_a7_finds_a_canary_outside_the_body(leaking, body, found, where):
    assert found("A7", leaking(body("", **where)))


def test_a7_finds_a_canary_in_a_body_that_is_no_json(leaking, post, found):
    assert found("A7", leaking(post(body=CANARY.encode())))


@pytest.mark.parametrize("part", [CANARY[: PIECE - 1], CANARY[::2], "", "unrelated"])
def test_a7_passes_what_is_no_piece(leaking, body, found, fired, part):
    assert not found("A7", leaking(body(part)))
    assert fired("A7", leaking(body(part)))


def test_a7_passes_a_piece_that_the_twin_sent_too(leaking, body, found):
    assert not found("A7", leaking(body(CANARY[:PIECE]), twin=body(CANARY[:PIECE])))


def test_a7_says_where_the_canary_was_planted(leaking, body, found):
    (finding,) = found("A7", leaking(body(CANARY)))
    assert finding.evidence[1] == "planted in step 1, the names of home and data directory"


def test_a7_is_not_judged_without_canaries_or_a_twin(history, body, fired, found):
    alone = history(*STEPS, requests=[body(CANARY)], canaries=(CANARY,))
    assert not found("A7", alone)
    assert not fired("A7", alone)
    assert not fired("A7", history(*STEPS, requests=[body(CANARY)]))


def test_a7_has_no_control_when_nothing_arrived(history, fired):
    twin = history(*STEPS, canaries=(OTHER,))
    assert not fired("A7", history(*STEPS, canaries=(CANARY,), twin=twin))


# A8

SESSION = 123_456_789_012_347
RECORDED = (
    do.Record(event="session_compressed", session=SESSION, properties={"model": "observer-a"}),
    do.EndSession(session=SESSION),
    do.Flush(),
)


@pytest.mark.parametrize(
    "sent",
    [
        {"session_id": SESSION},
        {"session_id": str(SESSION)},
        {"top_model": f"s-{SESSION}"},
        {"top_model": f"{SESSION:x}"},
        {"top_model": f"{SESSION:X}"},
    ],
)
def test_a8_finds_a_session_id(history, post, make_event, found, sent):
    rollup = post(make_event("observer_turn_rollup", sent))
    (finding,) = found("A8", history(*RECORDED, requests=[rollup]))
    assert f"session {SESSION} in no byte sent" in finding.expected


def test_a8_finds_a_session_id_in_a_header_or_url(history, body, found):
    for where in ({"headers": [("X-Session", str(SESSION))]}, {"path": f"/batch/?s={SESSION}"}):
        assert found("A8", history(*RECORDED, requests=[body("", **where)]))


def test_a8_passes_a_rollup_and_that_is_its_control(history, post, make_event, found, fired):
    rollup = post(make_event("observer_turn_rollup", {"count": 1, "top_model": "observer-a"}))
    judged = history(*RECORDED, requests=[rollup])
    assert not found("A8", judged)
    assert fired("A8", judged)
    assert not fired("A8", history(*RECORDED, requests=[post(make_event())]))


def test_a8_does_not_judge_ids_that_a_count_could_be(history, post, make_event, found):
    steps = [msgspec.structs.replace(step, session=7) for step in RECORDED[:2]]
    rollup = post(make_event("observer_turn_rollup", {"count": 7}))
    assert not found("A8", history(*steps, requests=[rollup]))


def test_json_of_a_canary_is_the_canary(leaking, post, found):
    request = post(body=json.dumps({"event": "x", "properties": {CANARY: 1}}).encode())
    assert found("A7", leaking(request))
