"""Taking secrets out of free text: a word stays only where it is of a kind that holds none.

No pattern searches for secrets in the whole text. The text is split at blanks, and each piece is
looked at once: known words, short numbers, names made of known words stay, and everything else
becomes ``MASK``. So
what nobody has thought of goes, too, and the time is linear in the length. ``MASK`` is itself a
word that stays, and a text that was redacted does not change when it is redacted again.
"""

from __future__ import annotations

import functools
import os
import re
import unicodedata
from collections.abc import Iterable

MASK = "[redacted]"
RAW_MAX = 6_000  # more is not even looked at; it could not be sent
_LOOKAHEAD = 8  # words over which a path with blanks may go on

_OPEN = "\"'`([{<*“‘«„"
_CLOSE = "\"'`)]}>*”’»“.,;:!?…"
_QUOTES = "\"'`"

_NUMBER = re.compile(r"[+-]?[0-9]{1,6}(?:[.,][0-9]{1,3})?(?:%|[A-Za-z]{1,3})?")
_CODE_PART = re.compile(r"[A-Za-z]{1,24}[0-9]{0,3}")
_GLUED = re.compile(r"eyJ|AKIA[A-Z0-9]{4}|ASIA[A-Z0-9]{8}|AIza[A-Za-z0-9]{4}")
_SHORT_MIX = re.compile(r"[A-Za-z]{1,8}-?[0-9]{1,4}")
_PLURAL = re.compile(r"([A-Za-z]+)\((?:e?s|ren)")
_BYTE = re.compile(r"0x[0-9a-fA-F]{1,4}")
_FOLDERS = frozenset(("users", "home", "root", "documents", "desktop", "projects"))
_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+")
_HEX_WORD = re.compile(r"[a-fA-F]{8,}")
_PREFIX = re.compile(
    r"(?:sk|pk|rk|phc|phx|phs|pha|phr|gh[pousr]|github|glpat|xox[a-z]?|xapp|hf|npm|pypi|dop|shpat|"
    r"whsec|ya29|sg|eyj[a-z]*|aiza[a-z]*|akia[a-z]*|asia[a-z]*)[-_.]",
    re.IGNORECASE,
)
_TOP_LEVEL = re.compile(
    r"\.(?:com|net|org|io|dev|local|localdomain|internal|lan|corp|example|test|invalid|home|app|"
    r"ai|de|uk|eu|fr|us|info|biz|cloud)$",
    re.IGNORECASE,
)
_SLASHED = frozenset("i/o and/or n/a read/write tcp/ip client/server input/output yes/no".split())
# After such a word and a colon or an equals sign, or after a scheme's name, stands a secret.
_TELLTALE = frozenset(
    "password passwd passphrase pwd pass secret token apikey api_key api-key key accesskey "
    "access_key authorization auth credential credentials cookie session sessionid session_id "
    "signature pin private_key client_secret access_token refresh_token bearer_token".split()
)
_HEADER = re.compile(r"(?:x-[a-z-]+|set-cookie|proxy-[a-z-]+)")
_GROUP = re.compile(r"[(\[\"']?\+?\(?(?:[0-9]{1,14}|[A-Z0-9]{4}|[A-Z]{2}[0-9]{2})(?:[-./][0-9]{1,14})*[)\]\"'.,;:]{0,3}")
_RELEASE = re.compile(r"v?[0-9]{1,2}(?:\.[0-9]{1,3}){1,2}")
_NAME_BREAKS = re.compile(r"[-_.\[(0-9]+")
_BRACKETED = frozenset("<module> <lambda> <listcomp> <dictcomp> <genexpr> <setcomp>".split())
_SUFFIXES = (
    ("s", ""), ("es", ""), ("d", ""), ("ed", ""), ("ing", ""), ("ing", "e"), ("ly", ""), ("er", ""),
    ("er", "e"), ("ies", "y"), ("ied", "y"), ("able", ""), ("able", "e"), ("ation", "e"), ("ion", "e"),
    ("ion", ""), ("ment", ""), ("ness", ""), ("or", "e"),
)
_WORDS = re.compile(r"[-_. ]")
_CONSTANTS = frozenset("true false none null nil yes no on off".split())
_SCHEMES = frozenset(("bearer", "basic", "digest", "negotiate"))


class Redactor:
    def __init__(self, private: Iterable[str] = ()) -> None:
        """``private``: names of the person, the machine and their directories."""
        self._private = frozenset(
            word.casefold() for word in private if len(word) >= 3 and word.casefold() != "root"
        )

    def text(self, raw: str, limit: int) -> str:
        """``raw`` in one line, without what may be secret, and at most ``limit`` characters."""
        cut = len(raw) > RAW_MAX
        pieces = raw[:RAW_MAX].split()
        if cut and pieces and not raw[RAW_MAX - 1].isspace():
            pieces[-1] = MASK  # half of something
        return _fit(self._pieces(pieces), limit)

    def name(self, raw: str, limit: int, instead: str) -> str:
        """A name of code, as of a class, a function or a file; ``instead`` where it is none."""
        if len(raw) > limit or not self._code_name(raw):
            return instead
        return raw

    def _pieces(self, pieces: list[str]) -> list[str]:
        kept: list[str] = []
        secret_next = False
        at = 0
        while at < len(pieces):
            piece = pieces[at]
            if self._header(piece):
                # What follows is data to its end, however many words it has.
                kept += [piece, MASK] if self._piece(piece) else [MASK]
                break
            end = self._path_end(pieces, at)
            if secret_next and piece.strip(_OPEN + _CLOSE).casefold() in _SCHEMES:
                kept.append(piece)  # "Authorization: Bearer ...": what follows is still secret
                at += 1
                continue
            if secret_next and piece in ("=", ":", "is"):
                kept.append(piece)
                at += 1
                continue
            word = "" if secret_next or end > at else self._piece(piece)
            secret_next = self._announces(piece, pieces[at + 1] if at + 1 < len(pieces) else "")
            if word:
                kept.append(word)
            elif not kept or kept[-1] != MASK:
                kept.append(MASK)
            at = max(at, end) + 1
        return kept

    @staticmethod
    def _header(piece: str) -> bool:
        """Whether a header of a request, a cookie or a command with both begins here."""
        bare = piece.strip(_OPEN + _QUOTES).casefold()
        if bare in ("curl", "wget"):
            return True
        name = bare.rstrip("\"':=")
        if name == bare:
            return False
        return name == "cookie" or (_HEADER.fullmatch(name) is not None)

    @staticmethod
    def _announces(piece: str, following: str) -> bool:
        bare = piece.strip(_OPEN + _CLOSE + "=").casefold()
        if bare in _SCHEMES:
            return True
        if not (piece.rstrip(_QUOTES)[-1:] in (":", "=") or following in ("=", ":")):
            return False
        return not _TELLTALE.isdisjoint((bare, *_WORDS.split(bare)))

    @staticmethod
    def _path_end(pieces: list[str], at: int) -> int:
        """The last piece of the path, row or number that begins at ``at``; ``at`` where there is none."""
        piece = pieces[at]
        body = piece.lstrip(_OPEN)
        if piece[0] == "(" and piece[-1] == ",":
            for number, word in enumerate(pieces[at + 1 : at + 1 + _LOOKAHEAD], at + 1):
                if ")" in word:
                    return number  # the values of a row
        grouped = _group_end(pieces, at)
        if grouped > at:
            return grouped
        if "/" not in piece and "\\" not in piece:
            return at
        if body.strip(_CLOSE).casefold() in _SLASHED:
            return at
        following = pieces[at + 1 : at + 1 + _LOOKAHEAD]
        quote = piece[0] if piece[0] in _QUOTES else ""
        if quote and quote not in piece[1:]:
            for number, word in enumerate(following, at + 1):
                if quote in word:
                    return number
        last = at
        if piece.rstrip(_QUOTES)[-1:] in (",", ";", ")", "!", "?") or (quote and quote in piece[1:]):
            return at
        for number, word in enumerate(following, at + 1):
            if word[0] in _OPEN or word[0] in "/\\~":
                break
            if "/" in word or "\\" in word:
                last = number
        return max(last, at)

    def _piece(self, piece: str) -> str:
        """The piece where it may stay, and nothing where it may not."""
        if len(piece) > 80:
            return ""
        if piece == MASK:
            return piece
        core = piece.lstrip(_OPEN)
        front = piece[: len(piece) - len(core)]
        core = core.rstrip(_CLOSE)
        back = piece[len(front) + len(core) :]
        if len(front) > 4 or len(back) > 6:
            return ""
        if core == "":
            return piece
        if core.endswith("(") and back.startswith(")"):
            return piece if self._stays(core[:-1]) else ""  # a call: name()
        if core == "redacted":
            return piece
        if "=" in core and not core.startswith("="):
            return self._assignment(front, core, back)
        return piece if self._stays(core) else ""

    def _assignment(self, front: str, core: str, back: str) -> str:
        key, _, value = core.partition("=")
        if not self._stays(key):
            return ""
        if not value:
            return f"{front}{core}{back}"
        # A value is data: of words only those stay that are the language's own.
        harmless = _NUMBER.fullmatch(value) or value.casefold() in _CONSTANTS or value == MASK[:-1]
        if harmless and key.casefold() not in _TELLTALE:
            return f"{front}{core}{back}"
        return f"{front}{key}={MASK}"

    def _stays(self, core: str) -> bool:
        if core.casefold() in self._private:
            return False
        if all(c in "-–—=+*&|<>^#:." for c in core):
            return len(core) <= 4
        if _NUMBER.fullmatch(core) or _BYTE.fullmatch(core) or core.casefold() in _SLASHED:
            return True
        if _RELEASE.fullmatch(core) or core in ("127.0.0.1", "0.0.0.0"):
            return True
        plural = _PLURAL.fullmatch(core)
        if plural:
            return _known(plural[1])
        left, colon, right = core.rpartition(":")
        if colon and re.fullmatch("[0-9]{1,6}", right):
            return self._stays(left)  # a file and its line, this machine and a port
        if core in _BRACKETED or _known(core):
            return True
        # A name of code stays in a text where each word of it is one that is known.
        return self._code_name(core) and all(
            _known(hump)
            for word in _NAME_BREAKS.split(core)
            for hump in _HUMPS.findall(word) or [word]
        )

    def _code_name(self, name: str) -> bool:
        """Whether it is a name of code, such as ``load_v2``, ``a.b_c``, ``utf-8``, ``heat.py``."""
        if name in _BRACKETED:
            return True
        if len(name) > 60 or not name.isascii() or _PREFIX.match(name):
            return False
        if name.casefold() in self._private:
            return False
        if _SHORT_MIX.fullmatch(name):
            return True
        if _TOP_LEVEL.search(name) or "--" in name.strip("-"):
            return False
        if "-" in name and not _FOLDERS.isdisjoint(name.casefold().split("-")):
            return False  # a directory whose slashes somebody has made into dashes
        name = name.replace("[", ".").replace("(", ".")
        dotted = name.split(".")
        if len(dotted) > 4:
            return False
        for part in dotted:
            words = [word for word in re.split("[_-]", part.strip("_")) if word]
            if all(map(str.isdigit, words)):
                return False
            if not words or len(words) > 7:
                return False
            for word in words:
                if word.casefold() in self._private:
                    return False
                if word.isdigit() and len(word) <= 3 and len(words) > 1:
                    continue
                if not _CODE_PART.fullmatch(word) or not _word(word.rstrip("0123456789")):
                    return False
        return True


@functools.lru_cache(1)
def _vocabulary() -> frozenset[str]:
    """Words of ordinary messages. A name that a person chose is not among them."""
    path = os.path.join(os.path.dirname(__file__), "words.txt")
    try:
        with open(path, encoding="ascii") as file:
            return frozenset(file.read().split())
    except OSError:
        return frozenset()


def _known(word: str) -> bool:
    """Whether a word may stay in a text: it is short, or the vocabulary has it or its stem."""
    plain = word.casefold().replace("’", "'")
    stem, apostrophe, ending = plain.partition("'")
    if apostrophe and (len(ending) > 2 or not stem.isalpha()):
        return False
    if not _word(word):
        return word == ""
    vocabulary = _vocabulary()
    if len(stem) <= 3 or stem in vocabulary or plain.replace("'", "") in vocabulary:
        return True
    for suffix, instead in _SUFFIXES:
        if stem.endswith(suffix) and stem[: -len(suffix)] + instead in vocabulary:
            return True
    return False


def _word(word: str) -> bool:
    """Whether it looks like a word: letters only, not too long, and written as words are."""
    if not 1 <= len(word) <= 40 or _HEX_WORD.fullmatch(word) or _GLUED.match(word):
        return False
    plain = word.replace("'", "").replace("’", "")
    if not plain or len(word) - len(plain) > 1:
        return False
    if not plain.isascii():
        return len(plain) <= 30 and all(
            unicodedata.category(c)[0] in "LM" and c.isprintable() for c in plain
        )
    if not plain.isalpha():
        return False
    humps = _HUMPS.findall(plain)
    if len(humps) == 1:
        return len(plain) <= (16 if plain.isupper() else 22)
    # Camel case: few humps, and most of them longer than a letter. A random text has many short ones.
    if len(humps) > 6 or max(map(len, humps)) > 20:
        return False
    return sum(1 for hump in humps if len(hump) == 1) <= 1


def _group_end(pieces: list[str], at: int) -> int:
    """The last piece of a number written in groups, as an account's; ``at`` where there is none."""
    end, digits = at, 0
    for number in range(at, min(len(pieces), at + 12)):
        if not _GROUP.fullmatch(pieces[number]) or (number > at and pieces[number][0] in _OPEN):
            break
        found = sum(map(str.isdigit, pieces[number]))
        if number == at and not found:
            break
        digits += found
        if found:
            end = number
    return end if digits >= 7 else at


def _fit(pieces: list[str], limit: int) -> str:
    """As many whole pieces as fit."""
    length = -1
    for number, piece in enumerate(pieces):
        length += 1 + len(piece)
        if length > limit:
            return " ".join(pieces[:number])
    return " ".join(pieces)
