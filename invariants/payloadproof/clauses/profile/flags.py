"""P1: a profile is built only where the contract has one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.evidence.fields import PROFILE, properties_of
from payloadproof.evidence.history import History
from payloadproof.evidence.quoting import named, where


@check("P1")
def profiles_only_where_the_contract_has_them(
    history: History,
) -> Iterator[Finding | Literal["exercised"]]:
    """PostHog reads only a strict ``false``: anything else bills a profile."""
    for sent in history.sent:
        event = history.contract.events.get(str(sent.event.name))
        if event is None:
            continue  # A4's
        absent = PROFILE not in properties_of(sent)
        flag = properties_of(sent).get(PROFILE)
        if not event.profile:
            yield EXERCISED
        # `1 == True` in Python: the type has to be asked for.
        fine = absent or flag is True if event.profile else flag is False
        if not fine:
            yield Finding(
                clause="P1",
                expected=f"{PROFILE} "
                + ("absent or true" if event.profile else "exactly false")
                + f" on {sent.event.name}",
                observed="absent" if absent else named(flag),
                evidence=(where(sent.request, sent.event.name),),
            )
