"""Free error text, made fit to leave.

Rule 1: total. Any ``str`` in, lone surrogates and NUL included; a bounded ``str`` out.
Rule 2: redaction comes first, the cut last, so that no half of a secret survives one (E2).
Rule 3: linear in its input: google-re2 for every pattern, and a bound on what is read at all.
Rule 4: idempotent by construction: the rules are applied until nothing changes any more, and a text
that will not settle is withheld.
Rule 5: pure. Home, user, host, working directory and project come in through ``known``.
Rule 6: one scan says which rules can match at all, and no other is run. Where the scan cannot tell,
all of them are.
Rule 7: what is remembered between two calls is text that may leave, and no other.

The plan asks for paths that become "`~`-relative" or a basename, and for no project names. A path
relative to the home directory begins with the project's. The stricter side is taken: of a path
stays the basename of a code file, with line and column, and nothing else.

UUIDs and commit ids are digests like any other and are taken out; so are hosts, but for this
machine and a short list of public services. Free text cannot be made safe by patterns: a name that
stands in a sentence, unquoted and unknown, stays. That is the residual risk.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache, cached_property, lru_cache
from typing import Any, Literal

import re2

from payloadproof_reference.redaction import stacks as redact_stacks
from payloadproof_reference.redaction.frames import Frame
from payloadproof_reference.redaction.patterns import Pattern, quiet
from payloadproof_reference.redaction.rules import RULES, Judged, Rule

Kind = Literal["message", "stack", "type"]

MESSAGE_CHARS = 500
STACK_CHARS = 2048
STACK_FRAMES = 10
TYPE_CHARS = 100
#: As much is read of a text: twice what can come out of it.
RAW_CHARS = 4096
#: So many matches of one rule are judged, and fill most of what may leave; what follows is dropped.
MOST_MATCHES: dict[Kind, int] = {"message": 64, "stack": 128, "type": 64}
#: And of one frame so many, of which few texts have two.
MOST_SENTENCES = 32

#: So many texts are known to be settled; then it begins anew.
MOST_SETTLED = 1024

_ROUNDS = 4
#: What cleaning and folding would change: anything but plain characters with one blank between.
_UNEVEN = r"[^\x20-\x7e]|^ |  | $|^$"
_WITHHELD = "<text>"
_CAPS: dict[Kind, int] = {"message": MESSAGE_CHARS, "stack": STACK_CHARS, "type": TYPE_CHARS}

_ANSI = Pattern(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_NO_PRINT = (
    *range(0x09),
    *range(0x0E, 0x20),
    *range(0x7F, 0x85),
    *range(0x86, 0xA0),
    0xAD,
    0x061C,
    *(0x115F, 0x1160, 0x3164, 0xFFA0),  # fillers of Hangul
    *(0x17B4, 0x17B5),
    *range(0x180B, 0x1810),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
    0xFEFF,
    *range(0xFFF9, 0xFFFC),
    *range(0x1BCA0, 0x1BCA4),
    *range(0x1D173, 0x1D17B),
    *range(0xE0000, 0xE01F0),
    # Marks that are still apart from a letter once all are joined that can be.
    *range(0x0300, 0x0370),
    *range(0x1AB0, 0x1B00),
    *range(0x1DC0, 0x1E00),
    *range(0x20D0, 0x2100),
    *range(0xFE20, 0xFE30),
)
#: Characters that hide a secret from a pattern and not from a reader.
_PLAIN: dict[int, int | str | None] = {
    **dict.fromkeys(_NO_PRINT),
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},  # full-width ASCII
    **dict.fromkeys((0x85, 0x2028, 0x2029, 0x0B, 0x0C, 0x0D), "\n"),
    **dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " "),
    **dict.fromkeys((0x2044, 0x2215, 0x29F8), "/"),
    **dict.fromkeys((0x2216, 0x29F5, 0x29F9, 0xFE68), "\\"),
    0xFE6B: "@",
    **dict.fromkeys((0x2024, 0xFE52, 0xFF61), "."),
}

_FRAME = Pattern(
    r"[ \t|+-]*(?:File \"[^\"\n]*\", line [0-9]+|at [^\n]+|[^\s@]*@[^\n]+:[0-9]+)[^\n]*"
)
_HEADER = Pattern(
    r"(?:Uncaught |Caused by: |\[cause\]: )?(?:\w+\.)*(?:[A-Z]\w*:[^\n]*"
    r"|\w*(?:Error|Exception|Exit|Group|Interrupt|Iteration|Warning))|Traceback [^\n]*"
    # As Bun, Deno, Go and Rust begin.
    r"|(?:error|panic|panicked|fatal|fatal error|warning)(?:\[\w+\])?: [^\n]*"
    r"|(?:During handling of|The above exception)[^\n]*"
)


class Redactor:
    """The rules, and the order of things around them."""

    rules: tuple[Rule | Frame, ...] = RULES

    def __init__(self) -> None:
        self._gate = _gate(self.rules)
        #: Rule 4 makes these their own redaction: the last check before the wire asks again.
        self._settled: set[tuple[str, Kind, tuple[str, ...]]] = set()

    def redact(self, text: str, *, kind: Kind = "message", known: Sequence[str] = ()) -> str:
        """What may leave of ``text``.

        Args:
            text: Anything, of any length; what lies beyond ``RAW_CHARS`` is not read.
            kind: ``message`` (at most 500 characters, one line), ``stack`` (2048, ten frames) or
                ``type`` (100). Characters are Unicode code points.
            known: Names and directories to take out wherever they stand, in any case. Shorter than
                three characters they are ignored.
        """
        known = tuple(known)
        names = _known(known)
        if (text, kind, known) in self._settled:
            return text
        found = None
        if len(text) <= _CAPS[kind] and kind != "stack":
            found = self._gate.scan(text)
            if self._gate.nothing(found) and (names is None or names.search(text) is None):
                return text
        raw, text = text, _readable(text)
        if kind == "stack":
            text = redact_stacks.plain(text)
        asked = _Asked(self.rules, MOST_MATCHES[kind])
        for number in range(_ROUNDS):
            if (text, kind, known) in self._settled:
                return text
            before = text
            # What was found in a text is not looked for in it again.
            again = number or found is None or text != raw
            text = self._once(text, kind, names, None if again else found, asked)
            if text == before:
                self._settle(text, kind, known)
                return text
        return _WITHHELD

    def _settle(self, text: str, kind: Kind, known: tuple[str, ...]) -> None:
        if len(self._settled) >= MOST_SETTLED:
            self._settled.clear()
        self._settled.add((text, kind, known))

    def uncapped(self, text: str, known: Sequence[str] = ()) -> str:
        """One pass of every rule over all of ``text``: what the cost is measured on."""
        text = _named(_clean(text), _known(tuple(known)))
        for rule in self.rules:
            text = rule.apply(text)
        return text

    def _once(
        self, text: str, kind: Kind, names: Any, found: Sequence[int] | None, asked: _Asked
    ) -> str:
        # E2: what one rule uncovers for another is taken out before anything is cut.
        for _ in range(_ROUNDS):
            before = text
            text = self._ruled(text, names, found, asked)
            found = None
            if text == before:
                break
        if kind == "stack":
            text = _frames(text)
        elif kind == "type":
            # E3: a traceback in a class's name, all on one line, does not say where its code ends.
            text = text.partition('File "')[0]
        text = _tidy(text, lines=kind == "stack")
        # E2: redaction first, cut last, so no half secret survives a cut.
        return _cut(text, _CAPS[kind])

    def _ruled(self, text: str, names: Any, found: Sequence[int] | None, asked: _Asked) -> str:
        before, text = text, _named(text, names)
        seen = found is not None and text == before
        for index in self._gate.sorted(found, text) if seen else self._gate.open(text):
            text = asked.of(index, text)
        return text


class _Asked:
    """What each rule said of one text so far: of the same it is not asked again.

    It is as old as one redaction: what it remembers may not leave, and nothing of it stays.
    """

    def __init__(self, rules: Sequence[Rule | Frame], most: int) -> None:
        self._rules = rules
        self._most = most
        self._judged: dict[int, Judged] = {}
        #: By rule, what it has left as it was.
        self._left: dict[int, str] = {}

    def of(self, index: int, text: str) -> str:
        """The text after one rule, which only so many matches are for."""
        if self._left.get(index) == text:
            return text
        rule = self._rules[index]
        if isinstance(rule, Frame):
            after = rule.apply(text, MOST_SENTENCES)
        else:
            after = rule.apply(text, self._most, self._judged.setdefault(index, {}))
        if after == text:
            self._left[index] = text
        return after


class Gate:
    """One scan for all rules: which of them can match, and whether there is anything to do."""

    def __init__(self, rules: Sequence[Rule | Frame]) -> None:
        self._rules = rules
        #: Rule 6: a pattern that always matches, so that a scan which found nothing did not scan.
        self._always = len(rules)
        self._nothing = [self._always]
        exact = ((index, getattr(rule, "exactly", None)) for index, rule in enumerate(rules))
        self._exactly = {index: pattern for index, pattern in exact if pattern is not None}

    @cached_property
    def _set(self) -> Any:
        """The patterns as one, made for the first text: it takes as long as many texts."""
        made = re2.Set.SearchSet(quiet())
        for rule in self._rules:
            made.Add(rule.gate or rule.pattern.pattern)
        made.Add("")
        made.Add(_UNEVEN)
        made.Compile()
        return made

    def scan(self, text: str) -> Sequence[int] | None:
        """What of the set matches ``text``; nothing of a text that is none, for a surrogate."""
        try:
            found: Sequence[int] = self._set.Match(text)
        except UnicodeEncodeError:
            return None
        return self._let_in(found, text)

    def _let_in(self, found: Sequence[int], text: str) -> Sequence[int]:
        """What of that which was found matches exactly: few texts come so far."""
        if not found or self._exactly.keys().isdisjoint(found):
            return found
        asked = ((index, self._exactly.get(index)) for index in found)
        return [index for index, exact in asked if exact is None or exact.search(text)]

    def nothing(self, found: Sequence[int] | None) -> bool:
        """Whether a scan says that a text is its own redaction: no rule, and no fold."""
        return found == self._nothing

    def lets(self, text: str, names: Any = None) -> bool:
        """Whether ``text`` is its own redaction: nothing in it is for any rule, name or fold."""
        plain = self.nothing(self.scan(text))
        return plain and (names is None or names.search(text) is None)

    def open(self, text: str) -> Sequence[int]:
        """The rules that can match ``text``, in their order."""
        return self.sorted(self.scan(text), text)

    def sorted(self, found: Sequence[int] | None, text: str) -> Sequence[int]:
        """The rules among what a scan of ``text`` found; each by itself where it found nothing.

        The set gives up where its states outgrow its memory, which hangs on the texts before. A
        rule whose gate is shut does not run then either: it would take what another is there for.
        """
        if not found:
            gates = enumerate(map(_alone, self._rules))
            found = [index for index, gate in gates if gate.search(text) is not None]
            return self._let_in(found, text)
        return sorted(index for index in found if index < self._always)


@cache
def _alone(rule: Rule | Frame) -> Any:
    """What the set asks of one rule, by itself."""
    return rule.pattern if rule.gate is None else Pattern(rule.gate, roomy=True)


@lru_cache(maxsize=4)
def _gate(rules: tuple[Rule | Frame, ...]) -> Gate:
    """Made once: it takes longer than a thousand texts."""
    return Gate(rules)


def _named(text: str, names: Any) -> str:
    return text if names is None else str(names.sub(_known_marker, text))


_REDACTOR = Redactor()


def redact(text: str, *, kind: Kind = "message", known: Sequence[str] = ()) -> str:
    """What may leave of ``text``, by the rules of :mod:`payloadproof_reference.redact_rules`."""
    return _REDACTOR.redact(text, kind=kind, known=known)


def _clean(text: str) -> str:
    # Most texts are ASCII: a copy that changes nothing costs as much as one that does.
    plain = text.isascii()
    if not plain:
        # E1: a lone surrogate would raise in UTF-8.
        text = text.encode("utf-8", "ignore").decode("utf-8")
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if not plain:
        text = unicodedata.normalize("NFC", text)
    return text.translate(_PLAIN)


def _readable(text: str) -> str:
    if len(text) <= RAW_CHARS:
        return _clean(text)
    # What the cut would leave of a secret at the edge is no longer known for one.
    head = _clean(text[:RAW_CHARS])
    space = max(head.rfind(" "), head.rfind("\n"))
    return head[:space] if space > 0 else _WITHHELD


@lru_cache(maxsize=8)
def _known(names: tuple[str, ...]) -> Any:
    """One pattern for all that is known by name; ``None`` where there is nothing."""
    forms: set[str] = set()
    for name in names:
        clean = _clean(name).strip().rstrip("/\\")
        if len(clean) >= 3:  # noqa: PLR2004 - a shorter one is part of every other word
            forms.add(clean)
            if "/" in clean or "\\" in clean:
                # As tools name a directory after another one: /home/al/x is -home-al-x.
                forms.add(clean.replace("\\", "/").replace(":", "").replace("/", "-"))
                forms.add(clean.replace("\\", "\\\\"))
    if not forms:
        return None
    longest = sorted(forms, key=lambda form: (-len(form), form))
    return re2.compile("(?i)" + "|".join(_bounded(form) for form in longest))


def _bounded(form: str) -> str:
    escaped = str(re2.escape(form))
    return escaped if len(form) > 5 else rf"(?:\b|_){escaped}(?:\b|_)"  # noqa: PLR2004 - "al" in "call"


def _known_marker(match: Any) -> str:
    # A directory keeps looking like one, so that the rest of the path is found.
    return "~" if match.group()[0] in "/\\" or ":" in match.group()[:3] else "<name>"


def _frames(text: str) -> str:
    """The first ten frames and what introduces them; other lines may be source code (E3)."""
    kept: list[str] = []
    frames = 0
    for line in text.split("\n"):
        if _FRAME.fullmatch(line):
            frames += 1
            if frames <= STACK_FRAMES:
                kept.append(line)
        elif line and not line[0].isspace() and _HEADER.fullmatch(line):
            kept.append(line)
    return "\n".join(kept)


def _tidy(text: str, *, lines: bool) -> str:
    if not lines:
        return " ".join(text.split())
    split = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in split if line)


def _cut(text: str, cap: int) -> str:
    """At most ``cap`` characters: whole words, and so whole markers."""
    if len(text) <= cap:
        return text
    if text[cap].isspace():
        return text[:cap].rstrip()
    space = max(text.rfind(" ", 0, cap), text.rfind("\n", 0, cap))
    return text[:space].rstrip() if space > 0 else _WITHHELD
