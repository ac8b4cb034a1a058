"""Words that only a machine would write: keys, tokens, digests, numbers that name somebody.

Rule 1: a judgement rests on length and on kinds of characters, not on the value: two secrets made
alike are judged alike (E6).
Rule 2: what has a checksum (card, IBAN) is not asked for it where its shape is plain enough.
"""

from __future__ import annotations

import ipaddress

from payloadproof_reference.redaction.patterns import Pattern


def named(words: str) -> frozenset[str]:
    """A set of words, written as a sentence is."""
    return frozenset(words.split())


#: What is written in the place of data: these words and no others, so that none is somebody's.
MARKERS = named("args email encoded host ip key mac name number path pem secret text url value")
MARKER = f"<(?:{'|'.join(sorted(MARKERS))})>"

_PARTS = Pattern(r"[A-Za-z0-9]+")
_HEX = Pattern(r"[0-9A-Fa-f]+")
_DIGITS = Pattern(r"[0-9]+")
#: A capital and the small letters after it are one stretch, as in CamelCase.
_STRETCH = Pattern(r"[A-Z]*[a-z]+|[A-Z]+|[0-9]+")
_VERSION = Pattern(r"v?[0-9]{1,5}(?:\.[0-9]{1,6}){1,3}(?:[-+.]?[A-Za-z]{1,8}[.-]?[0-9]{0,6})?")
_MODEL = Pattern(
    r"(?:claude|gpt|gemini|llama|mistral|o[1-4])(?:-[a-z]{1,8}|-[0-9.]{1,4}[a-z]?|-20[0-9]{6}){1,5}"
)
_POINTER = Pattern(r"0x[0-9A-Fa-f]{1,16}")
_DATE = Pattern(r"(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?:[T ]|$)")
_CONSONANTS = Pattern(r"(?i)[bcdfghjklmnpqrstvwxz]{6}")

_UUID = Pattern(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_HEX_LONG = 16
#: No name is as long; what is takes too long to judge.
_NO_NAME = 200
_TOKEN_SHORT = 10
_TOKEN = 12
_WORD_LONG = 24


def is_secret(run: str) -> bool:
    """Whether a run of letters, digits and ``_ - + / = . ~`` is no word and no name."""
    if _VERSION.fullmatch(run) or _MODEL.fullmatch(run) or _POINTER.fullmatch(run):
        return False
    if len(run) > _NO_NAME or _UUID.search(run):
        return True
    parts = _PARTS.findall(run)
    if any(_is_random(part) for part in parts):
        return True
    joined = "".join(parts)
    # A token cut up by its own dashes. A name of words is long-winded between its turns.
    return (
        len(joined) >= _WORD_LONG and len(_DIGITS.findall(joined)) > len(parts) and _turns(joined)
    )


def _is_random(part: str) -> bool:
    length = len(part)
    if length < _TOKEN_SHORT or part.isdigit():
        return False
    if length >= _HEX_LONG and _HEX.fullmatch(part):
        return True
    groups = len(_DIGITS.findall(part))
    if groups >= 3:  # noqa: PLR2004 - no name has three numbers inside
        return True
    if length < _TOKEN:
        return False
    if groups == 2:  # noqa: PLR2004 - as above
        return _turns(part) or _unspoken(part)
    return (
        _unspoken(part) or (length >= _WORD_LONG and not groups and part.islower()) or _turns(part)
    )


def _turns(part: str) -> bool:
    return len(part) < 3 * len(_STRETCH.findall(part))


def _unspoken(part: str) -> bool:
    return _CONSONANTS.search(part) is not None


def is_harmless_number(run: str) -> bool:
    """Whether a run of digits and separators is a time or a size, and names nobody."""
    plain = "".join(char for char in run if char.isdecimal())
    if run == plain:
        return len(plain) == 13 and plain[0] == "1"  # noqa: PLR2004 - an epoch in milliseconds
    if _DATE.match(run):
        return True
    return len(plain) < (7 if run[0] == "+" else 9)  # the shortest phone numbers


def address(run: str) -> str | None:
    """An address of the machine itself, or what is no address at all, as it is."""
    bare, _, _ = run.partition("%")
    if len(bare) > 45:  # noqa: PLR2004 - the longest spelling of an IPv6 address
        return None if bare.count(":") >= 7 else run  # noqa: PLR2004 - eight groups
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return run
    return run if found.is_loopback or found.is_unspecified else None


def is_iban(run: str) -> bool:
    """Whether the checksum of ISO 13616 holds.

    One digest in a hundred has it, too, where it begins like an account; none of the countries
    that can be spelled in hexadecimal has accounts of 32 characters.
    """
    plain = run.replace(" ", "").upper()
    if len(run) >= 32 and _HEX.fullmatch(run):  # noqa: PLR2004 - said above
        return False
    if not 15 <= len(plain) <= 34:  # noqa: PLR2004 - the shortest and longest there are
        return False
    return int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1
