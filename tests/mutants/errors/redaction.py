"""Wrong pipelines whose defect is in the text of an error: what is taken out of it, and when.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import linecache
from pathlib import Path

from mutants.mutant import breaks

from payloadproof_reference import exceptions
from payloadproof_reference.exceptions import Builder
from payloadproof_reference.log import Log
from payloadproof_reference.redaction import paths as redact_paths
from payloadproof_reference.redaction.redact import (
    _CAPS,
    RAW_CHARS,
    STACK_CHARS,
    STACK_FRAMES,
    TYPE_CHARS,
    Redactor,
    redact,
)
from payloadproof_reference.redaction.rules import RULES
from payloadproof_reference.report import FIELDS
from payloadproof_reference.whitelist import Whitelist


class OpenDoor(Whitelist):
    """The last door before the wire takes any report."""

    def own(self, event, properties):
        if self.events[event].kind != "exception":
            return {}
        return {key: value for key, value in properties.items() if key in FIELDS}


def without(*names):
    """The rules but those named: one, or one with the general ones that would stand in for it."""
    return tuple(rule for rule in RULES if rule.name not in names)


@breaks("E1", past=OpenDoor)
class KeepsPaths(Redactor):
    """Paths and URLs stay."""

    rules = without("path")


@breaks("E1", past=OpenDoor)
class KeepsMail(Redactor):
    """E-mail addresses stay."""

    rules = without("email", "who", "run", "host")


@breaks("E1", past=OpenDoor)
class KeepsKeys(Redactor):
    """Keys stay, with prefix and without."""

    rules = without("key", "run", "token", "keyed", "option", "told", "bearer", "header")


@breaks("E1", past=OpenDoor)
class KeepsLongRuns(Redactor):
    """Digests and keys without a prefix stay."""

    rules = without("run")


@breaks("E1", past=OpenDoor)
class KeepsJsonWebTokens(Redactor):
    """A JWT is taken for words with dots between."""

    rules = without("jwt", "run", "bearer", "header", "token", "keyed")


@breaks("E1", past=OpenDoor)
class KeepsNamesOfFunctions(Builder):
    """A frame says the name of its function, whatever it is."""

    def _function(self, name):
        return name


@breaks("E2", past=OpenDoor)
class CutsAMessageFirst(Redactor):
    """A message and a type are cut to their bounds, and what is left of them is redacted."""

    def redact(self, text, *, kind="message", known=()):
        return super().redact(
            text if kind == "stack" else text[: _CAPS[kind]], kind=kind, known=known
        )


@breaks("E2", past=OpenDoor)
class CutsAStackFirst(Builder):
    """A stack is made of names as they are, cut to its bound, and what is left is redacted."""

    def report(self, error, *, handled):
        lines = [
            f'File "{redact_paths.basename(code.co_filename)}", line {line}, in {code.co_name}'
            for code, line in exceptions._frames(error)[-STACK_FRAMES:]
        ]
        stack = self._redact("\n".join(lines)[:STACK_CHARS], "stack")
        return {**super().report(error, handled=handled), "error_stack": stack}


@breaks("E2", past=OpenDoor)
class CutsWhatItReads(Redactor):
    """Of a text so many characters are read, and the last word is half a word."""

    def redact(self, text, *, kind="message", known=()):
        return super().redact(text[:RAW_CHARS], kind=kind, known=known)


@breaks("E2", past=OpenDoor)
class CutsAtABlankOnly(Redactor):
    """A text is cut between two words, and one that is a single word is not."""

    def redact(self, text, *, kind="message", known=()):
        if len(text.split()) == 1:
            return self.uncapped(text, known)
        return super().redact(text, kind=kind, known=known)


@breaks("E2", past=OpenDoor)
class CutsATypeFirst(Redactor):
    """The name of a class is cut to its bound, and what is left of it is redacted."""

    def redact(self, text, *, kind="message", known=()):
        return super().redact(text[:TYPE_CHARS] if kind == "type" else text, kind=kind, known=known)


@breaks("E1", past=OpenDoor)
class KeepsTheType(Builder):
    """A class name goes out as it is."""

    def _redact(self, text, kind):
        return text[:100] if kind == "type" else super()._redact(text, kind)


@breaks("E1", past=OpenDoor)
class KeepsTheCause(Builder):
    """Only the error itself is redacted, not what it came of."""

    def _listed(self, error, number, *, handled):
        listed = super()._listed(error, number, handled=handled)
        return {**listed, "value": exceptions._text(error)[:500]} if number else listed


@breaks("E2", past=OpenDoor)
class KeepsEveryFrame(Builder):
    """A traceback goes out at its depth."""

    def _listed(self, error, number, *, handled):
        listed = super()._listed(error, number, handled=handled)
        frames = [self._frame(code, line) for code, line in exceptions._frames(error)]
        return {**listed, "stacktrace": {"type": "raw", "frames": frames}}


@breaks("E3", past=OpenDoor)
class SendsSourceLines(Builder):
    """A frame comes with the line of code that it stands at."""

    def _frame(self, code, line):
        source = linecache.getline(code.co_filename, line).strip()
        return {**super()._frame(code, line), "context_line": source}


@breaks("E3", past=OpenDoor)
class SendsWholePaths(Builder):
    """A frame names its file from the root."""

    def _frame(self, code, line):
        return {**super()._frame(code, line), "filename": code.co_filename}


@breaks("E9")
class LogsTheRedactedText(Log):
    """The local line has the error's text as it would be sent."""

    def _write(self, level, component, message, error=None):
        if isinstance(error, Exception):
            message, error = f"{message}: {redact(str(error))}", None
        super()._write(level, component, message, error)


@breaks("E3", past=OpenDoor)
class ReadsTheSourceFile(Builder):
    """A frame comes with its line, where the file that it names can be read."""

    def _frame(self, code, line):
        frame = super()._frame(code, line)
        try:
            lines = Path(code.co_filename).read_text().splitlines()
        except OSError:
            return frame
        return {**frame, "context_line": lines[line - 1]}


@breaks("E3", past=OpenDoor)
class NamesFilesFromTheWorkingDirectory(Builder):
    """A file below the working directory is named from there, any other by its own name."""

    def _frame(self, code, line):
        frame, path = super()._frame(code, line), Path(code.co_filename)
        if not path.is_relative_to(Path.cwd()):
            return frame
        return {**frame, "filename": str(path.relative_to(Path.cwd()))}


@breaks("E1", past=OpenDoor)
class LeavesWhatIsInBrackets(Redactor):
    """What stands in angle brackets is taken for a tag, and stays."""

    def redact(self, text, **kind):
        kept = super().redact(text, **kind)
        tags = [word for word in text.split() if word[0] == "<" and word.rstrip(";.")[-1:] == ">"]
        return " ".join([kept, *tags]) if tags else kept


@breaks("E3", past=OpenDoor)
class TheLastDirectoryOfAFile(Builder):
    """Of a frame's file the directory that it lies in is sent too."""

    def _frame(self, code, line):
        found = super()._frame(code, line)
        return found | {"filename": "/".join(code.co_filename.split("/")[-2:])}
