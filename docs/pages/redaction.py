"""redaction.md: what the reference takes out of the text of errors, rule by rule."""

from __future__ import annotations

from collections.abc import Iterator

from pages.markdown import MEANINGS, table
from payloadproof.syntax.markdown import code
from payloadproof_reference.redaction.frames import Frame
from payloadproof_reference.redaction.redact import (
    MESSAGE_CHARS,
    MOST_MATCHES,
    MOST_SENTENCES,
    RAW_CHARS,
    STACK_CHARS,
    STACK_FRAMES,
    TYPE_CHARS,
)
from payloadproof_reference.redaction.rules import FRAMES, RULES, Rule

EXAMPLES: dict[str, str] = MEANINGS["redaction"]


def page() -> Iterator[str]:
    """The page, part by part."""
    yield "# Redaction"
    yield (
        "This is what the reference pipeline does to the text of an error before it is sent: to the"
        " names of classes, functions and files, to messages, and to those of causes and groups."
        " [Telemetry](../telemetry.md#what-errors-say) says what else an error carries."
    )
    yield "## Order"
    yield "\n".join(f"{number}. {step}" for number, step in enumerate(_steps(), start=1))
    yield "## Rules"
    yield (
        "The rules are applied in this order. The last column shows what the rule by itself makes"
        " of the example. A later rule never matches inside a marker such as `<path>`."
    )
    yield table(
        ("rule", "why", "example", "becomes"),
        (
            (f"`{rule.name}`", rule.why, *_shown(rule))
            for rule in RULES
            if not isinstance(rule, Frame)
        ),
    )
    yield "## Frames"
    yield (
        "Sentences that software prints always the same way, looked for after `header` and before"
        " `element`. What stands in `{}` is data and goes, with its quotes; every other word is"
        " diagnosis and stays. A number, a type or a sign in the place of data stays too."
    )
    yield table(
        ("software", "sentence", "what stands for the data"),
        ((frame.software, _code(frame.example), f"`{frame.marker}`") for frame in FRAMES),
    )
    yield (
        "Patterns cannot make free text safe:"
        " [what is left](../telemetry.md#what-redaction-cannot-do) has the figures."
    )


def _steps() -> Iterator[str]:
    yield (
        f"The first {RAW_CHARS:,} characters are read, up to their last space. What lies beyond is"
        " never looked at, and never sent."
    )
    yield (
        "What hides a secret from a pattern but not from a reader is removed: terminal escapes,"
        " invisible characters, full-width letters, unusual slashes and spaces."
    )
    yield "A stack of Rust, Go, Java, PHP or Ruby is written as others are: function, file, line."
    yield (
        "The names of the home directory, user, host, working directory and project are removed"
        " everywhere, in upper and lower case, unless they are shorter than three characters."
    )
    yield (
        f"The rules below are applied. Each replaces at most {MOST_MATCHES['message']} matches of"
        f" a message or a type and {MOST_MATCHES['stack']} of a stack, and a frame"
        f" {MOST_SENTENCES}; if there are more, the rest of the text is dropped."
    )
    yield (
        f"Of a stack, the first {STACK_FRAMES} frames and the lines that introduce them stay. Other"
        " lines may be source code."
    )
    yield "Runs of white space become a single space."
    yield (
        f"The cut comes last, between words: {MESSAGE_CHARS} characters of a message,"
        f" {STACK_CHARS:,} of a stack, {TYPE_CHARS} of a type."
    )
    yield (
        "Steps 4 to 8 are repeated until nothing changes. A text that does not settle in four"
        " rounds becomes `<text>`."
    )


def _shown(rule: Rule) -> tuple[str, str]:
    """An example and what the rule makes of it, as cells.

    Raises:
        ValueError: the rule leaves its example as it is.
    """
    before = EXAMPLES[rule.name]
    after = rule.apply(before)
    if after == before:
        raise ValueError(f"meanings.toml: the rule {rule.name} does nothing to {before!r}")
    return _code(before), _code(after) if after else "nothing"


def _code(text: str) -> str:
    return code(text.replace("\n", " "), cell=True)
