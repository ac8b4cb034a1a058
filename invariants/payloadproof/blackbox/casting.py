"""Who is on the stage: a person, their machine and their secrets, drawn from a seed.

Rule 1: all of it is drawn from a seed that is made when a run begins, so that no file holds a value
of it, and the same seed makes the same stage.
Rule 2: every value that is looked for is long, and made of letters that no word, number or digest
holds by chance: consonants for names, letters in every octet of a card's address.
Rule 3: two people's values of one kind have the same length and the same class of character at
every place. What differs between their runs is who they are, and no length.
Rule 4: no name of it can be anybody's: domains end in ``.example`` or ``.invalid`` (RFC 2606), the
IPv4 address is one that is kept for benchmarks (RFC 2544).
Rule 5: a proxy for https stands in no variable, or the traffic would go past the recorder.
"""

from __future__ import annotations

import hashlib

from payloadproof.blackbox.stage import Machine, Person, Project, Secret, Stage
from payloadproof.evidence.runs import FIRST

_CONSONANTS = "bcdfghjklmnpqrstvwxz"
_DIGITS = "0123456789"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_HEX = "0123456789abcdef"
_UPPER = _LETTERS.upper()


class _Draw:
    """Characters out of a seed: the same seed, person and field give the same ones (rule 1)."""

    def __init__(self, seed: str, person: str) -> None:
        self._seed = f"{seed}\0{person}\0"

    def of(self, field: str, *alphabets: str) -> str:
        """One character of each alphabet, by the name of what they are for."""
        stream = hashlib.shake_256((self._seed + field).encode()).digest(2 * len(alphabets))
        numbers = (int.from_bytes(stream[at : at + 2]) for at in range(0, len(stream), 2))
        return "".join(some[n % len(some)] for some, n in zip(alphabets, numbers, strict=True))

    def name(self, field: str, length: int) -> str:
        return self.of(field, *(_CONSONANTS,) * length)

    def token(self, field: str, length: int) -> str:
        """Upper and lower case and digits by turns."""
        return self.of(field, *(_UPPER, _CONSONANTS, _LETTERS, _DIGITS) * (length // 4))


def drawn(seed: str, who: str = FIRST) -> Stage:
    """The stage of one person on one machine.

    Args:
        seed: of the run, such as ``secrets.token_hex(16)``.
        who: another person is another stage of the same seed.
    """
    draw = _Draw(seed, who)
    given, family = draw.name("given", 10), draw.name("family", 12)
    return Stage(
        who=who,
        person=Person(
            user=draw.name("user", 14),
            full_name=f"{given.title()} {family.title()}",
            email=f"{draw.name('mailbox', 12)}@{draw.name('company', 12)}.example",
        ),
        machine=Machine(
            host=draw.name("host", 12) + "-" + draw.of("host number", *(_DIGITS,) * 4),
            machine_id=draw.of("machine id", *(_HEX,) * 32),
            mac=_mac(draw),
            ipv4=_ipv4(draw),
        ),
        project=Project(
            name=draw.name("project", 14),
            owner=draw.name("owner", 12),
            branch=draw.name("branch", 12),
            document=draw.name("document", 12) + ".txt",
        ),
        secrets=tuple(_secrets(draw)),
        secret=_key(draw, "the secret", "sk", "argument"),
        prompt=" ".join(draw.name(f"word {index}", 8 + index) for index in range(4)),
    )


def _number(draw: _Draw, field: str, below: int) -> int:
    return int(draw.of(field, *(_HEX,) * 6), 16) % below


def _ipv4(draw: _Draw) -> str:
    """Of a host: 255 is the address of all hosts of a network, by which nobody can be reached."""
    return f"198.18.{100 + _number(draw, 'net', 156)}.{100 + _number(draw, 'address', 155)}"


def _mac(draw: _Draw) -> str:
    """Of one that a maker gave: programs pass over addresses that are given locally, or to groups.

    A letter in each octet: what looks like a time of day is none.
    """
    first = draw.of("card 0", "abcdef", "048c")
    return ":".join([first, *(draw.of(f"card {n}", "abcdef", _HEX) for n in range(1, 6))])


def _key(draw: _Draw, name: str, *before: str, mark: str = "-") -> Secret:
    """A key with the letters that its kind begins with, put together here and nowhere else."""
    token = draw.token(name, 40)
    return Secret(name=name, value=mark.join((*before, token)), drawn=token)


def _secrets(draw: _Draw) -> list[Secret]:
    """Under the names people have: the keys of model providers, tokens, an account, a proxy."""
    identifier = draw.of("AWS_ACCESS_KEY_ID", *(_UPPER, _UPPER, _DIGITS, _UPPER) * 4)
    password, proxy = draw.token("password", 20), draw.token("proxy", 20)
    return [
        _key(draw, "OPENAI_API_KEY", "sk", "proj"),
        _key(draw, "ANTHROPIC_API_KEY", "sk", "ant", "api03"),
        _key(draw, "GEMINI_API_KEY", "AI", "za", mark=""),
        _key(draw, "GITHUB_TOKEN", "gh", "p_", mark=""),
        _key(draw, "HF_TOKEN", "hf", mark="_"),
        _key(draw, "NPM_TOKEN", "npm", mark="_"),
        Secret(name="AWS_ACCESS_KEY_ID", value="AK" + "IA" + identifier, drawn=identifier),
        _key(draw, "AWS_SECRET_ACCESS_KEY"),
        Secret(
            name="DATABASE_URL",
            value=f"postgres://app:{password}@db.invalid:5432/app",
            drawn=password,
        ),
        # Rule 5: nothing that sends telemetry speaks ftp.
        Secret(name="ftp_proxy", value=f"http://app:{proxy}@proxy.invalid:3128", drawn=proxy),
    ]
