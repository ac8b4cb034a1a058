"""What a probe says beside its findings: whom the program spoke to, when, and what was not seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from payloadproof.blackbox.driving import Made
from payloadproof.clauses.clause import named
from payloadproof.drive.traffic import SAID_NOTHING
from payloadproof.evidence.placed import Place, spoken
from payloadproof.evidence.runs import Run
from payloadproof.evidence.sightings import unsearched
from payloadproof.outcome.ran import Ran, Spoken

_TIMES: Final = 60  # requests to a host of a run whose time is told
_HOSTS: Final = 20  # of a run


def rans(made: Sequence[Made], runs: Sequence[Run]) -> Iterator[Ran]:
    """Each run as a report holds it; ``runs``: the evidence of the same, in the same order."""
    for one, run in zip(made, runs, strict=True):
        yield Ran(
            name=run.name,
            took_s=round(run.took_s, 2),
            ended=run.ended,
            exit_code=run.exit_code,
            spoken=tuple(
                Spoken(
                    host=spoken(Place(host.name)),
                    kind=host.kind,
                    at_s=tuple(
                        round(max(request.began_at - one.began_at, 0.0), 2)
                        for request in host.requests[:_TIMES]
                    ),
                    requests=len(host.requests),
                )
                for host in run.hosts[:_HOSTS]
                if host.requests
            ),
        )


def notes(
    made: Sequence[Made], runs: Sequence[Run], contract: str | None, *, disturbed: bool = False
) -> Iterator[str]:
    """Whom it spoke to, and what could not be seen; ``disturbed``: two runs at once were."""
    if disturbed:
        yield (
            "two runs at once disturb each other (a lock, or a file outside of its home, say): each"
            " was made alone, which takes longer"
        )
    seen: dict[str, str] = {}
    for run in runs:
        for host in run.hosts:
            if host.requests and (host.kind != "other" or host.name not in seen):
                what = {"posthog": "PostHog", "telemetry": "telemetry", "other": "other"}
                about = host.product or what[host.kind]
                seen.setdefault(host.name, about)
    for name, about in seen.items():
        yield f"host {spoken(Place(name))}: {about}"
    asked = sorted({name for run in runs for name in run.asked} - {*seen})
    if asked:
        names = ", ".join(spoken(Place(name)) for name in asked)
        yield f"looked up or tried, and told nothing: {names}"
    # Where something was wrong with the network, a broken handshake is what was wrong.
    sound = (one for one in made if one.run.untroubled)
    rejected = {one.host: one for run in sound for one in run.rejected}
    for one in rejected.values():
        whom = spoken(Place(one.host))
        why = "its own roots, or a pinned certificate" if one.untrusted else one.reason
        if one.reason == SAID_NOTHING:
            yield f"{whom}: {SAID_NOTHING}"
        else:
            yield f"{whom} was not caught: the handshake was broken off ({why})"
    yield from dict.fromkeys(gap for one in made for gap in one.gaps)
    if deep := sum(len(unsearched(run)) for run in runs):
        yield (
            f"{deep} request(s) are packed deeper than is unpacked here: {named('A7')} was not"
            " looked for in what lies there"
        )
    first = runs[0] if runs else None
    if first is not None and not any(run.telemetry for run in runs):
        how = f"exit code {first.exit_code}" if first.ended == "itself" else "told to end"
        yield f"nothing was sent to any telemetry host: {how} after {first.took_s:.1f} s"
    if contract is None:
        yield (
            "no contract: with one, its switches and hosts are judged, too;"
            " what may be sent is judged by payloadproof record --contract"
        )
    if slow := [run for run in runs if run.ended == "stopped"]:
        names = "; ".join(run.name for run in slow)
        yield f"much longer than with nothing wrong, and ended by us: {names}"
