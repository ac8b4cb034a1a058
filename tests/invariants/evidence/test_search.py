import base64
import binascii
import gzip
import json
import secrets
import string
import zlib
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payloadproof.evidence import search
from payloadproof.evidence.search import PIECE, hints, layers, needles, readings

SECRET = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(20))
OTHER = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(20))


def found(*texts, secret=SECRET):
    return layers(*texts).holds(list(needles(secret)))


def raw_deflate(data):
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


def b64(data):
    return base64.b64encode(data)


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


PLAIN = SECRET.encode()
NESTED = {
    "gzip": (gzip.compress, "as it is, inside gzip"),
    "gzip in base64": (lambda d: b64(gzip.compress(d)), "as it is, inside gzip in base64"),
    "gzip in base64url": (lambda d: url64(gzip.compress(d)), "as it is, inside gzip in base64"),
    "zlib in base64": (lambda d: b64(zlib.compress(d)), "as it is, inside zlib in base64"),
    "zlib, best, in base64": (
        lambda d: b64(zlib.compress(d, 9)),
        "as it is, inside zlib in base64",
    ),
    "raw deflate in base64": (
        lambda d: b64(raw_deflate(d)),
        "as it is, inside deflate in base64",
    ),
    "raw deflate in base64url": (
        lambda d: url64(raw_deflate(d)),
        "as it is, inside deflate in base64",
    ),
    "gzip in base64 in gzip in base64": (
        lambda d: b64(gzip.compress(b64(gzip.compress(d)))),
        "as it is, inside gzip in base64 in gzip in base64",
    ),
    "base64 in base64": (lambda d: b64(b64(d)), "in base64, inside base64"),
    "base64 three times": (
        lambda d: b64(b64(b64(d))),
        "in base64, inside base64 in base64",
    ),
    "JSON in gzip in base64": (
        lambda d: b64(gzip.compress(json.dumps({"host": d.decode()}).encode())),
        "as it is, inside gzip in base64",
    ),
    "JSON in JSON": (
        lambda d: json.dumps({"a": json.dumps({"b": json.dumps({"c": d.decode()})})}).encode(),
        "as it is",
    ),
    "JSON in base64 in JSON": (
        lambda d: json.dumps({"p": b64(json.dumps({"h": d.hex()}).encode()).decode()}).encode(),
        "in hexadecimal, inside base64",
    ),
    "percent twice": (lambda d: quote("%" + d.hex("%")).encode(), "as it is"),
    "escaped twice": (
        lambda d: json.dumps("".join(f"\\u{c:04x}" for c in d)).encode(),
        "as it is",
    ),
    "entities": (lambda d: "".join(f"&#{c};" for c in d).encode(), "as it is"),
    "hexadecimal entities": (lambda d: "".join(f"&#x{c:x};" for c in d).encode(), "as it is"),
    "UTF-16": (lambda d: d.decode().encode("utf-16"), "as it is"),
    "UTF-16 in base64": (
        lambda d: b64(d.decode().encode("utf-16-le")),
        "as it is, inside base64",
    ),
    "backwards": (lambda d: d[::-1], "backwards"),
    "base64 with the slashes escaped": (
        lambda d: b64(b"\xff\xff\xff" + d + b"\xff\xff").replace(b"/", b"\\/"),
        "in base64",
    ),
}


@pytest.mark.parametrize("form", NESTED)
@pytest.mark.parametrize("around", [b"", b'{"a": "', b"--boundary\r\n\r\n"])
def test_what_is_wrapped_is_found_and_said(form, around):
    wrap, said = NESTED[form]
    end = b'", "b": 1}' if b'"' in around else b""
    assert found(around + wrap(PLAIN) + end) == said
    other = around + wrap(OTHER.encode()) + end
    assert found(other) is None


@pytest.mark.parametrize("level", [1, 6, 9])
def test_a_piece_in_the_middle_of_much_is_found_through_gzip_in_base64(level):
    noise = secrets.token_hex(5_000)
    packed = b64(gzip.compress(f"{noise}{SECRET[3 : 3 + PIECE]}{noise}".encode(), level))
    assert found(b'{"blob": "%s"}' % packed)


def test_a_mark_that_does_not_stand_at_the_beginning_of_a_run_is_seen():
    assert found(b"prefix-" + b64(gzip.compress(PLAIN)))


def test_a_second_member_of_a_body_is_read():
    wire = gzip.compress(b"{}") + gzip.compress(PLAIN)
    assert found(wire, b"{}") == "as it is, inside gzip"


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_what_breaks_off_gives_what_it_holds(compress):
    packed = compress((SECRET * 3 + secrets.token_hex(3_000)).encode())
    assert SECRET.encode() * 3 not in packed
    assert "in base64" in found(b64(packed[:600]))


def test_what_was_sent_and_decoded_is_read_once():
    body = json.dumps({"a": "b" * 5_000}).encode()
    assert len(layers(b"head", gzip.compress(body), body).layers) == 1


def test_a_digest_is_no_sighting():
    import hashlib

    assert found(hashlib.sha256(PLAIN).hexdigest().encode()) is None


# Bounds


def bomb(size):
    stream = zlib.compressobj(9, wbits=31)
    parts = [stream.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)]
    return b"".join([*parts, stream.flush()])


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(search, "UNPACKED", 100_000)


@pytest.mark.parametrize("wrap", [b64, lambda d: d], ids=["in base64", "as it is"])
def test_a_bomb_is_cut_at_the_bound_and_said_to_be(small, wrap):
    packed = wrap(bomb(50_000_000))
    read = layers(packed)
    assert not read.whole
    assert sum(len(layer.hay) for layer in read.layers) < 2_000_000


def test_wrappings_beyond_the_depth_are_left_and_said_to_be():
    packed = PLAIN
    for _ in range(12):
        packed = b64(gzip.compress(packed))
    assert not layers(packed).whole
    assert found(packed) is None


def test_what_is_within_the_bounds_is_whole():
    assert layers(b64(gzip.compress(PLAIN)), b"{}").whole


def test_many_false_beginnings_end_at_the_bound(monkeypatch):
    monkeypatch.setattr(search, "_TRIES", 1_000)
    assert not layers(b"\x1f\x8b\x08" * 100_000).whole
    assert not layers(b"Ab0+Ab0+Ab0+Ab0+ " * 100_000).whole


@given(st.lists(st.binary(max_size=200), max_size=3))
def test_any_bytes_are_read(texts):
    read = layers(*texts)
    assert all(text.lower() in read.layers[0].hay for text in texts)


@given(st.binary(min_size=30, max_size=60).map(binascii.hexlify), st.integers(0, 20))
def test_random_digits_hold_nothing(digits, at):
    assert found(digits[at:]) is None


def test_readings_unpack_nothing():
    assert b"secret text" not in readings(b64(gzip.compress(b"secret text")))


@pytest.mark.parametrize(
    "between", ["\u200b", "\xad", "\u061c", "\u202d", "\x08", "\u0336", "\U000e0041"]
)
def test_what_nobody_sees_hides_nothing(between):
    hidden = between.join("planted42")
    for sent in (hidden.encode(), json.dumps(hidden).encode()):
        assert b"planted42" in readings(sent)


def test_what_looks_plain_is_read_as_plain():
    assert b"/home/alice" in readings("\u2215home\uff0falice".encode())
    assert b"c:\\users\\alice" in readings("C:\u29f5Users\ufe68alice".encode())
    assert b"alice@example.org" in readings("alice\uff20example\u2024org".encode())


@given(secret=st.text(min_size=1, max_size=40), piece=st.integers(2, 12))
def test_no_form_of_a_secret_is_without_a_hint(secret, piece):
    some = list(hints(secret, piece))
    assert all(any(one in needle for one in some) for _, needle in needles(secret, piece))


def test_there_are_far_fewer_hints_than_forms():
    assert 3 * len(list(hints(SECRET))) < len(list(needles(SECRET)))
