"""What a report shows of a text: the program's own words, and nothing that was planted."""

import base64
import getpass
import secrets
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payloadproof.evidence import masking, search
from payloadproof.evidence.history import History
from payloadproof.evidence.masking import covered, holds_planted, invented, knowing
from payloadproof.evidence.quoting import masked, named, placed, readable
from payloadproof.evidence.search import needles
from payloadproof.scenario.canaries import KINDS, drawn

MANY = 500
SHOWN = 3  # characters of a covered run

AROUND = st.sampled_from(
    ["{}", "user {} asked", "a/{}/b", '{{"k": "{}"}}', "{}.{}", "x{}y", "Bearer {}", "é{}", "{}\n"]
)
SEPARATED = st.sampled_from(["", " ", "-", "_", ".", ":"])
ENCODED = {
    "as it is": str,
    "upper": str.upper,
    "backwards": lambda text: text[::-1],
    "hexadecimal": lambda text: text.encode().hex(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(b"a" + text.encode()).decode(),
    "percent": lambda text: "".join(f"%{ord(char):02x}" for char in text),
    "JSON": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
}


@given(st.sampled_from(sorted(KINDS)), AROUND, SEPARATED, st.data())
def test_no_piece_of_what_was_planted_is_shown_wherever_it_stands(
    says, kind, around, separator, data
):
    (secret,) = drawn((kind,))
    size = data.draw(st.integers(5, 40))
    begin = data.draw(st.integers(0, max(0, len(secret) - size)))
    said = secret[begin : begin + size]
    every = data.draw(st.integers(2, 40))
    said = separator.join(said[at : at + every] for at in range(0, len(said), every))
    text = around.format(said, said)
    with invented((secret,)):
        for masked_ in (readable(text), masked(text), masked({"kind": [text]}), named(text)):
            assert not says(masked_, secret), masked_


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("encoding", ENCODED)
def test_an_encoding_of_what_was_planted_is_covered(says, kind, encoding):
    (secret,) = drawn((kind,))
    text = ENCODED[encoding](secret)
    with invented((secret,)):
        for masked_ in (readable(text), masked([text]), named(text)):
            assert not says(masked_, text), masked_


@pytest.mark.parametrize("kind", [*(one for one in sorted(KINDS) if one not in ("name", "words"))])
def test_what_nobody_said_was_planted_is_covered_all_the_same(says, kind):
    """A name and words in lower case look like any word; all else has a secret's shape.

    Of many, since one in sixty of capitals and digits has no digit and can be spoken.
    """
    with invented(()):
        for secret in (drawn((kind,))[0] for _ in range(MANY)):
            assert not says(masked(f"it was {secret} then"), secret), secret


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_real_evidence_shows_no_word_that_is_not_known(says, kind):
    (secret,) = drawn((kind,))
    assert not says(masked(f"it was {secret} then"), secret)


@given(st.sampled_from(sorted(KINDS)), st.integers(150, 260))
def test_a_secret_at_the_end_of_what_is_quoted_is_covered(says, kind, before):
    (secret,) = drawn((kind,))
    with invented((secret,)):
        assert not says(masked("a " * (before // 2) + secret), secret)


def test_a_number_that_was_planted_is_no_number_that_stays(says):
    (secret,) = drawn(("digits",))
    with invented((secret,)):
        assert not says(masked({"total": int(secret)}), secret)
        assert masked(1234567) == "1234567"


def test_a_key_that_is_a_name_that_was_planted_is_covered(says):
    (secret,) = drawn(("name",))
    assert named(secret) == f'"{secret}"', "it is a plain identifier"
    with invented((secret,)):
        assert not says(named(secret), secret)


OWN = [
    "posthog-python",
    "Linux",
    "CPython",
    "Debian GNU/Linux",
    "Positional argument missing: user to serve",
    "key must be str, int, float, bool or None, not tuple",
    "'took_ms'",
    "DO_NOT_TRACK",
    "feedr: sending the rest",
    "utf8",
    "KeyError",
    "7.91.1",
]


@pytest.mark.parametrize("text", OWN)
def test_what_a_program_says_of_itself_can_be_read(text):
    with invented(drawn(tuple(KINDS))):
        assert readable(text) == text


LOOKS = {
    "a key": lambda: f"sk-{secrets.token_hex(16)}",
    "a path": lambda: "/home/somebody/projects/thing",
    "an address": lambda: "somebody.else@mail.example",
    "a token of base64": lambda: base64.b64encode(secrets.token_bytes(24)).decode(),
    "an id": lambda: "0b9c1c5e-2f0a-4a39-9a59-8b8f2f6c6b11",
    "a number": lambda: "49151234567",
    "the other address of a machine": lambda: "192.0.2.17",
    "the address of a card": lambda: "de:ad:be:ef:aa:bb",
}


@pytest.mark.parametrize("what", LOOKS)
def test_what_looks_like_a_secret_is_covered_though_all_was_invented(says, what):
    for _ in range(200):
        text = LOOKS[what]()
        with invented(()):
            said = readable(text)
        longest = max(map(len, says.islands(said)), default=0)
        assert longest <= SHOWN, said
        assert not says(said, text)


def test_this_machine_and_its_user_are_named_nowhere(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "brunhilde")
    monkeypatch.setattr(socket, "gethostname", lambda: "kitchen-table.lan")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Kunigunde Wagner")
    monkeypatch.setattr(Path, "home", lambda: Path("/somewhere/gottfried"))
    from payloadproof.evidence import masking

    masking._machine.cache_clear()
    try:
        with invented(()):
            assert "Kunigunde" not in readable("said Kunigunde Wagner")
            for own in ("brunhilde", "kitchen-table.lan", "kitchen-table", "gottfried"):
                assert own not in readable(f"told by {own} today")
    finally:
        masking._machine.cache_clear()


def test_real_evidence_shows_the_words_of_the_contract_and_no_others(contract):
    with knowing(contract):
        assert masked("search_performed") == '"search_performed"'
        assert masked("linux") == '"linux"'
        assert "acme" not in masked("the acme merger")
    assert "search" not in masked("search_performed")


@pytest.mark.parametrize("text", ["", "…", "a" * 10_000, "\x00\ud800", "_" * 99, "0" * 99])
def test_it_is_total_and_has_an_end(text):
    for context in (invented(()), invented(("abcdefgh",))):
        with context:
            assert len(readable(text)) <= 200
    assert len(masked(text)) < 1300


def test_nothing_of_a_run_lasts_beyond_it(contract):
    assert isinstance(History(contract=contract), History)
    with invented(("abcdefgh",)):
        pass
    assert covered("the word stays") == "the wor…1 sta…2"


def test_in_a_word_that_is_shorter_than_each_form_nobody_looks_for_what_is_wrapped(monkeypatch):
    monkeypatch.setattr(masking, "layers", lambda *_: pytest.fail("it was unpacked"))
    with invented(["k3ttlelidspout77", "k3ttlelid"]):
        assert placed("POST", "/i/v0/e/", 1) == "request 1 POST /i/v0/e/"
        assert holds_planted("k3ttl")


@pytest.mark.parametrize("length", range(9, 40))
def test_each_form_of_a_longer_secret_is_as_long_as_a_piece(length):
    forms = needles(("k3ttlelid" * 5)[:length])
    assert min(len(form) for _, form in forms) == search.PIECE
