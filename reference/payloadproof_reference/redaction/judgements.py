"""How what a pattern found is judged, and what is written in its place.

Rule 1: in doubt it goes. What stays is a word of a closed list, or a number that names nobody.
Rule 2: a name keeps its key and its quotes: ``user "<name>"`` reads as what it was.
Rule 3: a judgement looks at no more than the match and a few characters about it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payloadproof_reference.redaction import keys
from payloadproof_reference.redaction import paths as redact_paths
from payloadproof_reference.redaction import tokens as redact_tokens
from payloadproof_reference.redaction.frames import is_diagnosis
from payloadproof_reference.redaction.patterns import Pattern
from payloadproof_reference.redaction.tokens import MARKER, MARKERS, named
from payloadproof_reference.redaction.words import AFTER_A_KEY, FAULTS

#: What google-re2 calls a match; it has no type of its own.
Match = Any

QUOTED = r"\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?"
_DOUBLED = r"''[^'\n]*''|\\\"[^\"\n]*\""  # as SQL, and JSON inside of JSON, write a quote
#: A word in angle brackets is a marker, or a value as documentation writes it.
VALUE = rf"(?:{MARKER}|<[^<>\s]{{1,64}}>|{_DOUBLED}|{QUOTED}|[^\s,;&<>()\[\]{{}}\"']+)"
#: Between a key and its value: ``: ``, ``=``, ``": "``, ``\\":``, ``?=``.
IS = r"\\?[\"'`]?\s*(?:=>|[:?+]=|=|:)\s*"

#: Of a line so many words are judged, and so many keys, which fill all that may leave; what follows
#: them is dropped, as after too many matches.
MOST_WORDS = 128
MOST_KEYS = 64

#: A value that says nothing of anybody.
_HARMLESS = Pattern(
    rf"(?i)[\"']?(?:{MARKER}|-?[0-9]{{1,6}}(?:\.[0-9]{{1,6}})?|true|false|null|none|undefined|nil"
    rf"|nan"
    r"|yes"
    r"|no|on|off|production|development|staging|test|testing|debug|info|warn|warning|error|default"
    r"|localhost|127\.0\.0\.1|postgres|root|admin|public|string|object|function|number|boolean"
    r"|(?-i:E[A-Z]{3,12})|utf-?8|[*]+|\.\.\.)[\"']?[.:]?"
)
_ERROR = Pattern(r"[a-z]+(?:[A-Z][a-z]+)*(?:Error|Exception)")


def keyed(marker: str) -> Callable[[Match], str]:
    """What stands under a key, unless it is a word of a closed list."""

    def replaced(match: Match) -> str:
        key, separator, value = match.groups()
        bare = value.strip("\"'.,")
        if _HARMLESS.fullmatch(value) or bare.lower() in AFTER_A_KEY or not bare.strip("-+/*"):
            return str(match.group())
        return f"{key}{separator}{marker}"

    return replaced


def spoken(match: Match) -> str:
    """``token: rejected`` is a message: a word of such a kind is let be, if it stands apart."""
    said = match.group(3).rstrip(".,!")
    if match.group(2)[-1:].isspace() and _is_a_fault(said):
        return str(match.group())
    return keyed("<secret>")(match)


_ASKED = rf"(?i)\b({keys.ASKED})([\"']?\s*[:=]\s*)([^\s<\"'{{\[(]"
ASKED = Pattern(rf"{_ASKED}[^\n]*)")
_ASKED_WORD = Pattern(rf"{_ASKED}\S*)")


def asked(match: Match) -> str:
    """``input: expected string`` is a message; ``input: blue invoice`` is what somebody wrote.

    A message goes on, and somebody's words may stand behind it on the same line.
    """
    line = str(match.group())
    for number, found in enumerate(_ASKED_WORD.finditer(line)):
        first = found.group(3).strip(".,:;!?()")
        spared = _is_a_fault(first) or _HARMLESS.fullmatch(line[found.start(3) :])
        if not spared or number == MOST_KEYS:
            return f"{line[: found.start(3)]}<text>"
    return line


def _is_a_fault(word: str) -> bool:
    return word.lower() in FAULTS or _ERROR.fullmatch(word) is not None


def element(match: Match) -> str:
    """``<title>blue invoice</title>``, but not what a marker begins."""
    opened, inner = match.groups()
    bare = opened in MARKERS - _TAGS or not inner.strip() or _ONLY_MARKER.fullmatch(inner.strip())
    return str(match.group()) if bare else "<text>"


#: Words that are a marker and the name of many a tag: with what follows they are the tag.
_TAGS = named("text name number")
_ONLY_MARKER = Pattern(rf"(?:{MARKER}[\s,;]*)+")


def in_turn(pattern: Pattern, line: str, take: Callable[[Match], tuple[str, int]]) -> str:
    """``line`` with what ``take`` makes of each match, and goes on from where that says it ends.

    What follows the last of MOST_KEYS is dropped.
    """
    pieces: list[str] = []
    end = 0
    for _ in range(MOST_KEYS):
        found = pattern.search(line, end)
        if found is None:
            return "".join((*pieces, line[end:]))
        pieces.append(line[end : found.start()])
        said, end = take(found)
        pieces.append(said)
    return "".join(pieces)


def command(match: Match) -> str:
    """The arguments go; what npm says of itself, line by line, is a message and no call."""
    return in_turn(COMMAND, str(match.group()), _called)


def _called(found: Match) -> tuple[str, int]:
    called, rest = found.groups()
    if called.lower() == "npm" and _NPM_SAYS.match(rest):
        return found.string[found.start() : found.end(1)], found.end(1)
    return f"{called} <args>", found.end()


_NPM_SAYS = Pattern(r"(?i)[ \t]+(?:err!|error|warn|notice|http|verb|sill|info)(?:[ \t]|$)")


def host(match: Match) -> str:
    """A host, unless it is a public one, or a package of classes."""
    host, after = match.group(), match.string[match.end() : match.end() + 2]
    # java.io.IOException is a class, and so is what a dot goes on from.
    package = after[:1] == "." and after[1:].isalpha() and _PACKAGE.match(host) is not None
    return str(host) if package or redact_paths.is_open(host) or host in _NO_HOST else "<host>"


def who(match: Match) -> str:
    """The name goes, its quotes stay: ``user "<name>"`` reads as what it was."""
    lead, key, separator, value, spoken, apart, quoted = match.groups()
    if spoken is not None:
        lead, key, separator, value = "", spoken, apart, quoted
    if _HARMLESS.fullmatch(value) or value.strip("\"'.,`").lower() in AFTER_A_KEY:
        return str(match.group())
    # A telephone's number goes on after its first group.
    if not value.strip("-+/*\"'") or _CALLED.match(value):
        return str(match.group())
    opening = value[0] if value[0] in "\"'`" else ""
    closing = opening if opening and value[-1] == opening else ""
    return f"{lead}{key}{separator}{opening}<name>{closing}"


_CALLED = Pattern(r"\+?\(?[0-9]{1,5}\)?$")
_PACKAGE = Pattern(r"(?:java|javax|jakarta|kotlin|kotlinx|scala|sun|jdk|org\.apache)\.")
_NO_HOST = named(
    """
    socket.io engine.io asp.net ado.net system.net vb.net next.app
    """
)


def environment(match: Match) -> str:
    """``KEY=value KEY=value``: what stands between two keys belongs to the first one's value."""
    kept: list[str] = []
    open_value = False
    for word in match.group().split(" ", MOST_WORDS)[:MOST_WORDS]:
        key, equals, value = word.partition("=")
        if equals and _VARIABLE.fullmatch(key):
            open_value = not _HARMLESS.fullmatch(value)
            kept.append(f"{key}=<secret>" if open_value and value else word)
        elif not open_value or word.strip("(.,)").lower() in AFTER_A_KEY:
            open_value = False
            kept.append(word)
    return " ".join(kept)


_VARIABLE = Pattern(r"[\"'(]?(?:export |set )?[A-Z][A-Z0-9_]{2,}")


def prefixed(match: Match) -> str:
    """A key with its prefix, unless it is a name made of words."""
    prefix, value = match.groups()
    # pk_users and key-value are names: a key has a number in it, or goes on for longer.
    short = prefix[:-1].lower() in _PREFIX_WORDS and len(value) < 16  # noqa: PLR2004 - as said
    if (short and value.replace("_", "").isalpha()) or _WORDY.fullmatch(value.rstrip(".,:")):
        return str(match.group())
    return "<key>"


#: ``sk-learn-compatible``, ``pk_observations_session``: small words with something between.
_WORDY = Pattern(r"[a-z]{2,12}(?:[_-][a-z]{2,12}){1,4}")
_PREFIX_WORDS = named(
    """
    pk rk ak key tok pat npm hf secret rnd re sbp r8 ph
    """
)


def mail(match: Match) -> str:
    """Anything at anything, but a package with its version and an object with its hash."""
    return str(match.group()) if _NO_MAIL.fullmatch(match.group()) else "<email>"


_NO_MAIL = Pattern(
    r"@[A-Za-z][A-Za-z-]*"
    r"|[A-Za-z][A-Za-z-]{0,30}@[~^v]?[0-9]{1,4}\.[0-9]{1,4}(?:\.[0-9]{1,4})?[.,:;]?"
    r"|(?:[\w$]+\.)*(?:[\w$]*\$)?[A-Z][\w$]*(?:\[\])?@[0-9a-f]{4,8}[.,:;]?"  # as Java says it
    r"|@[a-z][a-z0-9-]{1,30}/[a-z][a-z0-9._-]{1,40}(?:@[~^v]?[0-9][0-9a-z.-]{0,20})?[.,:;]?"
    r"|[a-z][a-z0-9-]{0,30}@(?:[~^v]?[0-9]{1,4}(?:\.[0-9x*]{1,4}){0,2}(?:-[a-z]{2,5}\.[0-9]{1,3})?"
    r"|latest|next|workspace|beta|canary)[.,:;]?"
)


def token(match: Match) -> str:
    """A run of characters that only a machine would write."""
    run = match.group()
    return "<secret>" if redact_tokens.is_secret(run) else str(run)


def digits(match: Match) -> str:
    """A number that names somebody."""
    before, run = match.groups()
    return f"{before}{run if redact_tokens.is_harmless_number(run) else '<number>'}"


def address(match: Match) -> str:
    """The address of a machine, unless the four numbers are a release."""
    before, run = match.groups()
    around = match.string[max(0, match.start(2) - 12) : match.start(2)].lower()
    if _RELEASE.search(around) or _SUFFIX.match(match.string[match.end() : match.end() + 3]):
        return str(match.group())  # Kernel 5.15.167.4-microsoft: four numbers, and no machine
    tail = run[len(run.rstrip(".:")) :] if not run.endswith("::") else ""
    kept = redact_tokens.address(run[: len(run) - len(tail)])
    return f"{before}<ip>{tail}" if kept is None else f"{before}{kept}{tail}"


_RELEASE = Pattern(r"\b(?:v|version|release|kernel|build|firmware|revision|driver)[ :=/]{0,2}v?$")
_SUFFIX = Pattern(r"-[a-z]{2}")


def iban(match: Match) -> str:
    """An account, if its checksum holds."""
    return "<number>" if redact_tokens.is_iban(match.group()) else str(match.group())


#: So much about a word in quotes may say that it is a part of a program.
BEFORE_A_QUOTE, BEHIND_A_QUOTE = 64, 24


def cited(match: Match) -> str:
    """One word in quotes is data, unless the words about it say that it is a part of a program."""
    before, quoted, curved = match.groups()
    before, quoted = before or "", quoted or curved
    begin = match.end() - len(quoted)
    lead = match.string[max(0, begin - BEFORE_A_QUOTE) : begin]
    around = _LAST_WORD.search(lead[-24:])
    said_of = around.group(1).lower() if around else ""
    if around and around.group(2) and said_of in _KEYS_OF_DATA:
        said_of = ""  # name 'foo' is a part of a program, and name='foo' is somebody's
    after = match.string[match.end() : match.end() + BEHIND_A_QUOTE]
    bare = quoted.lstrip("bBuUrRnNeEfFL@\\").strip(_QUOTES).rstrip("\\")
    code = _CODE.fullmatch(bare) is not None or is_diagnosis(quoted)
    part = said_of in _PARTS_OF_PROGRAMS or (
        said_of in _BETWEEN_PARTS and _PART_BEFORE.search(lead)
    )
    if code or part or _SAID_OF_CODE.match(after):
        return str(match.group())
    return f"{before}<value>"


_LAST_WORD = Pattern(r"([A-Za-z]+)\)?(?:\s*([:=])\s*|[\s:(=,\[{]*)$")
_KEYS_OF_DATA = named("name key keys member instance object value")
_QUOTES = "\"'`“”„‘’‚«»‹›「」『』"  # noqa: RUF001 - quotes of every kind
#: A word that is put together as only programs do: an option, a call, a_name, aName, A_NAME.
_CODE = Pattern(
    r"-{1,2}[\w-]+"
    r"|[\w.$:<>]+\(\)|[A-Z][A-Z0-9_]+|\w*_\w*|[a-z]+(?:[A-Z][a-z]+)+|(?:[A-Z][a-z]+){2,}"
    r"|[^\w\s]{1,4}"
    r"|\.[a-z0-9]{1,8}|[\w/@-]+\.(?:js|ts|py|json|so|dll)|[a-z]+\.[a-z.]+"
)
_PARTS_OF_PROGRAMS = named(
    """
    alias annotation argument arguments attribute attributes binary callback class codec
    column columns command component constraint constructor coroutine decorator directive
    encoding enum event expected export exports extension feature field fields flag function
    functions generator handler hook identifier import index install interface key keys
    keyword library macro method methods missing model module modules name named object operation
    operator operators option options package packages parameter parameters plugin prop
    property provider reading relation require required requires resolver routine schema scope
    setting struct subcommand symbol syntax table tool trait type types union variable version
    """
)
#: What stands between two parts of a program, and between anything else too.
_BETWEEN_PARTS = named("and by from in is of or to using via with yet")
_PART_BEFORE = Pattern(
    r"(?i)\b(?:import|export|module|package|column|table|method|attribute|property|class|field"
    r"|function|type|operand|instance|object|argument|parameter|library|plugin|component|state)s?\b"
)
_SAID_OF_CODE = Pattern(
    r"(?i)\]?\)?,? ?(?:object|attribute|property|module|method|function|column|table|field|header"
    r"|parameter|argument|option|operator|keyword|command|package|type|class|event|state|hook"
    r"|is (?:not (?:defined|a function|a constructor|iterable|callable|initiali[sz]ed"
    r"|recognized as|installed|available|implemented|exported"
    r"|an? (?:package|module|class|type|directory|mapping|generator|method|property|git|command"
    r"|keyword|subclass|context manager|namespace|label|macro|trait|struct))|undefined|required"
    r"|missing|deprecated|abstract|read-only|null|already (?:defined|declared))"
    r"|must|should|cannot|requires?|has (?:no |not |already|been (?:deprecated|removed|declared"
    r"|defined))|does not (?:provide|have|support)|takes|got an)"
)


def quotation(match: Match) -> str:
    """Three words in quotes; the quotes stay."""
    before, quoted = match.groups()
    if len(quoted.split()) < 3:  # noqa: PLR2004 - two words are a name, three are a sentence
        return str(match.group())
    closing = quoted[-1] if quoted[-1] in "\"'`”“»\u2019" else ""
    return f"{before}{quoted[0]}<text>{closing}"


COMMAND = Pattern(
    r"(?i)\b(curl|wget|httpie|mysql|mysqldump|psql|pg_dump|mongosh?|redis-cli|ssh|scp|sftp"
    r"|rsync|useradd|adduser|usermod|userdel|htpasswd|htdigest|smbclient|smbpasswd|ldapsearch"
    r"|ldapmodify|ldapadd|sqlcmd|isql|ipmitool|racadm|sqlplus|lftp|kinit|snmpwalk|snmpget|docker|kubectl|aws|gcloud|az|gh|git|npm|openssl|sshpass)"
    r"( <args>|[ \t](?:[^\n<]*[ \t])?(?:--?[A-Za-z]|[^\s<]*(?:://|@))(?:\\\n|[^\n])*)"
)
