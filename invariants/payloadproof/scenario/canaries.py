"""Secrets of a run: drawn when a scenario runs, so that no file holds one.

Rule 1: two of one kind have the same length, and the same class of character at every place.
Rule 2: all of it is drawn. What is the same in every key of a provider stands in the scenario.
Rule 3: numbers are sound ones: an address in range, a card and an IBAN with their check digits.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable

_LOWER = string.ascii_lowercase
_HEX = "0123456789abcdef"
_TOKEN = string.ascii_letters + string.digits
_CONSONANTS = "bcdfghjklmnpqrstvwxz"


def _drawn(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def _mixed(length: int) -> str:
    """Letters and digits, a digit in every fourth place: one class at every place (rule 1)."""
    classes = (string.ascii_uppercase, _LOWER, _LOWER, string.digits)
    return "".join(secrets.choice(classes[index % 4]) for index in range(length))


def _octet() -> str:
    return str(100 + secrets.randbelow(156))


def _ipv4() -> str:
    # 127 and its like are no secret; 11 to 99 would differ in length.
    return ".".join(["1" + _drawn("3456789", 1) + _drawn("0123456789", 1), *(_octet(),) * 3])


def _card() -> str:
    digits = "4" + _drawn("123456789", 14)
    doubled = [int(d) * (2 - index % 2) for index, d in enumerate(digits)]
    checksum = sum(sum(divmod(n, 10)) for n in doubled)
    whole = digits + str(-checksum % 10)
    return _grouped(whole)


def _iban() -> str:
    account = _drawn("123456789", 18)
    check = 98 - int(f"{account}131400") % 97  # D and E are 13 and 14
    return f"DE{check:02}{account}"


def _grouped(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def _phone() -> str:
    return f"+49 1{_drawn('567', 1)}{_drawn('123456789', 1)} {_drawn('123456789', 8)}"


def _syllables() -> str:
    return "".join(_drawn(_CONSONANTS, 1) + _drawn("aeou", 1) for _ in range(13))


def _serial() -> str:
    parts = (_drawn(_LOWER, 2) + _drawn("123456789", 1) for _ in range(3))
    return "".join(parts) + _drawn(_CONSONANTS, 1)


def _turns() -> str:
    """Letters alone, and nothing said of them but that capitals come and go."""
    capital = ("AEOU", _CONSONANTS.upper(), _CONSONANTS.upper())
    small = (_CONSONANTS, "aeou", _CONSONANTS)
    pairs = (secrets.choice(capital[n % 3]) + secrets.choice(small[n % 3]) for n in range(9))
    return "".join(pairs)


KINDS: dict[str, Callable[[], str]] = {
    # The default: 20 characters that no prose, path or number of the run holds by chance.
    "plain": lambda: _drawn(_LOWER + string.digits, 20),
    # Of the other side where two runs are compared: a length is a trace too.
    "longer": lambda: _drawn(_LOWER + string.digits, 33),
    "name": lambda: _drawn(_LOWER, 10),
    "words": lambda: " ".join(_drawn(_LOWER, length) for length in (6, 8, 5, 9, 7)),
    "mixed": lambda: _mixed(40),
    "token": lambda: _drawn(_TOKEN, 32),
    "upper": lambda: _drawn(string.ascii_uppercase + "234567", 16),
    "digits": lambda: _drawn("123456789", 12),
    "hex": lambda: _drawn(_HEX, 40),
    # As a shorter digest has it, and a key that was cut to be quoted.
    "digest": lambda: _drawn(_HEX, 32),
    "brief": lambda: _mixed(12),
    # Just long enough, or just odd enough, to be no word.
    "span": lambda: _drawn("abcdef", 15) + _drawn("23456789", 1),
    "serial": _serial,
    "consonants": lambda: _drawn(_CONSONANTS, 14),
    "syllables": _syllables,
    "turns": _turns,
    "base64": lambda: _drawn(_TOKEN, 62) + "==",
    "uuid": lambda: "-".join(_drawn(_HEX, length) for length in (8, 4, 4, 4, 12)),
    "ipv4": _ipv4,
    "ipv6": lambda: "2001:db8:" + ":".join(_drawn("123456789abcdef", 4) for _ in range(6)),
    "mac": lambda: ":".join(_drawn(_HEX, 2) for _ in range(6)),
    "card": _card,
    "iban": _iban,
    "grouped": lambda: _grouped(_iban()),
    "phone": _phone,
}


def drawn(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """A fresh secret of each kind; one that is not known counts as ``plain``."""
    return tuple(KINDS.get(kind, KINDS["plain"])() for kind in kinds)
