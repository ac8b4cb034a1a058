"""P4: which events of a program as it is build a person profile, for information.

Without a contract nobody knows which should. PostHog's own events about persons are left out: they
are made to build one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from payloadproof.clauses.finding import EXERCISED, Finding
from payloadproof.clauses.run_checks import Runs, run_check
from payloadproof.evidence.fields import PROFILE
from payloadproof.evidence.quoting import named
from payloadproof.evidence.runs import as_text, ordinary

_ABOUT_PERSONS = frozenset({"$identify", "$create_alias", "$merge_dangerously", "$groupidentify"})
_NAMED = 6  # events, in a report


@run_check("P4")
def which_events_build_a_profile(runs: Runs) -> Iterator[Finding | Literal["exercised"]]:
    """Over all ordinary runs: the names of events, and a key that is meant and not read."""
    builds: dict[str, str] = {}
    misspelt: dict[str, str] = {}
    every: set[str] = set()
    for run in ordinary(runs):
        for said in run.said:
            name = as_text(said.event.name)
            if said.host.kind != "posthog" or name in _ABOUT_PERSONS:
                continue
            yield EXERCISED
            every.add(name)
            properties = said.event.properties
            said_of_it = properties if isinstance(properties, dict) else {}
            if said_of_it.get(PROFILE) is not False:
                builds.setdefault(name, run.name)
            if PROFILE.removeprefix("$") in said_of_it:
                misspelt.setdefault(name, run.name)
    if builds:
        yield Finding(
            clause="P4",
            expected=f"{PROFILE} false on events that need no person",
            observed=f"{len(builds)} of {len(every)} events build one: {_listed(builds)}",
            evidence=tuple(dict.fromkeys(builds.values())),
            kind="events that build a person profile",
        )
    if misspelt:
        key = PROFILE.removeprefix("$")
        yield Finding(
            clause="P4",
            expected=f"{PROFILE}, with its dollar sign: PostHog reads no other key",
            observed=f"{named(key)} on {_listed(misspelt)}",
            evidence=tuple(dict.fromkeys(misspelt.values())),
            kind=f"{key} without its dollar sign",
        )


def _listed(names: dict[str, str]) -> str:
    shown = ", ".join(map(named, sorted(names)[:_NAMED]))
    return shown + (", ..." if len(names) > _NAMED else "")
