import pkgutil
import subprocess
import sys
from importlib import import_module

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from payloadproof_reference import redaction
from payloadproof_reference.redaction.frames import Frame
from payloadproof_reference.redaction.patterns import Pattern
from payloadproof_reference.redaction.rules import RULES

ROOMS = [
    import_module(f"{redaction.__name__}.{one.name}")
    for one in pkgutil.iter_modules(redaction.__path__)
]
COUNTED = """
import re2

made, compiled, sets = [], re2.compile, re2.Set.SearchSet
re2.compile = lambda *given, **how: made.append(given) or compiled(*given, **how)
re2.Set.SearchSet = lambda *given: made.append(given) or sets(*given)

from payloadproof_reference.redaction.redact import Redactor

redactor = Redactor()
print(len(made))
redactor.redact("a file of /home/ada/notes.txt could not be read")
print(len(made))
from payloadproof_reference.redaction import directives, faulted

long = directives.EXACTLY, faulted.EXACTLY
print(sum("made" in vars(one) for one in long))
redactor.redact("unexpected kettle: cannot parse kettle, user kettle")
print(sum("made" in vars(one) for one in long))
"""


def test_a_process_that_meets_no_error_makes_no_pattern_and_one_error_takes_few():
    counted = subprocess.run(
        [sys.executable, "-c", COUNTED], check=True, capture_output=True, text=True
    )
    before, after, *exact = map(int, counted.stdout.split())
    assert before < 10
    assert before < after < len(RULES) / 2
    # Those that know every word of a list take longer than all others together.
    assert exact == [0, 2]


def spelled():
    yield from (rule.pattern for rule in RULES)
    yield from (rule.careful for rule in RULES if isinstance(rule, Frame) and rule.careful)
    for room in ROOMS:
        yield from (one for one in vars(room).values() if isinstance(one, Pattern))


@pytest.mark.parametrize("pattern", [*spelled()], ids=lambda one: one.pattern[:40])
def test_each_pattern_can_be_made(pattern):
    assert pattern.made.pattern == pattern.pattern


def test_what_is_no_method_of_a_pattern_is_none_of_ours():
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = Pattern("a").nothing_of_the_kind
    assert not hasattr(Pattern("a"), "__wrapped__")


@given(
    st.sampled_from(
        [r"(a)|(é)", r"x*", r"(?i)\b(\w+)( ?)(é?)", r"(b)?[^a]", r"$", r"\x{1f600}|(a)?"]
    ),
    st.text(st.sampled_from("aé b\U0001f600\nxX")),
    st.integers(0, 6),
)
def test_a_pattern_finds_what_re2_finds_in_any_text(spelled, text, pos):
    ours, theirs = Pattern(spelled), re2.compile(spelled)
    pos = min(pos, len(text))
    pairs = [([*ours.finditer(text, pos)], [*theirs.finditer(text, pos)])]
    pairs += [([ours.match(text)], [theirs.match(text)])]
    pairs += [([ours.fullmatch(text)], [theirs.fullmatch(text)])]
    pairs += [([ours.search(text, pos)], [theirs.search(text, pos)])]
    for found, expected in pairs:
        assert [*map(told, found)] == [*map(told, expected)]


def told(match):
    if match is None:
        return None
    spans = [match.span(group) for group in range(len(match.groups()) + 1)]
    return match.group(), match.groups(), spans, match.start(), match.end(), match.string


def test_a_template_is_filled_with_what_groups_hold_and_nothing_for_one_that_is_not_there():
    found = Pattern("(é)(b)?(c)").search("xéc")
    assert found.expand(r"<\1-\2-\3>") == "<é--c>"
    assert found.expand("plain") == "plain"


def test_a_pattern_is_made_once(monkeypatch):
    pattern = Pattern("(a)(b)?")
    assert pattern.fullmatch("a").groups() == ("a", None)
    made = pattern.made
    assert pattern.sub("-", "abc") == "-c"
    assert pattern.made is made
