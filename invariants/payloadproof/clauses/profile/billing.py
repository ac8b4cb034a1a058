"""P3: what PostHog bills at the rate of identified events, although it says it builds no profile.

For information: where lifecycle events build a person and share its distinct id with everything
else, which the contract asks for, some of everything else is upgraded. The meter says how much:
what it counts apart, as it does errors and calls of flags, has no rate of identified events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from payloadproof.billing.meter import counted_as
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.kept import rows_of
from payloadproof.evidence.history import History
from payloadproof.evidence.quoting import named, where
from payloadproof.recorder.ingest import Kept


@check("P3")
def what_is_billed_as_identified(history: History) -> Iterator[Finding | Literal["exercised"]]:
    """One finding for a history: how many rows, of which events, and who made the person."""
    rows = [row for row in rows_of(history) if counted_as(row.event.name) == "events"]
    cheap = [row for row in rows if not _builds_a_profile(history, row)]
    if cheap and len(cheap) < len(rows):
        yield EXERCISED
    dear = [row for row in cheap if row.person_mode != "propertyless"]
    if dear:
        modes = Counter(row.person_mode for row in dear)
        counted = ", ".join(f"{number} {mode}" for mode, number in sorted(modes.items()))
        yield Finding(
            clause="P3",
            expected="events that build no profile billed at the rate of anonymous ones",
            observed=f"{len(dear)} of {len(cheap)} billed as identified ({counted})",
            evidence=tuple(_why(row) for row in dear[:3]),
            kind="events that build no profile, billed as identified",
        )


def _builds_a_profile(history: History, row: Kept) -> bool:
    event = history.contract.events.get(str(row.event.name))
    return event is not None and event.profile


def _why(row: Kept) -> str:
    place = where(row.request, row.event.name)
    if row.because is None:
        return f"{place}: it does not say $process_person_profile false"
    maker = named(row.because.name)
    return f"{place}: {maker} made a person of the same distinct id over a minute before"
