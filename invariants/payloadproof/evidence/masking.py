"""What of a text a report shows: the program's own words, and never what may be a secret.

Rule 1: what was planted is covered, whatever encoding it stands in, and whatever it is cut into: no
``PIECE`` characters of it in a row are shown, whatever stands between them.
Rule 2: what looks like a secret or an address is covered with all that stands around it; so is a
text that names this machine or its user.
Rule 3: where everything that a program was given was invented for the run, ordinary words stay:
what it says is its own. Of real evidence only words known beforehand do: those of the contract, of
PostHog's routes, and of runtimes and systems.
Rule 4: to cover is the rule and to show the exception: what no rule knows is covered.
"""

from __future__ import annotations

import getpass
import os
import re
import socket
import string
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from payloadproof.contract import Contract
from payloadproof.contract.secrets import leak_in, network_address
from payloadproof.evidence.search import PIECE as SHORTEST
from payloadproof.evidence.search import layers, needles

PIECE = 5  # characters of what was planted, of letters and digits alone
LOOKED_AT = 4096  # characters of one text: more is not shown of any
_WORD = re.compile(r"\S+")
_RUN = re.compile(r"\w+")
_LETTERS_OR_DIGITS = re.compile(r"[^\W_]+")
_PARTS = re.compile(r"[A-Z]*[a-z]*")
_PACKED = re.compile(r"[A-Za-z0-9+/=_-]{16,}")
_VOWELS = frozenset("aeiouyAEIOUY")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{6}", re.IGNORECASE)
_HEX_DIGITS = frozenset(string.hexdigits)
_SHORT = 3
_LONGEST = 20  # letters of a word, which may be made of several
_LONGEST_LONE = 16  # of one that is not
_LONGEST_SHOUTED = 12  # of one in capitals
_LONGEST_HEX = 8  # of one that is spelled with the six letters of hexadecimal alone
_LONGEST_NAME = 60  # characters of a name made of words
_FIGURES = 4  # digits of a plain number: a year, a port
_ACRONYM = 5
_OF_SOMEBODY = re.compile(
    "(^|_)(USER|USERNAME|LOGNAME|NAME|EMAIL|HOSTNAME|COMPUTERNAME|TOKEN|SECRET|PASSWORD|KEY)$"
)
_ANYBODY = {"root", "user", "admin", "runner", "build", "localhost", "ubuntu", "debian", "home"}
#: What clients stamp on events, and what PostHog's routes are called.
FIXED = {
    *("android", "apple", "array", "batch", "browser", "capture", "chrome", "cpython"),
    *("cython", "darwin", "debian", "decide", "desktop", "engage", "events", "false"),
    *("firefox", "flags", "gnome", "http", "https", "iphone", "javascript", "linux"),
    *("macos", "microsoft", "mobile", "mozilla", "musl", "node", "nodejs", "posthog"),
    *("pypy", "python", "ruby", "safari", "server", "static", "track", "true", "ubuntu"),
    *("recorder", "version", "windows", "alpine", "arm64", "x86_64", "aarch64", "null", "none"),
}


class Planted:
    """What was planted in one run, in the forms in which it is looked for."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets
        # Of those each form in base64 is as long as a piece, too.
        self._long = all(len(secret) > SHORTEST for secret in secrets)

    @cached_property
    def pieces(self) -> frozenset[str]:
        """Every few characters of each, forwards and backwards."""
        flat = [_flat(secret) for secret in self._secrets]
        return frozenset(piece for one in flat for way in (one, one[::-1]) for piece in _cut(way))

    @cached_property
    def forms(self) -> list[tuple[str, bytes]]:
        """The same in encodings."""
        return [form for secret in self._secrets for form in needles(secret)]

    def stands_in(self, text: str) -> bool:
        """Whether some of it stands in a text."""
        if not self._secrets:
            return False
        if any(piece in self.pieces for piece in _cut(_flat(text))):
            return True
        if self._long and len(text) < SHORTEST and text.isascii():
            return False  # shorter than every form, and nothing is wrapped in so little
        return layers(text.encode(errors="replace")).holds(self.forms) is not None


NOTHING: Final = Planted(())
_INVENTED: Final[ContextVar[Planted | None]] = ContextVar("_INVENTED", default=None)
_KNOWN: Final[ContextVar[frozenset[str]]] = ContextVar("_KNOWN", default=frozenset())
_LAST: Final[ContextVar[tuple[Contract, frozenset[str]] | None]] = ContextVar("_LAST", default=None)


@contextmanager
def invented(secrets: Iterable[str]) -> Iterator[None]:
    """Meanwhile all that a program could leak is of the run, and these were planted in it."""
    before = _INVENTED.set(_planted(tuple(secrets)))
    try:
        yield
    finally:
        _INVENTED.reset(before)


@contextmanager
def knowing(contract: Contract) -> Iterator[None]:
    """Meanwhile the words of a contract are known: its events, keys and closed values."""
    last = _LAST.get()
    words = last[1] if last and last[0] is contract else vocabulary(contract)
    _LAST.set((contract, words))  # an audit asks again and again
    before = _KNOWN.set(words)
    try:
        yield
    finally:
        _KNOWN.reset(before)


def vocabulary(contract: Contract) -> frozenset[str]:
    """The words that a contract says itself."""
    every = [contract.properties, *(event.own_properties for event in contract.events.values())]
    said = [*contract.events, *contract.wire.directives, *contract.wire.stamps]
    for some in every:
        said += some
        said += [value for one in some.values() for value in one.values]
    return frozenset(run.casefold() for one in said for run in _RUN.findall(one))


def holds_planted(text: str) -> bool:
    """Whether some of what was planted stands in a text."""
    return (_INVENTED.get() or NOTHING).stands_in(text)


def covered(text: str) -> str:
    """A text with what may be a secret covered; ``…7`` stands for seven characters."""
    looked_at = text[:LOOKED_AT]
    planted = _INVENTED.get()
    if hides(looked_at):
        return _RUN.sub(lambda run: _closed(run[0]), looked_at)
    known = _KNOWN.get() | FIXED

    def reads(run: str) -> bool:
        ours = len(run) <= _SHORT or run.casefold() in known
        return ours or (planted is not None and is_ordinary(run))

    def word(found: re.Match[str]) -> str:
        runs = _RUN.findall(found[0])
        if planted is not None and (_is_dense(found[0]) or not all(map(reads, runs))):
            # Between the signs of a token there are rows of letters that look like names.
            return _RUN.sub(lambda run: _closed(run[0]), found[0])
        return _RUN.sub(lambda run: run[0] if reads(run[0]) else _begun(run[0]), found[0])

    return _WORD.sub(word, looked_at)


def hides(text: str) -> bool:
    """Whether a text holds what was planted, names this machine, or looks like a secret."""
    return _looks_secret(text) or _names_this_machine(text) or holds_planted(text)


def is_ordinary(run: str) -> bool:
    """Whether letters, digits and underscores in a row read like a name that somebody chose."""
    return len(run) <= _LONGEST_NAME and all(
        _is_word(part) for part in run.split("_") if len(part) > _SHORT or not part.isalpha()
    )


def _is_dense(token: str) -> bool:
    """Whether the case of letters changes as often as in what was packed into letters."""
    bare = token.strip("\"'()[]{}<>,;:.!?")
    capitals = sum(map(str.isupper, bare))
    packed = _PACKED.fullmatch(bare) and not bare.isupper()
    return bool(packed) and capitals * 6 >= len(bare)


def _is_word(part: str) -> bool:
    if part.isdecimal() or not part:
        return len(part) <= _FIGURES
    word = part.rstrip("0123456789")
    if len(part) - len(word) > _SHORT or not word.isalpha() or len(word) > _LONGEST:
        return False
    if not word.isascii():
        return True
    if len(part) > _LONGEST_HEX and _HEX_DIGITS.issuperset(part):
        return False
    # CamelCase: each part begins with capitals and says something that can be spoken.
    parts = [*filter(None, _PARTS.findall(word))]
    lone = len(parts) == 1
    if lone and len(word) > (_LONGEST_SHOUTED if word.isupper() else _LONGEST_LONE):
        return False
    return all(_is_spoken(part) and (lone or _VOWELS & set(part)) for part in parts)


def _is_spoken(part: str) -> bool:
    if _CONSONANTS.search(part):
        return False
    capitals = len(part) - len(part.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    if capitals == len(part):
        return capitals <= _ACRONYM or bool(_VOWELS & set(part))
    return capitals <= _ACRONYM and (bool(_VOWELS & set(part)) or len(part) <= _ACRONYM > capitals)


def _closed(run: str) -> str:
    """Of what may be a secret, as little as says how long it is."""
    if any(char.isdigit() for char in run):
        return f"…{len(run)}"
    if len(run) <= _SHORT:
        return f"…{len(run)}" if all(char in "abcdefABCDEF" for char in run) else run
    return _begun(run)


def _begun(run: str) -> str:
    return f"{run[:_SHORT]}…{len(run) - _SHORT}"


def _flat(text: str) -> str:
    return "".join(_LETTERS_OR_DIGITS.findall(text)).casefold()


def _cut(flat: str) -> Iterator[str]:
    return (flat[at : at + PIECE] for at in range(len(flat) - PIECE + 1))


@lru_cache(maxsize=256)
def _planted(secrets: tuple[str, ...]) -> Planted:
    return Planted(secrets) if secrets else NOTHING


def _looks_secret(text: str) -> bool:
    # A loopback or documentation address is no secret either, and still nobody's word.
    return leak_in(text) is not None or network_address(text)


@lru_cache(maxsize=1)
def _machine() -> frozenset[str]:
    """What this machine and its user are called."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):
        user = ""  # a user without a name
    host = socket.gethostname()
    names = {user, host, host.partition(".")[0], Path.home().name}
    names |= {value for name, value in os.environ.items() if _OF_SOMEBODY.search(name)}
    return frozenset(
        flat for name in names if len(flat := name.casefold()) >= _SHORT and flat not in _ANYBODY
    )


def _names_this_machine(text: str) -> bool:
    low = text.casefold()
    return any(
        re.search(rf"(?<!\w){re.escape(name)}(?!\w)", low) for name in _machine() if name in low
    )
