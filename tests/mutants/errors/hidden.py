"""Wrong pipelines that a character misleads which a reader does not see, or takes for another.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import re

from mutants.errors.redaction import OpenDoor, without
from mutants.mutant import breaks

from payloadproof_reference.redaction.redact import Redactor


def blind_to(*characters):
    """A redaction to which these are a character like any other, and end what it looks for."""
    pattern = re.compile(f"([{''.join(map(re.escape, characters))}])")

    class Blind(Redactor):
        def redact(self, text, *, kind="message", known=()):
            parts = pattern.split(text)
            if len(parts) == 1:
                return super().redact(text, kind=kind, known=known)
            redacted = [Redactor.redact(self, part, kind=kind, known=known) for part in parts[::2]]
            return "".join(one for pair in zip(redacted, [*parts[1::2], ""]) for one in pair)  # noqa: B905 - as many

    return Blind


@breaks("E1", past=OpenDoor)
class OverlooksSoftHyphens(blind_to("\xad")):
    """A soft hyphen ends a key."""


@breaks("E1", past=OpenDoor)
class OverlooksMarksOfDirection(blind_to("\u061c", "\u200e", "\u202d")):
    """A mark of Arabic, and what turns the direction of a text, end a key."""


@breaks("E1", past=OpenDoor)
class OverlooksControls(blind_to("\x08", "\x7f", "\x9b")):
    """A control ends a key, but for the best known."""


@breaks("E1", past=OpenDoor)
class OverlooksMarksOnLetters(blind_to("\u0336", "\u034f")):
    """A line through a letter, and a joiner of letters, end a key."""


@breaks("E1", past=OpenDoor)
class OverlooksFillers(blind_to("\u115f", "\u1160", "\u17b4", "\u17b5", "\u3164", "\uffa0")):
    """A letter or a vowel that is drawn as nothing ends a key."""


@breaks("E1", past=OpenDoor)
class TakesOtherSlashesForLetters(blind_to("\u29f5", "\u2216")):
    """A path is one that has the slashes of a keyboard."""


@breaks("E1", past=OpenDoor)
class BreaksWhatItKeeps(Redactor):
    """Keys stay, and each long word may be broken after every fourth letter, where nobody sees."""

    rules = without("key", "run", "token", "keyed", "option", "told", "bearer", "header")

    def redact(self, text, *, kind="message", known=()):
        said = super().redact(text, kind=kind, known=known)
        return re.sub(r"\w{16,}", lambda found: re.sub("(.{4})", "\\1\u200b", found[0]), said)
