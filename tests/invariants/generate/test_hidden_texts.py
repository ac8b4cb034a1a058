"""Every character that hides a secret is one that nobody sees, and each has a text."""

import sys
import unicodedata

from payloadproof.evidence.search import readings
from payloadproof.generate.error_texts import STRICT
from payloadproof.generate.hidden_texts import _DRAWN, _PARTING, hidden, unseen


def test_what_is_not_seen_parts_no_words_and_is_no_letter_that_is_drawn():
    assert len(set(unseen())) == len(unseen()) > 200
    for code in unseen():
        assert not chr(code).isspace()
        drawn = unicodedata.category(chr(code))[0] not in "CM"
        assert not drawn or unicodedata.name(chr(code)).endswith(" FILLER")


def test_no_control_and_no_format_of_unicode_is_passed_over():
    known = {*unseen(), *_DRAWN, *_PARTING}
    every = map(chr, range(sys.maxunicode + 1))
    assert not [c for c in every if unicodedata.category(c) in ("Cc", "Cf") and ord(c) not in known]


def test_each_text_holds_one_secret_and_is_of_a_kind_that_never_survives():
    for one in hidden():
        assert one.kind in STRICT
        assert one.text.count("<name>") == 1


def test_the_search_reads_each_of_them_as_a_person_does():
    keys = [one.text for one in hidden() if one.kind == "token-like key"]
    for text in keys:
        before, _, _ = text.partition("<name>")
        said = text.replace("<name>", "alice")
        assert f"{before[:-1]}alice".lower().encode() in readings(said.encode())
