"""What secrets and addresses look like, where nobody planted one: the one table of their shapes.

Rule 1: every function here is pure and total, and quotes nothing of what it was given.
Rule 2: what has a checksum is asked for it (Luhn for cards, ISO 7064 for bank accounts): a row of
digits alone is no finding.
Rule 3: nothing here is how a redaction would go about it.
"""

from __future__ import annotations

import ipaddress
import re
import string
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

_CHAR = r"[A-Za-z0-9_-]"
_DIGIT = rf"(?={_CHAR}*[0-9])"


class _Provider(NamedTuple):
    """Keys of well-known services: patterns, of which the second is no part of what it begins with.

    Attributes:
        begins: what they begin with.
        then: what has to follow in a value, where any word may stand. `sk-SK` is a locale.
        inside: whether a word of a text may begin with something else. MSG.UserCreated, which has
            three letters of a mailer's keys, says why most may not.
    """

    begins: str
    then: str
    inside: bool = False


_PROVIDERS = (
    _Provider(r"sk-", r"[A-Za-z0-9-]{12}", inside=True),
    _Provider(r"(ph[cx]|gh[ops]|github_pat)_", r"[A-Za-z0-9]{8}", inside=True),
    _Provider(r"(ph[rs]|gh[ru]|hf|[prs]k_live|[rs]k_test|whsec)_", r"[A-Za-z0-9]{8}"),
    _Provider(
        r"((npm|gsk|lin_api|dop_v1|dckr_pat)_|(nvapi|pypi|xapp)-)", rf"{_DIGIT}{_CHAR}{{16}}"
    ),
    # What begins names of functions, too, has a digit wherever it stands.
    _Provider(
        rf"((sbp|re|r8|ntn|shp(at|ss|ca)|sntrys|pat|nvapi)_"
        rf"|(xai|pplx|tvly|nvapi|pypi|dp\.pt|GOCSPX|AGE-SECRET-KEY)-?\.?){_DIGIT}",
        rf"{_CHAR}{{16}}",
    ),
    _Provider(r"glpat-", r"[A-Za-z0-9-]{8}", inside=True),
    _Provider(r"gldt-", r"[A-Za-z0-9-]{8}"),
    _Provider(r"xox[a-z]-", r"[A-Za-z0-9-]{6}", inside=True),
    _Provider(r"A[KS]IA", r"[A-Z0-9]{12}"),
    _Provider(r"AIza", r"[A-Za-z0-9-]{16}"),
    _Provider(r"(SG|ya29)\.", rf"{_CHAR}{{16}}"),
)
#: What is a key in a value, beside the first part of a JWT and the head of a private key.
KEY = re.compile(
    rf"(?<![A-Za-z0-9])({'|'.join(one.begins + one.then for one in _PROVIDERS)}"
    r"|eyJ[A-Za-z0-9-]{8})|-----BEGIN [A-Z ]*PRIVATE KEY"
)
#: What may be one in a text.
_KEY_IN_TEXT = re.compile(
    "("
    + "|".join(("" if one.inside else "(?<![A-Za-z0-9])") + one.begins for one in _PROVIDERS)
    + rf")(?P<body>[A-Za-z0-9]{_CHAR}{{15,}})"
)
#: What a project sends with every event, and what is no secret: PostHog's own docs publish theirs.
PROJECT_KEY = re.compile(r"phc_[A-Za-z0-9_]+")
HEX = re.compile(r"[0-9a-fA-F]{32}")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
IPV4 = re.compile(r"(?<![0-9.])[0-9]{1,3}(\.[0-9]{1,3}){3}(?![0-9.])")
_IPV6 = re.compile(r"(?<![0-9A-Za-z:.])([0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![0-9A-Za-z:])")
MAC = re.compile(r"([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}")
_PHONE = re.compile(r"(?<![\w+])(\+|00)[1-9][0-9]{0,3}([ ()./-]{0,2}[0-9]){6,12}(?![\w.:-])")
_CARD = re.compile(r"(?<![\w.-])[3-6][0-9]{3}([ -]?)[0-9]{4,6}\1[0-9]{4,5}(\1[0-9]{1,4})?(?![\w-])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{2,4}){3,8}(?![A-Za-z0-9])")

_ROOTS = {
    *("home", "Users", "root", "var", "tmp", "private", "opt", "srv", "mnt", "Volumes", "etc"),
    *("usr", "media", "workspace", "data"),
}
_BOUNDARIES = "\"'`()[]{}<>,;|"
_HEX_MIN = 32
#: A name made of small words begins like a key, and is none: no key lacks capitals and digits.
_LONGEST_WORD = 12
_JWT_PARTS = 3
_JWT_MIN = 30
_CARD_DIGITS = range(14, 20)
_IBAN_CHARS = range(15, 35)


def shape_in(text: str) -> str | None:
    """What a secret in the text of an error looks like, None without one."""
    return next((shape for word in words(text) if (shape := _shape(word))), None)


@lru_cache(maxsize=16_384)
def leak_in(text: str, *, ids: bool = False) -> str | None:
    """What looks like a secret or an address in a text, None without one.

    ``ids``: the text may be an id or a digest, which says nothing of a person by itself.
    """
    plain = PROJECT_KEY.sub(" ", text) if "phc_" in text else text
    for said, has in _LEAKS:
        if has(plain):
            return said
    shape = next((one for word in words(plain) if (one := _shape(word))), None)
    if ids and shape == "long hexadecimal":
        return None
    if shape is None and not ids and UUID.search(plain):
        return "an id"
    return shape


def leaks_in(text: str) -> frozenset[str]:
    """Everything that a text looks like: which secrets, which addresses, whose id."""
    plain = PROJECT_KEY.sub(" ", text) if "phc_" in text else text
    said = {said for said, has in _LEAKS if has(plain)}
    said |= {shape for word in words(plain) if (shape := _shape(word))}
    return frozenset(said | ({"an id"} if UUID.search(plain) else set()))


def network_address(text: str) -> bool:
    """Whether the whole text is an address of a network."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _has_address(text: str) -> bool:
    found = [match[0] for match in IPV4.finditer(text)]
    if text.count(":") > 1:
        found += [match[0] for match in _IPV6.finditer(text) if match[0].count(":") > 3]  # noqa: PLR2004 - fewer is a time of day
    return any(map(network_address, found))


def has_card(text: str) -> bool:
    """Whether a number in it has the length and the check digit of a card."""
    for match in _CARD.finditer(text):
        digits = [int(char) for char in match[0] if char.isdigit()]
        doubled = [sum(divmod(2 * d, 10)) if n % 2 else d for n, d in enumerate(digits[::-1])]
        if len(digits) in _CARD_DIGITS and sum(doubled) % 10 == 0:
            return True
    return False


def has_iban(text: str) -> bool:
    """Whether there is a bank account in it, by its checksum."""
    for match in _IBAN.finditer(text):
        account = match[0].replace(" ", "")
        turned = account[4:] + account[:4]
        if len(account) in _IBAN_CHARS and int("".join(str(int(c, 36)) for c in turned)) % 97 == 1:
            return True
    return False


_LEAKS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("a key", KEY.search),
    ("a network address", MAC.search),
    ("a network address", _has_address),
    ("a phone number", _PHONE.search),
    ("a card number", has_card),
    ("a bank account", has_iban),
)


def words(text: str) -> Iterator[str]:
    """A text's words, and the values behind a key or a header's name."""
    # JSON doubles what a path separates with, and writes a line's end in two characters.
    plain = text.replace("\\n", " ").replace("\\\\", "\\")
    for boundary in _BOUNDARIES:
        plain = plain.replace(boundary, " ")
    for word in plain.split():
        yield word.strip(".:=!?")
        for separator in "=:":
            yield word.rpartition(separator)[2].strip(".!?")


@lru_cache(maxsize=8192)  # most words of a run's errors are the same few hundred
def _shape(word: str) -> str | None:
    judged = (
        (_is_path, "an absolute path"),
        (_is_address, "an e-mail address"),
        (_is_key, "a key"),
        (_is_jwt, "a JWT"),
        (_is_hex, "long hexadecimal"),
        (_has_query, "a URL with a query"),
    )
    return next((said for test, said in judged if test(word)), None)


def _is_path(word: str) -> bool:
    parts = word.split("/")
    if word.startswith("/"):
        return len(parts) > 2 and parts[1] in _ROOTS and bool(parts[2])  # noqa: PLR2004 - "", root, more
    drive = word[:1] in string.ascii_letters and word[1:3] == ":\\" and len(word) > len("C:\\")
    # A share has a host and a name; what has neither is a row of backslashes.
    share = word.startswith("\\\\") and sum(map(bool, word.split("\\"))) > 1
    return bool(drive) or share


def _is_address(word: str) -> bool:
    local, at, host = word.partition("@")
    name, _, top = host.rpartition(".")
    plain = all(c.isalnum() or c in "._+-" for c in local)
    return bool(local and at and name) and plain and top.isalpha() and len(top) > 1


def _is_key(word: str) -> bool:
    return not all(_is_of_words(match["body"]) for match in _KEY_IN_TEXT.finditer(word))


def _is_of_words(body: str) -> bool:
    words = body.replace("_", "-").split("-")
    small = all(word.isalpha() and word.islower() for word in words)
    return small and len(words) > 1 and max(map(len, words)) <= _LONGEST_WORD


def _is_jwt(word: str) -> bool:
    parts = word.split(".")
    return word.startswith("eyJ") and len(parts) >= _JWT_PARTS and len(word) >= _JWT_MIN


def _is_hex(word: str) -> bool:
    runs = (
        len(list(run))
        for hexadecimal, run in groupby(word, string.hexdigits.__contains__)
        if hexadecimal
    )
    return any(length >= _HEX_MIN for length in runs)


def _has_query(word: str) -> bool:
    scheme, found, rest = word.partition("://")
    _, asked, query = rest.partition("?")
    return bool(scheme and found and asked and query)
