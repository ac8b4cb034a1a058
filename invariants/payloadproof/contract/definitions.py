"""A contract drafted from what PostHog knows of a project: event and property definitions.

Rule 1: PostHog knows what has arrived, and not what is meant to: each line is a guess.
Rule 2: it does not say which event has which property; nobody here guesses that.

Source: the lists of PostHog's API, ``/api/projects/ID/event_definitions`` and
``property_definitions``: ``count``, ``next``, ``results``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from payloadproof.contract.guessing import Guess
from payloadproof.contract.sketch import Sketch, undecided

_OF_PROPERTIES: Final = ("property_type", "is_numerical")
_PERSON: Final = ("person", 2)


def definitions_in(document: object) -> Sequence[Mapping[str, Any]] | None:
    """The definitions of a page of the API, or of a list of them; None for anything else."""
    listed = document.get("results") if isinstance(document, Mapping) else document
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        return None
    if isinstance(document, Mapping) or any("name" in one for one in listed):
        return listed
    return None


def sketched(document: object, sketch: Sketch, *, of_persons: bool) -> None:
    """Put what a page declares into a sketch.

    Args:
        document: the page.
        sketch: filled.
        of_persons: whether it was asked for what is said of persons: the page does not tell.
    """
    for one in definitions_in(document) or ():
        name, told = one.get("name"), one.get("description")
        if any(key in one for key in _OF_PROPERTIES):
            guess = _guess(one)
            if of_persons or one.get("type") in _PERSON:
                sketch.person(name, guess, told)
            else:
                sketch.property(name, guess, told)
        elif one.get("hidden") is not True:
            sketch.event(name, told)
    sketch.note("PostHog knows what has arrived, and not what is meant to arrive")
    if isinstance(document, Mapping) and document.get("next"):
        sketch.note("there is a next page that was not given: limit=... asks for more at once")


def _guess(one: Mapping[str, Any]) -> Guess:
    match one.get("property_type"):
        case "Boolean":
            return {"type": "bool"}, ["PostHog took its values for true or false"]
        case "Numeric" | "Duration":
            return {"type": "number"}, ["PostHog saw numbers: a count, or with a min?"]
        case "DateTime":
            return undecided("PostHog saw times: date, epoch_ms, or the time of the event itself?")
        case "String":
            return undecided(
                "text, which is a finding until it is declared: an enum, or type text and what it"
                " may `never` hold"
            )
        case _ if one.get("is_numerical") is True:
            return {"type": "number"}, ["PostHog saw numbers: a count, or with a min?"]
        case _:
            return undecided("PostHog does not know its type")
