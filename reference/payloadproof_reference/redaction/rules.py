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

from payloadproof_reference.redaction import (
    directives,
    faulted,
    framed_commands,
    framed_faults,
    framed_names,
    framed_places,
    framed_python,
    framed_rows,
    framed_settings,
    framed_values,
    framed_words,
    judgements,
    keys,
)
from payloadproof_reference.redaction import paths as redact_paths
from payloadproof_reference.redaction.frames import Frame
from payloadproof_reference.redaction.judgements import ASKED, COMMAND, IS, QUOTED, VALUE, Match
from payloadproof_reference.redaction.patterns import Pattern
from payloadproof_reference.redaction.tokens import MARKER

#: What a rule said of a match, by what stands before it, in it and behind it.
Judged = dict[tuple[str, str, str], str]


@dataclass(frozen=True)
class Rule:
    """One kind of thing that is taken out."""

    name: str
    pattern: Any
    #: A template, or what makes the replacement of a match.
    replacement: str | Callable[[Match], str]
    why: str
    #: What a text must hold for the rule to change anything; the pattern itself where that is none.
    gate: str | None = None
    #: The same, said exactly: asked by itself, and only of a text that the gate lets in.
    exactly: Any = None
    #: So many characters before a match and behind it a judgement looks at.
    looks: tuple[int, int] = (0, 0)

    def apply(self, text: str, most: int | None = None, judged: Judged | None = None) -> str:
        """The text without what this rule is about.

        What follows the match number ``most`` is dropped: each match costs some 10 microseconds.
        ``judged`` is what was said of matches so far: of the same one the same is said.
        """
        judged = {} if judged is None else judged
        before, behind = self.looks
        pieces: list[str] = []
        end = 0
        for number, match in enumerate(self.pattern.finditer(text)):
            if number == most:
                return "".join(pieces)
            begin, close = match.span()
            lead, tail = text[max(0, begin - before) : begin], text[close : close + behind]
            seen = lead, text[begin:close], tail
            said = judged.get(seen)
            if said is None:
                said = judged[seen] = self._replaced(match)
            pieces += text[end:begin], said
            end = close
        return "".join((*pieces, text[end:]))

    def _replaced(self, match: Match) -> str:
        if not isinstance(self.replacement, str):
            return self.replacement(match)
        return str(match.expand(self.replacement))


_C = "[A-Za-z0-9_+/=.~-]"
#: Without one of these no run is judged a secret: a number, six consonants, long in small letters,
#: short turns between small and capital letters.
_UNUSUAL = (
    "|".join(f"{_C}{{{before}}}[0-9]{_C}{{{9 - before}}}" for before in range(10))
    + rf"|(?i:[bcdfghjklmnpqrstvwxz]{{6}})|[a-z]{{24}}|{_C}{{201}}"
    r"|[a-z][A-Z]{1,3}[a-z]{1,3}[A-Z]|[A-Fa-f]{16}|[A-Za-z0-9][A-Z]{1,2}[a-z][A-Z]"
)

# E1: home directory, absolute path, e-mail, keys and tokens, JWT, long hex, URL query.
_FIRST: tuple[Rule, ...] = (
    Rule(
        "pem",
        Pattern(r"(?s)-----BEGIN.*?(?:-----END[^\n-]{0,60}-----|\z)"),
        "<pem>",
        "A key block may be cut off: without its end it goes on to the end of the text.",
    ),
    Rule(
        "jwt",
        Pattern(r"\beyJ[A-Za-z0-9_=-]{4,}(?:\.[A-Za-z0-9_=-]*)*"),
        "<key>",
        "Any number of segments: signed, encrypted, or cut short.",
    ),
    Rule(
        "source",
        Pattern(
            r"(?m)(^[ \t]*File \"[^\"\n]*\", line [0-9]+[^\n]*)(?:\n[ \t]{4,}[^\n]*)+"
            r"|^[ \t]*>?[ \t]*[0-9]+ ?\|[^\n]*$|(?:^[^\n]*\n)?^[ \t|.-]*[\^~]+[ \t]*$"
        ),
        r"\1",
        "no source code: the line under a frame, numbered excerpts, what carets stand below.",
    ),
    Rule(
        "header",
        Pattern(
            r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie2?|x-[a-z-]*(?:key|token|auth|secret"
            rf"|session|user|forwarded)[a-z-]*|api-key)([\"']?\s*[:=]\s*)(?:{MARKER}|[^\n]*)"
        ),
        r"\1\2<secret>",
        "What a header holds has no end but the line's.",
    ),
)
_THEN: tuple[Rule, ...] = (
    Rule(
        "element",
        Pattern(
            rf"<([A-Za-z][\w.:-]{{0,40}})(?: (?:[^<>\n]|{MARKER})*)?>"
            rf"([^<]*(?:{MARKER}[^<]*)*)</[A-Za-z][\w.:-]*>"
        ),
        judgements.element,
        "What stands between two tags is somebody's words, or a setting's value.",
        gate=r"</[A-Za-z]",
    ),
    Rule(
        "folder",
        Pattern(
            r"(^|[<,\[\s\"'`/=(:])(?:-(?:Users|home|root|Volumes|mnt|var|srv|opt)"
            r"|[A-Z]--Users)-[\w.-]+"
        ),
        r"\1<path>",
        "A directory named after another one, as tools do that keep a folder for each project.",
    ),
    Rule(
        "command",
        COMMAND,
        judgements.command,
        "The arguments of a command that takes credentials.",
    ),
    Rule(
        "bearer",
        Pattern(
            r"(?i)\b(bearer|basic|digest|negotiate) +([a-z0-9_~+/.-]*[0-9=+/_.~-][^\s\"'<>,;]*)"
        ),
        r"\1 <secret>",
        "A scheme with its credentials, wherever it stands; 'basic usage' has no digit in it.",
    ),
    Rule(
        "encoded",
        Pattern(
            r"(?i)[^\s\"'<>]*(?:%[0-9a-f]{2}[^\s\"'<>%]*%[0-9a-f]{2}|%(?:2f|40|5c|3a|3d)"
            r"|(?:\\u\{?[0-9a-f]{2,6}\}?){3}"
            r"|(?:\\x[0-9a-f]{2}){3}|(?:&#?[a-z0-9]{2,8};){2})[^\s\"'<>]*"
        ),
        "<encoded>",
        "What was encoded would pass the rules below unread.",
    ),
    Rule(
        "path",
        Pattern(redact_paths.FINDER),
        lambda match: redact_paths.replace(match.group()),
        "Paths and URLs, in one pass.",
        gate=r"[/\\]",
    ),
    Rule(
        "prompt",
        Pattern(
            r"(?is)(<(?:prompt|system-reminder|instructions|private|observations?|title|subtitle"
            r"|summary|request|narrative|facts?|concepts?|investigated|learned|completed|next_steps"
            r"|notes|user|assistant|human|system|query|document|p|user_[a-z]+|claude-mem-[a-z]+)>)"
            r".*?(?:</[a-z_-]+>|\z)"
        ),
        "<text>",
        "What a tag marks as somebody's words.",
    ),
    Rule(
        "said",
        Pattern(
            rf"(?i)\b({keys.SAID_OF_A_PROMPT})"
            rf"([\"']?\s*[:=]\s*)({MARKER}|[^\s<\"'][^\n]*)"
        ),
        r"\1\2<text>",
        "A prompt without quotes ends with its line.",
    ),
    Rule(
        "asked",
        ASKED,
        judgements.asked,
        "As above, for words that messages use too.",
    ),
    Rule(
        "environment",
        Pattern(r"\b[A-Z][A-Z0-9_]{2,}=[^\n]*"),
        judgements.environment,
        "An environment dump: any variable may hold a secret or a name.",
    ),
    Rule(
        "worded",
        Pattern(directives.WORDED),
        directives.worded,
        "A setting that is several words long, as a display name or a pass phrase.",
    ),
    Rule(
        "listed",
        Pattern(directives.LISTED),
        directives.listed,
        "Somebody and somebody else, under the name of a list.",
    ),
    Rule(
        "keyed",
        Pattern(rf"(?i)([\w.-]*(?:{keys.UNSAID}))({IS})({VALUE})"),
        judgements.keyed("<secret>"),
        "A value under a key that ends in a secret word.",
        gate=rf"(?i)(?:{keys.UNSAID}){IS}",
    ),
    Rule(
        "token",
        Pattern(
            rf"(?i)([\w.-]*(?:token|auth|signature|sig|pin|key))"
            rf"({IS})({VALUE})"
        ),
        judgements.spoken,
        "As above, for words that messages use too.",
        gate=rf"(?i)(?:token|auth|signature|sig|pin|key){IS}",
    ),
    Rule(
        "told",
        Pattern(rf"(?i)\b(password|passphrase|passcode|secret|token|key)( (?:is|was) )({VALUE})"),
        judgements.keyed("<secret>"),
        "A secret in a sentence.",
    ),
    Rule(
        "option",
        Pattern(
            r"(?i)(--?[\w-]*(?:password|passwd|token|secret|key|user|auth))([ =])"
            rf"({VALUE})"
        ),
        judgements.keyed("<secret>"),
        "A secret on a command line.",
    ),
    Rule(
        "who",
        Pattern(
            rf"(?i)(\b|_|\.)({keys.WHO})({IS})"
            rf"((?-i:\p{{Lu}}[\pL.'-]*(?: \p{{Lu}}[\pL.'-]*){{1,3}})|{VALUE})"
            rf"|\b({keys.WHO})(\s+)({QUOTED}|`[^`\n]*`?)"
        ),
        judgements.who,
        "A name under a key that says it is one.",
        gate=rf"(?i)(?:{keys.WHO})(?:{IS}|\s+[\"'`])",
    ),
    Rule(
        "directive",
        Pattern(directives.FINDER),
        directives.directive,
        "A setting without any sign between its key and its value.",
        gate=directives.GATE,
        exactly=directives.EXACTLY,
    ),
    Rule(
        "email",
        Pattern(
            r"(?i)(?:\"[^\"\n<>]{0,64}\")?[^\s<>\"'()\[\],;:=]*@[^\s<>\"'()\[\],;]+"
            r"|[^\s<>\"'()\[\],;:=]+ ?[\[(](?:at|@)[\])] ?[^\s<>\"'()\[\],;]+"
        ),
        judgements.mail,
        "Anything at anything; no list of domains would be long enough.",
        gate=r"@|[\[(]at[\])]",
    ),
    Rule(
        "key",
        Pattern(
            r"(\b(?i:pk|rk|ak|key|tok|pat|npm|hf|secret|rnd|re|sbp|r8)[-_]"
            r"|(?:\b|_)(?i:sk|whsec|pypi|gsk|xai|ph[acrsx]|gh[oprsu]|github_pat|glpat|gldt|dop_v1"
            r"|shp[a-z]{2}|sq0[a-z]{3}|lin_api|nvapi|tvly|pplx|xapp|xox[a-z]|dckr_pat|figd)[-_]"
            r"|AKIA|ASIA|AIza|ya29\.|SG\.)([A-Za-z0-9_=.+/-]{6,})"
        ),
        judgements.prefixed,
        "Keys that say whose they are.",
    ),
    Rule(
        "mac",
        Pattern(r"(?i)\b(?:(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4})\b"),
        "<mac>",
        "A network card.",
    ),
    Rule(
        "ip",
        Pattern(
            r"(?i)(^|[^a-z0-9.:])((?:[0-9]{1,3}\.){3}[0-9]{1,3}"
            r"|[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:%[a-z0-9]+)?)"
        ),
        judgements.address,
        "A machine, unless it is this one.",
        looks=(12, 3),
        gate=r"(?:[0-9]{1,3}\.){3}[0-9]|[0-9a-fA-F]*:[0-9a-fA-F]*:",
    ),
    Rule(
        "iban",
        Pattern(r"(?i)\b[a-z]{2}[0-9]{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,4})?\b"),
        judgements.iban,
        "An account; its checksum tells it from a list of words.",
    ),
    Rule(
        "run",
        Pattern(r"[A-Za-z0-9][A-Za-z0-9_+/=.~-]{9,}"),
        judgements.token,
        "Long hex, base64 and every key that has no prefix: judged by shape.",
        gate=_UNUSUAL,
    ),
    Rule(
        "number",
        Pattern(
            r"(^|[^A-Za-z0-9.:_-]|(?i:\btel|phone|fax|mobile|sip|sms|whatsapp):)"
            r"((?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?:[T ][0-9:.]*Z?)?"
            r"|\+[ ]?\(?[0-9](?:[ ().-]{0,2}[0-9]){5,}|\([0-9]{2,5}\)(?:[ .-]?[0-9]){6,}"
            r"|[0-9]{2,6}[ .-][0-9]{2,6}[ .-][0-9]{2,}(?:[ .-][0-9]{2,})*|[0-9]{12,})"
        ),
        judgements.digits,
        "Cards, phones, accounts; not dates, sizes and ports.",
        gate=r"[0-9]{12}|[0-9]{2,6}[ .-][0-9]{2,6}[ .-][0-9]{2}|\+ ?\(?[0-9]|\([0-9]{2,5}\)",
    ),
    Rule(
        "host",
        Pattern(rf"\b(?:[a-z0-9][a-z0-9-]*\.)+(?:{keys.TLD})\b"),
        judgements.host,
        "A host's name is often a company's.",
        looks=(0, 2),
    ),
    Rule(
        "cited",
        Pattern(
            r"(^|[\s(=:,\[{<>|!~&*#$;+?.\x{2014}\x{2013}-])("
            # Doubled, as SQL, TeX and texts of several lines have it.
            r"'''[^'\n]+'''|\"\"\"[^\"\n]+\"\"\"|``[^`'\n]+(?:''|``)"
            r"|''[\pL\pN][^'\n]*''|\"\"[\pL\pN][^\"\n]*\"\""
            r"|[bBuUrRnNeEfFL]{0,2}'[^'\n\s]+(?: [^'\n\s]+)? ?'"
            r"|[bBuUrRfFL@]{0,2}\"[^\"\n\s]+(?: [^\"\n\s]+)? ?\""
            r"|\\+[\"'][^\"'\\\n]+\\+[\"']|`[^`\n\s]+(?: [^`\n\s]+)?[`'])"
            r"|([“„][^”“„\n]+[”“]|«[^»«\n]+»|\x{2018}[^\x{2019}\x{2018}\n]+\x{2019}"
            r"|\x{2039}[^\x{203a}\x{2039}\n]+\x{203a}|\x{201a}[^\x{2018}\x{201a}\n]+\x{2018}"
            r"|\x{300c}[^\x{300d}\x{300c}\n]+\x{300d}|\x{300e}[^\x{300f}\x{300e}\n]+\x{300f})"
        ),
        judgements.cited,
        "What no frame knows: a word in quotes is data, unless it is called a part of a program.",
        looks=(judgements.BEFORE_A_QUOTE, judgements.BEHIND_A_QUOTE),
    ),
    Rule(
        "quotation",
        Pattern(
            r"(^|[\s(=:,\[{<>])(\"(?:[^\"\\]|\\.)*\"|\"[^\"\n]*$|'(?:[^'\n]|'\pL)*'|`[^`]*`"
            r"|[“„][^”“]*[”“]|«[^»]*»|\x{2018}[^\x{2019}\n]*\x{2019})"
        ),
        judgements.quotation,
        "Three words in quotes are a prompt, a model's answer or a row of a table.",
        gate=r"[\"'`“„«\x{2018}]\s*\S+\s+\S+\s+\S",
    ),
    Rule(
        "faulted",
        Pattern(faulted.FINDER),
        faulted.faulted,
        "A word without quotes where a sentence about a wrong value has the value.",
        gate=faulted.GATE,
        exactly=faulted.EXACTLY,
        looks=(faulted.BEFORE, 2),
    ),
)

#: In this order: what has an end of its own, what software frames, what stands under a key, and at
#: last what is judged by its shape alone.
FRAMES: tuple[Frame, ...] = (
    *framed_python.FRAMES,
    *framed_rows.FRAMES,
    *framed_values.FRAMES,
    *framed_words.FRAMES,
    *framed_names.FRAMES,
    *framed_settings.FRAMES,
    *framed_commands.FRAMES,
    *framed_places.FRAMES,
    *framed_faults.FRAMES,
)
RULES: tuple[Rule | Frame, ...] = (*_FIRST, *FRAMES, *_THEN)
