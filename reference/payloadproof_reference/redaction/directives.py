"""Lines of settings without any sign between a key and its value: ``user ada``, ``bindpw tea``.

Rule 1: what stands behind such a key goes, unless it is a word that messages use, by closed lists:
``login failed`` and ``password must not be empty`` stay.
Rule 2: behind a word that is no name of a setting (``user``) one word is data. Behind a name that
only settings have (``rocommunity``, ``db_user``) each word is, up to the end of what it sets.
Rule 3: one marker stands for all words of one value: it says nothing of how many there were (E6).
"""

from __future__ import annotations

from payloadproof_reference.redaction import keys
from payloadproof_reference.redaction.frames import DIAGNOSIS, is_diagnosis
from payloadproof_reference.redaction.judgements import IS, MOST_WORDS, Match, in_turn
from payloadproof_reference.redaction.patterns import Pattern
from payloadproof_reference.redaction.tokens import MARKER, named
from payloadproof_reference.redaction.vocabulary import FOLLOWERS, VOCABULARY, other_than
from payloadproof_reference.redaction.words import AFTER_A_KEY, AFTER_A_PATH

#: Words that stay behind a key.
_STAYS = VOCABULARY | FOLLOWERS | AFTER_A_KEY | AFTER_A_PATH | DIAGNOSIS
_SAID = rf"(?:{keys.SAID_OF_SECRETS}|{keys.SAID_OF_SOMEBODY})"
#: How a value is written, between its key and itself: ``password 7 x``, ``key md5 x``.
_WRITTEN = (
    r"(?:[0-9]{1,2}|level [0-9]{1,2}|encrypted|cipher|irreversible-cipher|simple|plain|plaintext"
    r"|plain-text|cleartext|clear|ascii|ascii-text|hex|md5|sha|sha1|sha256|sha512|text|-?string"
    r"|ENC|set-key|create|readonly|read-only|access|read|write|ro|rw|name|value|set|add|-{1,2}[a-z-]+"
    r"|user|login|account|password|secret|community)"
)
_GAP = rf"[ \t]+(?:{_WRITTEN}[ \t]+)*"
_WORD = rf"(?:{MARKER}|[^\s,;()\[\]{{}}<>|\"'`#=:][^\s,;()\[\]{{}}<>|\"'`#]*)"
#: A name that only settings have: a compound, or one of a list.
_NAME = (
    rf"(?:[\w.*%@-]*[\w.*%@-](?:{keys.SAID_OF_SECRETS}|{keys.SAID_OF_SOMEBODY})|{keys.DIRECTIVES})"
)
_KEY = (
    rf"(?i)(?:\b({_NAME})({_GAP})({_WORD}(?:[ \t]+{_WORD}){{0,5}})"
    rf"|(\b{_SAID})({_GAP})({_WORD}(?:[ \t]+{_WORD}){{0,2}}))"
)
#: From the first key on its line to the line's end.
FINDER = rf"(?i)\b(?:{_NAME}|{_SAID})[ \t]+[^\n]*"
_OTHER = other_than(word for word in _STAYS if word.isalpha())
GATE = rf"(?i)(?:\b(?:{keys.DIRECTIVES})|{_SAID})[ \t]+\S"
EXACTLY = Pattern(
    rf"(?i)(?:\b(?:{keys.DIRECTIVES})[ \t]+\S"
    rf"|{_SAID}[ \t]+(?:{_WRITTEN}[ \t]+)*(?:{_OTHER}|[$@%&*!~.^+?]))",
    roomy=True,
)
_PARTS = Pattern(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_DIRECTIVE = Pattern(rf"(?i)(?:{keys.DIRECTIVES})")
_SECRET = Pattern(rf"(?i)(?:{keys.SAID_OF_SECRETS}|community|auth|key|pw|token)")
#: Names of settings that are words of prose too.
_SPOKEN = named("alias author banner description keyid maintainer sender ssid")
#: Words of prose that end as a name of a setting does.
_PROSE = named(
    """
    superuser multiuser multi-user single-user per-user end-user enduser non-user bypass compass
    encompass surpass trespass overpass underpass co-owner sub-account cross-account super-user
    power-user re-login relogin auto-login autologin byway all-users no-user new-user root-user
    """
)


def directive(match: Match) -> str:
    """The words behind the keys of a line go, but those of messages."""
    return in_turn(_FOUND, str(match.group()), _set)


def _set(found: Match) -> tuple[str, int]:
    """A key with what it sets, and where that ends."""
    groups = found.groups()
    alone = groups[3] is not None
    key, gap, words = groups[3:] if alone else groups[:3]
    begin = found.start(6 if alone else 3)
    prose = key.lower() in _PROSE
    first = words.split(maxsplit=1)[0]
    only = alone or key.lower() in _SPOKEN or not _DIRECTIVE.fullmatch(key)
    if prose or (only and first not in _MARKS and _stays(first)):
        return f"{key}{gap}", begin
    value, length = _worded(key, words, run=alone)
    return f"{key}{gap}{value}", begin + length


def worded(match: Match) -> str:
    """``real_name = somebody of somewhere``: every word goes, up to where a message goes on."""
    key, separator, name, equals, words = match.groups()
    key, separator = key or name, separator or equals
    first = words.split()[0]
    if separator.strip() == ":" and _stays(first):
        return str(match.group())
    value, end = _worded(key, words)
    return f"{key}{separator}{value}{words[end:]}"


def listed(match: Match) -> str:
    """``users: [a, b]``: each word of the list goes, but those of messages."""
    key, separator, opening, items = match.groups()
    pieces: list[str] = []
    end = 0
    for number, found in enumerate(_ITEM.finditer(items)):
        if number == MOST_WORDS:
            return f"{key}{separator}{opening}{''.join(pieces)}"
        word = found.group()
        pieces += items[end : found.start()], word if _stays(word) else "<name>"
        end = found.end()
    return f"{key}{separator}{opening}{''.join(pieces)}{items[end:]}"


def _worded(key: str, words: str, *, run: bool = False) -> tuple[str, int]:
    """Each run of words that are data as one marker, and how much of ``words`` that was.

    ``run``: only the first such run is data.
    """
    kept: list[str] = []
    end = 0
    marker = "<secret>" if _SECRET.search(key) else "<name>"
    for word in words.split():
        stays = word not in _MARKS and _stays(word)
        bare = word.rstrip(".:!?")
        if word.lower().strip(".:!?") in _ENDS or (run and stays):
            break
        marked = word if stays else f"{marker}{word[len(bare) :]}"
        if kept and kept[-1] in _MARKS and marked.rstrip(".:!?") in _MARKS:
            kept[-1] = marked
        else:
            kept.append(marked)
        end = words.index(word, end) + len(word)
        if word[-1] == ":":
            break
    return " ".join(kept), end


#: What a message goes on with behind a setting; the name of a place may hold the others.
_ENDS = AFTER_A_KEY - named("a an and at for in of on or the you")
_MARKS = ("<secret>", "<name>")


def _stays(word: str) -> bool:
    """Whether a word is one that messages use, or is put together of such."""
    bare = word.strip(".:!?@%+*&")
    if is_diagnosis(bare) or "=" in bare or bare.endswith("()") or bare.startswith(("-", "/")):
        return True
    # The first part that is none ends it.
    parts = (found.group() for found in _PARTS.finditer(bare))
    return all(part.lower() in _STAYS or part.isdigit() for part in parts)


_FOUND = Pattern(_KEY)
WORDED = (
    rf"(?i)(?:(\b(?:\w[\w.]*[_. -])?(?:{keys.WORDED}|pass[ _-]?phrases?)\b)({IS})"
    rf"|(\b(?:name|id|from))(\s*=\s*))({_WORD}(?:[ \t]+{_WORD}){{0,15}})"
)
LISTED = rf"(?i)(\b(?:{keys.LISTED}))({IS})([\[({{]?\s*)([^\n;#<>\[\](){{}}\"'`]+)"
_ITEM = Pattern(r"[^\s,]+")
