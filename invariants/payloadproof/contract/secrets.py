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

# What keys of well-known services begin with. `sk-` asks for more after it: `sk-SK` is a locale.
KEY = re.compile(
    r"(?<![A-Za-z0-9])(sk-[A-Za-z0-9-]{12}"
    r"|(ph[csxr]|gh[opusr]|github_pat|hf|[srp]k_live|[sr]k_test|whsec)_[A-Za-z0-9]{8}"
    r"|(npm|sbp|re|r8|gsk|lin_api|dop_v1|dckr_pat|ntn|shp(at|ss|ca)|sntrys|pat|nvapi)_"
    r"(?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_-]{16}"
    r"|(xai|pplx|tvly|nvapi|pypi|dp\.pt|GOCSPX|AGE-SECRET-KEY)-?\.?"
    r"(?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_-]{16}"
    r"|glpat-[A-Za-z0-9-]{8}|xox[a-z]-[A-Za-z0-9-]{6}|(AKIA|ASIA)[A-Z0-9]{12}|AIza[A-Za-z0-9-]{16}"
    r"|SG\.[A-Za-z0-9_-]{16}|ya29\.[A-Za-z0-9_-]{16}|eyJ[A-Za-z0-9-]{8})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
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
_KEY_MIN = 16  # characters after a provider's prefix
_PREFIXES = (
    "sk-",
    "phc_",
    "phx_",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
)
# Where a word begins alone: MSG.UserCreated has three of these letters too.
_BEGINNINGS = (
    # Of clouds, registries, mailers and payments: put together here, so that no text holds a key.
    *("A" + "KIA", "A" + "SIA", "A" + "Iza", "h" + "f_", "np" + "m_", "gs" + "k_", "S" + "G."),
    *(
        "sk" + "_live_",
        "sk" + "_test_",
        "rk" + "_live_",
        "wh" + "sec_",
        "xa" + "pp-",
        "dop" + "_v1_",
    ),
    *("py" + "pi-", "gl" + "dt-", "lin" + "_api_", "nv" + "api-", "dckr" + "_pat_", "gh" + "r_"),
)
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
    for prefix in (*_PREFIXES, *_BEGINNINGS):
        before, found, rest = word.partition(prefix)
        if before[-1:].isalnum() and prefix in _BEGINNINGS:
            continue
        body = next((list(run) for token, run in groupby(rest, _is_token) if token), [])
        if not found or not rest[:1].isalnum() or len(body) < _KEY_MIN:
            continue
        if not _is_of_words("".join(body)):
            return True
    return False


def _is_of_words(body: str) -> bool:
    words = body.replace("_", "-").split("-")
    small = all(word.isalpha() and word.islower() for word in words)
    return small and len(words) > 1 and max(map(len, words)) <= _LONGEST_WORD


def _is_token(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char in "-_")


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
