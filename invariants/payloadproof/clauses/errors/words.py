"""E7: what an error has to say, so that somebody can mend it: its words and its place."""

from __future__ import annotations

from payloadproof.clauses.beats import Said
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.raised import Error, errors, raises, steps_of
from payloadproof.evidence.fields import properties_of
from payloadproof.evidence.history import History
from payloadproof.evidence.quoting import masked, where


@check("E7")
def ordinary_words_survive(history: History) -> Said:
    """Those that the scenario declares to be of use, and where it happened."""
    for error in errors(history):
        for index in steps_of(history, error):
            step = raises(history)[index]
            for words in step.survives:
                yield EXERCISED
                if words.lower() not in " ".join(error.message.lower().split()):
                    expected = f"{words!r} kept: it is what the error says"
                    yield _missing(error, expected, error.message, "ordinary words are lost")
            told = error.roles.stack or "$exception_list" in properties_of(error.sent)
            if not (told and step.survives and step.error.frames):
                continue  # a contract may have no place for it
            innermost = step.error.frames[-1]
            for sort, what in (
                ("function", innermost.function),
                ("code file", innermost.file.rpartition("/")[2]),
            ):
                if what not in error.text:
                    expected = f"{sort} {what!r} kept: it is where the error was raised"
                    yield _missing(error, expected, error.text, f"the {sort} is lost")


def _missing(error: Error, expected: str, observed: str, kind: str) -> Finding:
    return Finding(
        clause="E7",
        expected=expected,
        observed=masked(observed),
        evidence=(where(error.sent.request, error.sent.event.name),),
        kind=kind,
    )
