"""What is taken out of free text: one rule each, in the order they are applied.

Rule 1: a marker is opaque. No pattern matches inside one, so what a rule took out no later rule,
and no second pass, takes up again.
Rule 2: no pattern looks ahead without a bound and then gives up what it saw: with google-re2, which
never backtracks, that makes each pass linear in its input.
Rule 3: a marker says what kind of thing stood there, never how long it was (E6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import re2

from payloadproof_reference.redaction import paths as redact_paths
from payloadproof_reference.redaction import tokens as redact_tokens
from payloadproof_reference.redaction.tokens import named

#: What google-re2 calls a match; it has no type of its own.
Match = Any


@dataclass(frozen=True)
class Rule:
    """One kind of thing that is taken out."""

    name: str
    pattern: Any
    #: A template, or what makes the replacement of a match.
    replacement: str | Callable[[Match], str]
    why: str

    def apply(self, text: str, most: int | None = None) -> str:
        """The text without what this rule is about.

        What follows the match number ``most`` is dropped: each match costs some 10 microseconds.
        """
        pieces: list[str] = []
        end = 0
        for number, match in enumerate(self.pattern.finditer(text)):
            if number == most:
                return "".join(pieces)
            pieces += text[end : match.start()], self._replaced(match)
            end = match.end()
        return "".join((*pieces, text[end:]))

    def _replaced(self, match: Match) -> str:
        if not isinstance(self.replacement, str):
            return self.replacement(match)
        return str(match.expand(self.replacement))


_MARKER = r"<[a-z]+>"
_QUOTED = r"\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?"
_VALUE = rf"(?:{_MARKER}|{_QUOTED}|[^\s,;&<>()\[\]{{}}\"']+)"

#: A value that says nothing of anybody.
_HARMLESS = re2.compile(
    r"(?i)[\"']?(?:<[a-z]+>|-?[0-9]{1,6}(?:\.[0-9]{1,6})?|true|false|null|none|undefined|nil|nan"
    r"|yes"
    r"|no|on|off|production|development|staging|test|testing|debug|info|warn|warning|error|default"
    r"|localhost|127\.0\.0\.1|postgres|root|admin|public|string|object|function|number|boolean"
    r"|(?-i:E[A-Z]{3,12})|utf-?8|[*]+|\.\.\.)[\"']?[.:]?"
)
_SENTENCE = redact_paths.SENTENCE | named(
    """
    bad empty incorrect malformed mismatch null required revoked rejected wrong
    """
)


def _keyed(marker: str) -> Callable[[Match], str]:
    def replaced(match: Match) -> str:
        key, separator, value = match.groups()
        bare = value.strip("\"'.,")
        if _HARMLESS.fullmatch(value) or bare.lower() in _SENTENCE or not bare.strip("-+/*"):
            return str(match.group())
        return f"{key}{separator}{marker}"

    return replaced


_COMMON_WORD = 10


def _spoken(match: Match) -> str:
    """``token: expected`` is a message, ``token: hunter`` might be one: a word alone is let be."""
    value, spaced = match.group(3), match.group(2)[-1:].isspace()
    if spaced and value.islower() and value.isalpha() and len(value) <= _COMMON_WORD:
        return str(match.group())
    return _keyed("<secret>")(match)


def _environment(match: Match) -> str:
    """``KEY=value KEY=value``: what stands between two keys belongs to the first one's value."""
    kept: list[str] = []
    open_value = False
    for word in match.group().split(" "):
        key, equals, value = word.partition("=")
        if equals and _VARIABLE.fullmatch(key):
            open_value = not _HARMLESS.fullmatch(value)
            kept.append(f"{key}=<secret>" if open_value and value else word)
        elif not open_value or word.strip("(.,)").lower() in _SENTENCE:
            open_value = False
            kept.append(word)
    return " ".join(kept)


_VARIABLE = re2.compile(r"[\"'(]?(?:export |set )?[A-Z][A-Z0-9_]{2,}")


def _prefixed(match: Match) -> str:
    prefix, value = match.groups()
    # pk_users and key-value are names: a key has a number in it, or goes on for longer.
    named = prefix[:-1].lower() in _PREFIX_WORDS and len(value) < 16  # noqa: PLR2004 - as said
    return str(match.group()) if named and value.replace("_", "").isalpha() else "<key>"


_PREFIX_WORDS = named(
    """
    pk rk ak key tok pat npm hf secret rnd re sbp r8 ph
    """
)


def _mail(match: Match) -> str:
    return str(match.group()) if _NO_MAIL.fullmatch(match.group()) else "<email>"


_NO_MAIL = re2.compile(
    r"@[A-Za-z][A-Za-z-]*"
    r"|[A-Za-z][A-Za-z-]{0,30}@[~^v]?[0-9]{1,4}\.[0-9]{1,4}(?:\.[0-9]{1,4})?[.,:;]?"
    r"|[A-Z][A-Za-z]*@[0-9a-f]{4,8}"
)


def _token(match: Match) -> str:
    run = match.group()
    return "<secret>" if redact_tokens.is_secret(run) else str(run)


def _digits(match: Match) -> str:
    before, run = match.groups()
    return f"{before}{run if redact_tokens.is_harmless_number(run) else '<number>'}"


def _address(match: Match) -> str:
    before, run = match.groups()
    tail = run[len(run.rstrip(".:")) :] if not run.endswith("::") else ""
    kept = redact_tokens.address(run[: len(run) - len(tail)])
    return f"{before}<ip>{tail}" if kept is None else f"{before}{kept}{tail}"


def _iban(match: Match) -> str:
    return "<number>" if redact_tokens.is_iban(match.group()) else str(match.group())


def _quotation(match: Match) -> str:
    before, quoted = match.groups()
    if len(quoted.split()) < 3:  # noqa: PLR2004 - two words are a name, three are a sentence
        return str(match.group())
    closing = quoted[-1] if quoted[-1] in "\"'`”“»\u2019" else ""
    return f"{before}{quoted[0]}<text>{closing}"


_UNSAID = (
    r"passw(?:or)?d|passwd|pwd|passphrase|passcode|secret|credentials?|private[_-]?key|jwt|cookie"
    r"|(?:api|app|auth|access|account|client|deploy|encryption|master|service|signing|storage"
    r"|shared|session)[ _-]?(?:key|token|secret|id|password)|apikey|csrf|otp|sid|dsn"
)
_WHO = (
    r"user(?:[ _-]?(?:name|id))?|uid|login|e-?mail|hostname|host|owner|author|project|workspace"
    r"|repo|repository|branch|cwd|home|folder|customer|tenant|org|phone|address|server|data source"
    r"|database"
)
_TLD = (
    "com|net|org|dev|app|ai|cloud|co|de|fr|uk|eu|us|ch|nl|jp|cn|ru|br|in|it|es|pl|se|info|biz|test"
    "|example|invalid|internal|intranet|local|lan|corp|home|localdomain|private"
)

# E1: home directory, absolute path, e-mail, keys and tokens, JWT, long hex, URL query.
RULES: tuple[Rule, ...] = (
    Rule(
        "pem",
        re2.compile(r"(?s)-----BEGIN.*?(?:-----END[^\n-]{0,60}-----|\z)"),
        "<pem>",
        "A key block may be cut off: without its end it goes on to the end of the text.",
    ),
    Rule(
        "jwt",
        re2.compile(r"\beyJ[A-Za-z0-9_=-]{4,}(?:\.[A-Za-z0-9_=-]*)*"),
        "<key>",
        "Any number of segments: signed, encrypted, or cut short.",
    ),
    Rule(
        "source",
        re2.compile(
            r"(?m)(^[ \t]*File \"[^\"\n]*\", line [0-9]+[^\n]*)(?:\n[ \t]{4,}[^\n]*)+"
            r"|^[ \t]*>?[ \t]*[0-9]+ ?\|[^\n]*$|^[ \t|]*[\^~]+[ \t]*$"
        ),
        r"\1",
        "no source code: the line under a frame, numbered excerpts, the carets below them.",
    ),
    Rule(
        "header",
        re2.compile(
            r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie2?|x-[a-z-]*(?:key|token|auth|secret"
            r"|session|user|forwarded)[a-z-]*|api-key)([\"']?\s*[:=]\s*)(?:<[a-z]+>|[^\n]*)"
        ),
        r"\1\2<secret>",
        "What a header holds has no end but the line's.",
    ),
    Rule(
        "command",
        re2.compile(
            r"(?i)\b(curl|wget|httpie|mysql|mysqldump|psql|pg_dump|mongosh?|redis-cli|ssh|scp|sftp"
            r"|rsync|docker|kubectl|aws|gcloud|az|gh|git|npm|openssl|sshpass)"
            r"(?: <args>|[ \t](?:[^\n<]*[ \t])?(?:--?[A-Za-z]|[^\s<]*(?:://|@))(?:\\\n|[^\n])*)"
        ),
        r"\1 <args>",
        "The arguments of a command that takes credentials.",
    ),
    Rule(
        "bearer",
        re2.compile(
            r"(?i)\b(bearer|basic|digest|negotiate) +([a-z0-9_~+/.-]*[0-9=+/_.~-][^\s\"'<>,;]*)"
        ),
        r"\1 <secret>",
        "A scheme with its credentials, wherever it stands; 'basic usage' has no digit in it.",
    ),
    Rule(
        "encoded",
        re2.compile(
            r"(?i)[^\s\"'<>]*(?:%[0-9a-f]{2}[^\s\"'<>%]*%[0-9a-f]{2}|%(?:2f|40|5c|3a|3d)"
            r"|(?:\\u\{?[0-9a-f]{2,6}\}?){3}"
            r"|(?:\\x[0-9a-f]{2}){3}|(?:&#?[a-z0-9]{2,8};){2})[^\s\"'<>]*"
        ),
        "<encoded>",
        "What was encoded would pass the rules below unread.",
    ),
    Rule(
        "path",
        re2.compile(redact_paths.FINDER),
        lambda match: redact_paths.replace(match.group()),
        "Paths and URLs, in one pass.",
    ),
    Rule(
        "prompt",
        re2.compile(
            r"(?is)(<(?:prompt|system-reminder|instructions|private"
            r"|user_[a-z]+|claude-mem-[a-z]+)>)"
            r".*?(?:</[a-z_-]+>|\z)"
        ),
        "<text>",
        "What a tag marks as somebody's words.",
    ),
    Rule(
        "said",
        re2.compile(
            r"(?i)\b((?:user |system )?prompt|completion"
            r"|user[ _]?(?:said|asked|input|message|query)"
            r"|question|answer)([\"']?\s*[:=]\s*)(<[a-z]+>|[^\s<\"'][^\n]*)"
        ),
        r"\1\2<text>",
        "A prompt without quotes ends with its line.",
    ),
    Rule(
        "environment",
        re2.compile(r"\b[A-Z][A-Z0-9_]{2,}=[^\n]*"),
        _environment,
        "An environment dump: any variable may hold a secret or a name.",
    ),
    Rule(
        "keyed",
        re2.compile(rf"(?i)([\w.-]*(?:{_UNSAID}))([\"']?\s*(?:=>|:=|=|:)\s*)({_VALUE})"),
        _keyed("<secret>"),
        "A value under a key that ends in a secret word.",
    ),
    Rule(
        "token",
        re2.compile(
            rf"(?i)([\w.-]*(?:token|auth|signature|sig|pin|key))"
            rf"([\"']?\s*(?:=>|:=|=|:)\s*)({_VALUE})"
        ),
        _spoken,
        "As above, for words that messages use too.",
    ),
    Rule(
        "told",
        re2.compile(
            rf"(?i)\b(password|passphrase|passcode|secret|token|key)( (?:is|was) )({_VALUE})"
        ),
        _keyed("<secret>"),
        "A secret in a sentence.",
    ),
    Rule(
        "option",
        re2.compile(
            r"(?i)(--?[\w-]*(?:password|passwd|token|secret|key|user|auth))([ =])"
            rf"({_VALUE})"
        ),
        _keyed("<secret>"),
        "A secret on a command line.",
    ),
    Rule(
        "who",
        re2.compile(
            rf"(?i)\b({_WHO})([\"']?\s*(?:=>|:=|=|:)\s*|\s+[\"'`])([^\s,;&<>()\[\]{{}}\"'`]+)"
        ),
        _keyed("<name>"),
        "A name under a key that says it is one.",
    ),
    Rule(
        "email",
        re2.compile(
            r"(?i)(?:\"[^\"\s<>]*\")?[^\s<>\"'()\[\],;:=]*@[^\s<>\"'()\[\],;]+"
            r"|[^\s<>\"'()\[\],;:=]+ ?[\[(](?:at|@)[\])] ?[^\s<>\"'()\[\],;]+"
        ),
        _mail,
        "Anything at anything; no list of domains would be long enough.",
    ),
    Rule(
        "key",
        re2.compile(
            r"(\b(?i:pk|rk|ak|key|tok|pat|npm|hf|secret|rnd|re|sbp|r8)[-_]"
            r"|(?:\b|_)(?i:sk|whsec|pypi|gsk|xai|ph[acrsx]|gh[oprsu]|github_pat|glpat|gldt|dop_v1"
            r"|shp[a-z]{2}|sq0[a-z]{3}|lin_api|nvapi|tvly|pplx|xapp|xox[a-z]|dckr_pat|figd)[-_]"
            r"|AKIA|ASIA|AIza|ya29\.|SG\.)([A-Za-z0-9_=.+/-]{6,})"
        ),
        _prefixed,
        "Keys that say whose they are.",
    ),
    Rule(
        "mac",
        re2.compile(
            r"(?i)\b(?:(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4})\b"
        ),
        "<mac>",
        "A network card.",
    ),
    Rule(
        "ip",
        re2.compile(
            r"(?i)(^|[^a-z0-9.:])((?:[0-9]{1,3}\.){3}[0-9]{1,3}"
            r"|[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:%[a-z0-9]+)?)"
        ),
        _address,
        "A machine, unless it is this one.",
    ),
    Rule(
        "iban",
        re2.compile(r"(?i)\b[a-z]{2}[0-9]{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,4})?\b"),
        _iban,
        "An account; its checksum tells it from a list of words.",
    ),
    Rule(
        "run",
        re2.compile(r"[A-Za-z0-9][A-Za-z0-9_+/=.~-]{9,}"),
        _token,
        "Long hex, base64 and every key that has no prefix: judged by shape.",
    ),
    Rule(
        "number",
        re2.compile(
            r"(^|[^A-Za-z0-9.:_-])((?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?:[T ][0-9:.]*Z?)?"
            r"|\+[ ]?\(?[0-9](?:[ ().-]{0,2}[0-9]){5,}|\([0-9]{2,5}\)(?:[ .-]?[0-9]){6,}"
            r"|[0-9]{2,6}[ .-][0-9]{2,6}[ .-][0-9]{2,}(?:[ .-][0-9]{2,})*|[0-9]{12,})"
        ),
        _digits,
        "Cards, phones, accounts; not dates, sizes and ports.",
    ),
    Rule(
        "host",
        re2.compile(rf"\b(?:[a-z0-9][a-z0-9-]*\.)+(?:{_TLD})\b"),
        lambda match: match.group() if match.group() in redact_paths.OPEN_HOSTS else "<host>",
        "A host's name is often a company's.",
    ),
    Rule(
        "quotation",
        re2.compile(
            r"(^|[\s(=:,\[{<>])(\"(?:[^\"\\]|\\.)*\"|\"[^\"\n]*$|'(?:[^'\n]|'\pL)*'|`[^`]*`"
            r"|[“„][^”“]*[”“]|«[^»]*»|\x{2018}[^\x{2019}\n]*\x{2019})"
        ),
        _quotation,
        "Three words in quotes are a prompt, a model's answer or a row of a table.",
    ),
)
