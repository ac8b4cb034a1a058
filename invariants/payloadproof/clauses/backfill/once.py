"""F7 to F9: the past is kept once, is marked as sent when it is, and is sent with consent only.

Evidence is the wire, with what the service answered, and the marker after each backfill.
"""

from __future__ import annotations

from collections.abc import Iterator

from payloadproof.clauses.backfill.runs import (
    Key,
    Run,
    Said,
    at,
    confirmed,
    historical,
    key_of,
    listed,
    marker_in,
    of_two,
    runs,
)
from payloadproof.clauses.circumstances import amid
from payloadproof.clauses.finding import EXERCISED, Finding, check
from payloadproof.clauses.kept import rows_of
from payloadproof.contract.backfill import Backfill, Marker
from payloadproof.evidence.fields import properties_of
from payloadproof.evidence.history import History, Sent
from payloadproof.evidence.quoting import masked, named


@check("F7")
def the_past_is_ingested_once(history: History) -> Said:
    """However often it is sent, and by whomever: the same events, each kept once, and all."""
    backfill = history.contract.backfill
    if backfill is None:
        return
    first: dict[Key, Sent] = {}
    for sent in historical(history):
        # The day of the beginning may not change either, so the install has one key.
        key = _once(backfill, sent)
        seen = first.setdefault(key, sent)
        if seen.request is not sent.request:
            yield EXERCISED
        for field in ("uuid", "distinct_id", "timestamp"):
            before, now = getattr(seen.event, field), getattr(sent.event, field)
            if before != now:
                yield _changed(history, (seen, sent), field, before, now)
        yield from _figures_changed(history, seen, sent)
    names = (backfill.day_event, backfill.install_event)
    kept = [Sent(k.event, k.request) for k in rows_of(history) if k.event.name in names]
    rows: dict[Key, Sent] = {}
    for sent in kept:
        twin = rows.setdefault(_once(backfill, sent), sent)
        if twin is not sent:
            yield Finding(
                clause="F7",
                expected=f"{named(sent.event.name)} of {key_of(sent).day} kept once",
                observed="kept twice after deduplication",
                evidence=(at(twin), at(sent)),
                kind="the past kept twice" + of_two(history),
            )
    yield from _settled(history, backfill, frozenset(key_of(sent) for sent in kept))


def _once(backfill: Backfill, sent: Sent) -> Key:
    key = key_of(sent)
    return Key(key.event, "") if key.event == backfill.install_event else key


def _figures_changed(history: History, seen: Sent, sent: Sent) -> Iterator[Finding]:
    before, now = properties_of(seen), properties_of(sent)
    # What it says of its person is said of the past, too.
    for key in (*history.contract.properties, "$set", "$set_once"):
        if before.get(key) != now.get(key):
            yield _changed(history, (seen, sent), key, before.get(key), now.get(key))


def _changed(
    history: History, twice: tuple[Sent, Sent], field: str, before: object, now: object
) -> Finding:
    return Finding(
        clause="F7",
        expected=f"the same {field} whenever the past is sent",
        observed=f"{masked(before)}, then {masked(now)}",
        evidence=tuple(map(at, twice)),
        kind=f"{field} is another when the past is sent again{of_two(history)}",
    )


def _settled(history: History, backfill: Backfill, kept: frozenset[Key]) -> Iterator[Finding]:
    """After several backfills, the last of them free to send: everything has been kept."""
    made = runs(history)
    if len(made) < 2 or not made[-1].free:  # noqa: PLR2004  # several
        return
    missing = made[-1].expected(backfill) - kept
    if missing:
        yield Finding(
            clause="F7",
            expected="all of the past kept, once a backfill was free to send it",
            observed=f"nothing of {listed(missing)} after {len(made)} backfills",
            evidence=(f"backfill in step {made[-1].step + 1}",),
            definite=False,
            kind="some of the past not kept" + amid(history),
        )


@check("F8")
def the_marker_follows_delivery(history: History) -> Said:
    """Written when all of it was confirmed, then; respected, and by version."""
    backfill = history.contract.backfill
    if backfill is None:
        return
    made = runs(history)
    for index, run in enumerate(made):
        earlier = [sent for one in made[: index + 1] for sent in one.sent]
        proven = frozenset(key_of(sent) for sent in earlier if confirmed(sent.request))
        if run.standing == "complete":
            yield EXERCISED
            for sent in run.sent[:1]:
                yield _unmarked(backfill.marker, run, sent)
        elif run.after is not None and run.after != run.before:
            yield from _written(history, backfill, run, proven)
        elif run.free and run.past is not None and not _is_blank(history):
            yield Finding(
                clause="F8",
                expected=f"{backfill.marker.path} written: all of it was delivered",
                observed="no such file" if run.after is None else "the marker of before",
                evidence=(f"backfill in step {run.step + 1}",),
                definite=False,
            )
        if run.expected(backfill) - proven and run.sent:
            yield EXERCISED


def _is_blank(history: History) -> bool:
    """Whether the database is a file of no bytes, which may be taken for one without tables."""
    database = history.scenario.history if history.scenario else None
    return database is not None and database.state == "empty"


def _unmarked(marker: Marker, run: Run, sent: Sent) -> Finding:
    return Finding(
        clause="F8",
        expected="nothing sent again: the marker says that all is sent",
        observed=f"{len(run.sent)} event(s) in step {run.step + 1}",
        evidence=(f"marker: {run.before}", at(sent)),
        kind=f"the past sent over {_state_of(marker, run.before)}",
    )


def _state_of(marker: Marker, text: str | None) -> str:
    """For the kind of a finding: a program may respect one marker and not another."""
    content = marker_in(text)
    if content is None:
        return "a marker that is damaged"
    version = content.get(marker.version_key)
    sound = isinstance(version, int) and not isinstance(version, bool)
    return "a sound marker" if sound else "a marker whose version is no number"


def _written(history: History, backfill: Backfill, run: Run, proven: frozenset[Key]) -> Said:
    """What holds of a marker that this backfill wrote."""
    place = f"{backfill.marker.path} after step {run.step + 1}"
    if run.past is None:
        yield Finding(
            clause="F8",
            expected="no marker: the database could not be read whole",
            observed=f"{place} is there",
            kind="a marker over a database that cannot be read whole",
        )
        return
    expected = run.expected(backfill)
    if expected - proven:
        yield Finding(
            clause="F8",
            expected="no marker before the service has said that it took everything",
            observed=f"{place} is there, and {len(expected - proven)} event(s) unconfirmed",
            evidence=(listed(expected - proven),),
            kind=f"a marker {_answer_to(run)}",
        )
        return
    content = marker_in(run.after) or {}
    marker = backfill.marker
    said: dict[str, object] = {
        marker.version_key: marker.version,
        marker.through_key: run.past.last,
        marker.count_key: len(expected),
    }
    if run.sent:
        said[marker.install_id_key] = str(run.sent[0].event.distinct_id)
    for key, value in said.items():
        if content.get(key) != value:
            yield Finding(
                clause="F8",
                expected=f"{key} {masked(value)} in the marker",
                observed=masked(content.get(key)),
                evidence=(place,),
                kind=f"{key} is wrong in the marker{of_two(history)}",
            )


def _answer_to(run: Run) -> str:
    """For the kind of a finding: what the service had last said to what was not taken whole."""
    doubtful = [sent.request for sent in run.sent if not confirmed(sent.request)]
    if not doubtful:
        return "before all of it was sent"
    status = doubtful[-1].answered
    if status is None:
        return "without an answer"
    return f"after an answer {status // 100}xx that confirms nothing"


@check("F9")
def nothing_without_consent_or_in_debug_mode(history: History) -> Said:
    """Neither an event nor a marker."""
    backfill = history.contract.backfill
    if backfill is None:
        return
    for run in runs(history):
        if run.consent != "off" and not run.debug:
            continue
        if run.standing in ("none", "older") and run.expected(backfill):
            yield EXERCISED
        why = "debug mode is on" if run.debug else "consent is off"
        if run.sent:
            yield Finding(
                clause="F9",
                expected=f"nothing sent: {why}",
                observed=f"{len(run.sent)} event(s) in step {run.step + 1}",
                evidence=(at(run.sent[0]),),
            )
        if run.after != run.before:
            yield Finding(
                clause="F9",
                expected=f"no marker written: {why}",
                observed=f"{backfill.marker.path} changed in step {run.step + 1}",
            )
