"""So much of a text is judged, the rest is dropped, and nothing is judged twice."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from payloadproof_reference.redaction.judgements import MOST_KEYS, MOST_WORDS
from payloadproof_reference.redaction.paths import MOST_WORDS as MOST_WORDS_OF_A_RUN
from payloadproof_reference.redaction.redact import (
    MOST_MATCHES,
    MOST_SENTENCES,
    Redactor,
    redact,
)
from payloadproof_reference.redaction.rules import RULES, Rule

#: Made at run time, and of letters alone.
WORD = "".join(secrets.choice("bdfgklmnprst") + secrets.choice("aeiou") for _ in range(5))


def test_of_many_sentences_the_rest_is_dropped():
    known = f"KeyError: '{WORD}'\n"
    assert WORD not in redact(known * (MOST_SENTENCES + 1))


def test_of_a_line_of_many_words_the_rest_is_dropped():
    assert WORD not in redact("A_KEY=x " * MOST_WORDS + f"OTHER_KEY={WORD}")


@pytest.mark.parametrize(
    ("name", "first", "more", "most"),
    [
        ("directive", "", "user zork-7 ", MOST_KEYS),
        ("listed", "users: ", "zork-7, ", MOST_WORDS),
    ],
)
def test_of_many_settings_on_a_line_so_many_are_judged(name, first, more, most):
    (rule,) = (rule for rule in RULES if rule.name == name)
    assert rule.apply(first + more * most).count("<name>") == most
    assert rule.apply(first + more * most + f"user {WORD}").count("<name>") == most
    assert WORD not in rule.apply(first + more * most + f"user {WORD}")


@pytest.mark.parametrize(
    ("name", "more", "word", "most"),
    [
        ("asked", "title: expected ", "expected", MOST_KEYS),
        ("command", "npm err! ", "npm", MOST_KEYS),
        ("path", "/a/b is ", "<path>", MOST_WORDS_OF_A_RUN // 2),
    ],
)
def test_of_one_match_so_much_is_judged_and_the_rest_is_dropped(name, more, word, most):
    (rule,) = (rule for rule in RULES if rule.name == name)
    text = more * 2 * most + f"-x {WORD}"
    assert rule.apply(text).count(word) == most
    assert WORD not in rule.apply(text)


@pytest.mark.parametrize("kind", MOST_MATCHES)
def test_of_many_matches_of_a_rule_the_rest_is_dropped(kind):
    text = "told " + "pin=1 " * MOST_MATCHES[kind] + f"pin=1 the {WORD}"
    assert WORD in redact("told pin=1 " + f"pin=1 the {WORD}", kind="message")
    assert WORD not in redact(text, kind=kind)


#: What databases, runtimes and tools say of themselves, one message a line.
ORDINARY = Path(__file__).with_name("ordinary.txt").read_text().splitlines()

#: One word twice, of which only what stands about it says that it is data.
ABOUT = {
    "ip": "version 10.2.3.4 at 10.2.3.4",
    "host": "java.io.IOException of java.io here",
    "cited": "column 'quaddle' broke 'quaddle' here",
    "faulted": "the queue for quaddle; no rule for quaddle",
}


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if isinstance(rule, Rule)], ids=lambda rule: rule.name
)
def test_what_was_judged_once_is_judged_so_again_and_only_the_same(rule):
    judged = {}
    texts = [*ABOUT.values(), *ORDINARY, *(f"user: {WORD} {line} '{WORD}'" for line in ORDINARY)]
    assert [rule.apply(one, judged=judged) for one in texts] == [rule.apply(one) for one in texts]
    assert rule.apply("", judged=judged) == ""


@pytest.mark.parametrize("name", ABOUT)
def test_a_judgement_is_of_what_stands_about_a_match_too(name):
    (rule,) = (rule for rule in RULES if rule.name == name)
    text = ABOUT[name]
    blind = replace(rule, looks=(0, 0))
    assert rule.apply(text) not in {text, blind.apply(text)}


def test_no_rule_is_asked_again_of_a_text_that_it_left_and_of_a_match_that_it_judged():
    judged, asked = [], []

    class Counting(Rule):
        def apply(self, text, *more):
            asked.append((self.name, text))
            return super().apply(text, *more)

    class Twice(Redactor):
        rules = tuple(
            Counting(
                **{
                    **vars(rule),
                    "replacement": lambda m, r=rule: judged.append(m) or r._replaced(m),
                }
            )
            for rule in RULES
            if rule.name in {"token", "keyed"}
        )

    text = f"token: {WORD}; token: {WORD}; token: fe{WORD}"
    assert Twice().redact(text) == "token: <secret>; token: <secret>; token: <secret>"
    matches = [match.group() for match in judged]
    assert len(matches) == len(set(matches)) == 3  # with that of the marker
    assert len(asked) == len(set(asked))
