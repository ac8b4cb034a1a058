"""What looks like a secret in the text of an error, where nobody planted one.

Rule 1: a text is taken apart into words, and each word is judged by what it is made of; nothing
here is how a redaction would go about it.
Rule 2: no false alarm is worth more than a catch: planted secrets are found by other means.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

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


def shape_in(text: str) -> str | None:
    """What a secret in ``text`` looks like, None without one."""
    return next((shape for word in _words(text) if (shape := _shape(word))), None)


def _words(text: str) -> Iterator[str]:
    # JSON doubles what a path separates with, and writes a line's end in two characters.
    plain = text.replace("\\n", " ").replace("\\\\", "\\")
    for boundary in _BOUNDARIES:
        plain = plain.replace(boundary, " ")
    for word in plain.split():
        yield word.strip(".:=!?")
        # A value behind a key or a header's name.
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
