"""A word without quotes in a sentence about a value that is wrong.

Rule 1: a sentence is looked at if it has a word by which parsers and validators say that a value is
wrong (``unexpected``, ``invalid``, ``parse``). In it a place for a value is what follows a
preposition (``unbalanced quotes in x``), a verb of reading (``cannot parse x``), what a value is
called (``bad token x``) or the fault itself (``unexpected x``).
Rule 2: what stands there goes, unless it is a word that messages use, by closed lists, or spelled
as only programs spell.
Rule 3: no list of software: a sentence that nobody wrote down is judged as well.
"""

from __future__ import annotations

from payloadproof_reference.redaction.frames import DIAGNOSIS, is_diagnosis, is_spelled_as_code
from payloadproof_reference.redaction.judgements import Match
from payloadproof_reference.redaction.patterns import Pattern
from payloadproof_reference.redaction.vocabulary import VOCABULARY, other_than
from payloadproof_reference.redaction.words import AFTER_A_KEY, AFTER_A_PATH

#: By which a sentence says that a value is wrong.
_FAULT = (
    r"invalid|illegal|malformed|unexpected|unrecogni[sz]ed|unparse?able|unterminated|unclosed"
    r"|unbalanced|unmatched|mismatched|unescaped|undefined|duplicate|syntax|pars(?:e|er|es|ed|ing)"
    r"|lex(?:er|ical)|expected|expecting|convert(?:ed|ing)?|conversion|decod(?:e|ed|ing)|bad"
    r"|incorrect|garbage|junk|trailing|stray|truncated|digits?|numeral|quotes?|brackets?|brac(?:e|es)"
    r"|parenthes[ie]s|colon|comma|escape|literal|ambiguous|no match|not match|not a|not an"
    r"|redefinition|redeclaration|offending|leftover|remaining|mismatch|not closed|wanted"
    r"|(?:must|should) be an?|(?:wants?|needs?) an?|errors? (?:at|near|before|after)|stopped|stuck"
    r"|(?:cannot|can't|could not|couldn't|unable to|failed to) (?:interpret|cast|coerce|understand"
    r"|match|tokeni[sz]e)|no (?:rule|alternatives?|viable|parse|value|converter|constructor|type)"
    r"|missing (?:closing|opening|value|unit|exponent|separator|terminator)"
    r"|unknown (?:field|property|variable|key|unit|tag|alias|entity|attribute|escape|variant|word"
    r"|symbol|value|token|label|anchor|suffix|prefix)"
)
_PREPOSITION = (
    r"at|near|in|of|for|on|with|from|by|after|before|around|to|as|than|inside|within|into|against"
)
#: What is said of a value, and what a value is called.
_CALLED = (
    r"unexpected|undefined|unrecogni[sz]ed|invalid|illegal|malformed|duplicate|unterminated|unclosed"
    r"|unmatched|mismatched|offending|trailing|stray|leftover|remaining|junk|bad"
    r"|value|token|input|text|string|word|literal|number|date|key|field|property|attribute|element"
    r"|entity|alias|anchor|variable|label|unit|entry|record|line|cell|tag|term|operand|expression"
    r"|identifier|symbol|suffix|prefix"
)
_VERB = (
    r"pars(?:e|ing)|convert(?:ing)?|read(?:ing)?|decod(?:e|ing)|interpret|cast|coerce|understand"
    r"|tokeni[sz]e|got|found|received|saw|encountered|given|but|is|was|not"
)
_PLACE = rf"{_PREPOSITION}|{_CALLED}|{_VERB}"
_WORD = r"\pL[\pL\pN_-]{2,}"
#: Words that stay; only those of letters can stand where a word is looked for.
_STAYS = frozenset(
    word for word in VOCABULARY | AFTER_A_KEY | AFTER_A_PATH | DIAGNOSIS if word.isalpha()
)
FINDER = rf"(?i)(\b(?:(?:{_PLACE}) )+(?:an? |the )?)({_WORD})"
GATE = rf"(?i)\b(?:{_FAULT})\b"
EXACTLY = Pattern(
    rf"{GATE}(?:[^\n;]*\b(?:{_PLACE})|) (?:an? |the )?{other_than(_STAYS)}", roomy=True
)
_FAULTS = Pattern(rf"(?i)\b(?:{_FAULT})\b[^\n;]*$")
#: Of a sentence as much before a word is looked at.
BEFORE = 160
#: What a word goes on with that is a call, a path, a key or a part of one.
_GOES_ON = Pattern(r"[(\[{=/\\\"'`:@.]\S")


def faulted(match: Match) -> str:
    """The word where a value stands goes, unless messages use it."""
    place, word = match.groups()
    whole = str(match.group())
    # A compound is as plain as its parts: region-based, radix-10.
    parts = word.lower().rstrip("-").split("-")
    if all(part in _STAYS or part.isdigit() for part in parts) or is_diagnosis(word):
        return whole
    text, begin = match.string, match.start()
    if is_spelled_as_code(word) or _GOES_ON.match(text[match.end() : match.end() + 2]):
        return whole
    if not _FAULTS.search(text[max(0, begin - BEFORE) : match.start(2)]):
        return whole
    return f"{place}<value>"
