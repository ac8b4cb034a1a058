"""Sentences that software prints always the same way, and which part of each is data.

Rule 1: a frame is named for the software that prints it. Its example shows all there is to know:
what stands in ``{}`` is somebody's data and goes, every other word is diagnosis and stays.
Rule 2: a group of a pattern is data, and what no group holds is diagnosis.
Rule 3: data goes with its quotes, and says nothing of how long it was (E6).
Rule 4: what names nobody (a number, a type, a sign, a marker) stays, also where data stands: with
``Unexpected token '<'`` it is the diagnosis.
Rule 5: data that was cut off before its end goes up to the end of its line.

A database, a parser or a client of HTTP quotes one or two words of what it was given. Such words
look like any other: only where they stand says that they are a row of a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from payloadproof_reference.redaction import keys
from payloadproof_reference.redaction.patterns import Pattern
from payloadproof_reference.redaction.tokens import MARKER, MARKERS, named
from payloadproof_reference.redaction.vocabulary import VOCABULARY
from payloadproof_reference.redaction.words import FAULTS

#: Words in quotes, up to the end of the line where one is missing; an apostrophe is no end.
_Q = (
    r"[bBuU]?'(?:[^'\\\n]|\\.|'\pL)*'?|[bBuU]?\"(?:[^\"\\\n]|\\.)*\"?|`[^`\n]*`?"
    r"|\\\"[^\"\n]*\"?|“[^”\n]*”?|\x{2018}[^\x{2019}\n]*\x{2019}?|«[^»\n]*»?"
)
#: The same, or a word without any.
_W = rf"{_Q}|{MARKER}|[^\s,;()\[\]{{}}\"'`<>]+"
_REST = r"[^\n]+"
#: A quote that opens, and does not close what stands before it.
_HEAD = r"(?:^|[\s(=:,\[{<>|])"
#: What may stand behind a word that is data.
_END = (
    r"(?:\s*$|[.,:;)\]!>](?:\s|$)| [(\[]|\s(?:at|in|for|on|of|from|is|as|line|while|after|before"
    r"|near|and|or|was|has|does|cannot|could|must|should|not|already|because|instead|found|when"
    r"|during|giving|then|but|which|via)\b)"
)
#: What opens with a bracket goes on to the last one of its line.
_GROUP = r"(?:\([^\n]*\)|\[[^\n]*\]|\{[^\n]*\}|[(\[{][^\n]*)"

#: What stands where data does and is none.
DIAGNOSIS = named(
    """
    true false null none nil nan undefined default unknown empty missing string str int integer
    number float double bool boolean object array list dict map tuple set function bytes date
    datetime timestamp uuid json xml yaml utf-8 utf8 ascii latin-1 get post put delete head patch
    a an the is was not be of to in on at for from with and or has have must should expected
    data input output id agent table file line column end eof localhost postgres root admin
    created accepted found forbidden conflict gone unauthorized denied gateway unavailable internal
    [] {} () <!doctype <html> <module> <lambda> <anonymous> <string> <stdin> <unknown> <none> ... …
    select insert update into values where set join create alter drop order group by limit
    ending starting beginning ends starts begins response body request content payload result
    message header argument server proxy socket daemon host name user password token
    closed open code text nothing something anything object-like keyword identifier
    half main client connection session
    function class method module command option flag process thread task job worker queue index
    offset position size length port config configuration settings setting manifest schema url uri
    format scheme length range given provided specified separator prefix suffix limit
    supported allowed enough available installed defined present set empty closed
    if else elif end for while return import export def let var const new this super yield await
    async try catch finally throw raise switch case break continue do done then asc desc eof
    idle running pending draining stopped started starting stopping ready busy locked killed
    aborted cancelled canceled terminated overloaded reset finished interrupted shutdown
    disconnected connected throttled stale linux darwin windows win32 x64 x86 arm64 amd64
    warning note hint permission operation
    u8 u16 u32 u64 i8 i16 i32 i64 usize char text numeric bigint varchar type value key name
    """
)
_NUMBER = r"-?[0-9]{1,6}(?:\.[0-9]{1,6})?[kKMGT]?[bBs%]?"
#: Sizes and places: ``3``, ``(3, 4)``, ``line 3, column 4``.
_FEW_NUMBERS = Pattern(
    rf"[(\[{{]?(?:(?:line|column|col|char|row|at|position|dim|of|x|expected|got|index"
    rf"|attempt) )?{_NUMBER}"
    rf"(?:[,:x/]? ?(?:(?:line|column|col|char|row|at|of|x|expected"
    rf"|got) )?{_NUMBER}){{0,3}},?[)\]}}]?"
)
#: What HTTP says beside the number of a status.
_REASONS = frozenset(status.phrase.lower() for status in HTTPStatus)
_QUOTES = "\"'`“”‘’«»\\"  # noqa: RUF001 - quotes of every kind
_CUT_SHORT = "…."


@dataclass(frozen=True)
class Frame:
    """One sentence of one piece of software."""

    software: str
    #: The sentence, with ``{}`` for each piece of data.
    example: str
    pattern: Any
    marker: str = "<value>"
    gate: str | None = None
    #: Whether a diagnosis may stand there as well; a fault is its first word.
    spoken: bool = False
    #: Where a word without quotes may be a part of a program as well: what stands before it then.
    careful: Any = None

    @property
    def name(self) -> str:
        """What tells it from the others."""
        return f"{self.software}: {self.example.split('{}')[0].strip()}"

    @property
    def why(self) -> str:
        """What it is for, as a rule says it."""
        return f"As {self.software} says it."

    def apply(self, text: str, most: int | None = None) -> str:
        """The text without the data of its sentences; what follows match ``most`` is dropped."""
        pieces: list[str] = []
        end = 0
        for number, match in enumerate(self.pattern.finditer(text)):
            if number == most:
                return "".join(pieces)
            for group in range(1, self.pattern.groups + 1):
                begin, close = match.span(group)
                if begin < end or begin == close or self.spares(text[begin:close]):
                    continue
                if self.is_a_key(text[begin:close], text[close : close + _SOON]):
                    continue
                if self.careful and self._is_a_part(text[match.start() : begin], text[begin:close]):
                    continue
                tail = text[begin:close]
                # A sentence's own end is no part of a bare word.
                kept = tail[len(tail.rstrip(".:!?")) :] if tail[-1] in ".:!?" else ""
                pieces += text[end:begin], self.marker, kept
                end = close
        return "".join((*pieces, text[end:]))

    def spares(self, value: str) -> bool:
        """Whether what stands where data does is none."""
        if is_diagnosis(value):
            return True
        first = _FIRST_WORD.match(value) if self.spoken else None
        return first is not None and first[1].lower() in FAULTS

    def is_a_key(self, word: str, after: str) -> bool:
        """Whether a word has a value of its own behind it, which the rules for keys take.

        They would not find it behind a marker.
        """
        name = word.rstrip(":=")
        sign = word[len(name) :] or after.lstrip()
        return sign[:1] in {":", "="} and _KEY.fullmatch(name) is not None

    def _is_a_part(self, before: str, value: str) -> bool:
        bare = value.strip("[]{}<>|/()")
        said = bare.lower() in VOCABULARY or is_spelled_as_code(bare)
        return said or self.careful.search(before) is not None


#: So many characters behind a word say whether it is a key.
_SOON = 4
#: As the rules for keys find them: what ends in a secret's word, and what is somebody's, as a word
#: of its own. A name that ends in ``sn`` by chance is a name.
_KEY = Pattern(
    rf"(?i)[\"'`]?(?:[\w.-]{{0,40}}?(?:{keys.UNSAID}|{keys.LISTED})"
    rf"|(?:[\w.-]{{0,40}}[_.-])?(?:{keys.SAID_OF_A_PROMPT}|{keys.ASKED}|{keys.WHO}|{keys.WORDED}))"
    r"[\"'`]?"
)


def is_diagnosis(value: str) -> bool:
    """Whether ``value``, with its quotes or without, names nobody."""
    if value.isalpha():
        # Letters alone, as most words are, need no pattern.
        return len(value) <= 1 or _is_said(value)
    if value[1:-1] in MARKERS and value[0] == "<" and value[-1] == ">":
        return True  # what other rules have made of it
    stripped = value.strip()
    if "_" in value and _CONSTANT.fullmatch(stripped.rstrip(_CUT_SHORT)):
        return True
    if "--" in value and _OPTION.fullmatch(stripped):
        return True
    bare = stripped.strip(_QUOTES).strip()
    if len(bare) <= 1 or _says_nothing(bare):
        return True
    plain = bare.strip(_CUT_SHORT + ":!?,&* " + _QUOTES)
    if _says_nothing(plain) or ("<" in plain and _ONLY_MARKERS.fullmatch(plain)):
        return True
    numbered = any(map(str.isdecimal, plain))
    return numbered and any(_FEW_NUMBERS.fullmatch(each) for each in {bare, plain})


def is_spelled_as_code(word: str) -> bool:
    """Whether a word without quotes is put together as only programs do: aName, a_name, call()."""
    return _PART.fullmatch(word) is not None


def _says_nothing(bare: str) -> bool:
    return _is_said(bare) or not any(map(str.isalnum, bare))


def _is_said(bare: str) -> bool:
    said = bare.lower()
    return said in DIAGNOSIS or said in FAULTS or said in _REASONS


_PART = Pattern(
    r"[a-z]+(?:[A-Z][a-z]*)+|(?:[A-Z][a-z]+){2,}|[A-Z][A-Z0-9_]+|\w+_\w+|[\w.]+\(\)|[\w-]*\.[a-z]{1,4}"
)
#: As programs write it, without quotes.
_CONSTANT = Pattern(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_OPTION = Pattern(r"[\"'`]?--[a-z]{2,}(?:-[a-z]+)*[\"'`]?")


_ONLY_MARKERS = Pattern(rf"[\s\"'`,;:()\[\]{{}}=.]*(?:(?:{MARKER})[\s\"'`,;:()\[\]{{}}=.]*)*")


_FIRST_WORD = Pattern(r"\W*(\w*)")


def frame(
    software: str,
    example: str,
    pattern: str,
    marker: str = "<value>",
    *,
    spoken: bool = False,
    whole: bool = False,
    careful: str | None = None,
) -> Frame:
    """A row: ``QQ`` in a pattern is words in quotes, ``WW`` a word too, ``GROUP`` brackets."""
    spelled = (
        pattern.replace("HEAD", _HEAD)
        .replace("QQ", _Q)
        .replace("WW", _W)
        .replace("REST", _REST)
        .replace("GROUP", _GROUP)
        .replace("END", _END)
    )
    return Frame(
        software,
        example,
        Pattern(f"(?m){spelled}"),
        marker,
        None if whole else _gate(pattern),
        spoken,
        None if careful is None else Pattern(careful),
    )


#: Fewer letters than these let nearly every text in.
_LEAST_OF_A_GATE = 3
#: How data begins, by how a row writes it.
_OPENERS = {
    "(QQ)": r"\\?[bBuU]?[\"'`“«\x{2018}]",
    "(GROUP)": r"[(\[{]",
    "(GROUP|QQ)": r"(?:\\?[bBuU]?[\"'`“«\x{2018}]|[(\[{])",
}
#: Alternatives that all begin with a bracket.
_ONLY_BRACKETS = Pattern(r"\((?:\\[(\[{](?:[^|\[\\]|\\.|\[(?:[^\]\\]|\\.)*\])*\|?)+\)")


def _gate(row: str) -> str | None:
    """What has to stand about the data, where it says enough: a scan is slow where much may be."""
    depth, begin, at = 0, 0, 0
    while at < len(row):
        if row[at] == "\\":
            at += 1
        elif row[at] == "[":
            at = _closing(row, at)
        elif row[at] == "|" and not depth:
            return None
        elif row[at] == "(":
            begin = begin if depth else at
            depth += 1
        elif row[at] == ")":
            depth -= 1
            if not depth and _CAPTURES.search(row[begin : at + 1]):
                break
        at += 1
    flags = _FLAGS.match(row)
    said = flags.group() if flags else ""
    data, after = row[begin : at + 1], row[at + 1 :]
    before = row[len(said) : begin]
    optional = after[:1] in {"?", "*"}
    if _says_enough(before):
        return f"(?m){said}{before}{'' if optional else _opener(data)}"
    after = after.lstrip("?*+")
    return f"(?m){said}{after}" if _says_enough(after) else None


def _opener(data: str) -> str:
    spelled = _BRACKET.match(data)
    if spelled and "|" not in data:
        return str(spelled[1])
    return _OPENERS.get(data, r"[(\[{]" if _ONLY_BRACKETS.fullmatch(data) else "")


def _says_enough(part: str) -> bool:
    plain = any(name in part for name in ("HEAD", "WW", "REST", "GROUP", "END", "QQ"))
    letters = sum(map(str.isalpha, _ESCAPED.sub("", part)))
    return not plain and letters >= _LEAST_OF_A_GATE and not _CAPTURES.search(part)


def _closing(pattern: str, at: int) -> int:
    """Where the class of characters ends that begins at ``at``."""
    at += 2 if pattern[at + 1] in "^]" else 1
    while pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at


_BRACKET = Pattern(r"\((\\[(\[{])")
_FLAGS = Pattern(r"(?:\(\?[a-z]+\))+")
_CAPTURES = Pattern(r"(?:^|[^\\])\((?:[^?]|$)")
_ESCAPED = Pattern(r"\\[a-zA-Z]|\[[^\]]*\]|\(\?[a-zA-Z-]*[:)]")
