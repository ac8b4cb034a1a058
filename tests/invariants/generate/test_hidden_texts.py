"""Every character that hides a secret is one that nobody sees, and each has a text."""

import unicodedata

from payloadproof.evidence.search import readings
from payloadproof.generate.error_texts import STRICT
from payloadproof.generate.hidden_texts import hidden, unseen


def test_what_is_not_seen_parts_no_words_and_is_no_letter_that_is_drawn():
    assert len(set(unseen())) == len(unseen()) > 200
    for code in unseen():
        assert not chr(code).isspace()
        drawn = unicodedata.category(chr(code))[0] not in "CM"
        assert not drawn or unicodedata.name(chr(code)).endswith(" FILLER")


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
