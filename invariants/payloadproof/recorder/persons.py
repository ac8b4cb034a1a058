"""Who becomes a person in PostHog, when, and which distinct ids are one: for what it bills.

Rule 1: a person is born with the first event of its distinct id that lets one be made, at that
event's own time. Two persons that are merged are as old as the older.
Rule 2: ``$identify`` and an alias make two ids one, unless one of the ids is nobody's, or the
other id belongs to somebody who was identified before; ``$merge_dangerously`` does it even then.

Source: PostHog/posthog ``nodejs/src`` (person-merge-service, process-personless-step), read in
stored versions, not run. Left out: teams that PostHog lets opt out of upgrades, and those for which
``$feature_flag_called`` makes no person; neither can be seen from outside.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from payloadproof.recorder.capture_v1 import ILLEGAL_IDS
from payloadproof.recorder.ledger import Event

#: A person younger than this does not upgrade an event: it may just have been made by a race.
UPGRADE_AFTER = dt.timedelta(minutes=1)
DANGEROUSLY = "$merge_dangerously"
#: Events that make two ids one.
JOIN = ("$identify", "$create_alias", DANGEROUSLY)


class Maker(NamedTuple):
    """The event that made a person, and its time, where it has one."""

    event: Event
    born: dt.datetime | None


class People:
    """All persons so far, in the order in which their events were processed."""

    def __init__(self) -> None:
        self._leader: dict[str, str] = {}  # of ids that were merged into another
        self._makers: dict[str, Maker] = {}
        self._identified: set[str] = set()

    def root(self, who: str) -> str:
        """The one id that stands for all of a person's."""
        while (leader := self._leader.get(who)) is not None:
            who = leader
        return who

    def maker(self, who: str) -> Maker | None:
        """What made the person of an id; None where it has none."""
        return self._makers.get(self.root(who))

    def upgrades(self, who: str, at: dt.datetime | None) -> Event | None:
        """The event that makes PostHog bill a profile-less one of this id as identified."""
        maker = self.maker(who)
        if maker is None or maker.born is None or at is None or at <= maker.born + UPGRADE_AFTER:
            return None
        return maker.event

    def process(self, who: str, event: Event, at: dt.datetime | None) -> None:
        """An event that may make a person, and may make two of them one."""
        other = joined(event.name, who, event.properties)
        if other is not None:
            self.join(who, other, dangerously=event.name == DANGEROUSLY)
        self.make(who, event, at)

    def make(self, who: str, event: Event, at: dt.datetime | None) -> None:
        """An event that makes a person where there is none yet."""
        self._makers.setdefault(self.root(who), Maker(event, at))

    def join(self, who: str, other: str, *, dangerously: bool) -> None:
        """Make two ids one, as far as Rule 2 lets them be. To say so again changes nothing."""
        into, away = self.root(who), self.root(other)
        if into == away or (away in self._identified and not dangerously):
            return
        self._leader[away] = into
        self._identified.add(into)
        makers = [self._makers.pop(one) for one in (into, away) if one in self._makers]
        if makers:
            self._makers[into] = min(makers, key=_age)


def _age(maker: Maker) -> dt.datetime:
    return maker.born or dt.datetime.max.replace(tzinfo=dt.UTC)


def joined(name: object, who: str, properties: object) -> str | None:
    """The second id that an event makes one with its own; None where it makes none so."""
    if name not in JOIN or not isinstance(properties, dict):
        return None
    other = properties.get("$anon_distinct_id" if name == "$identify" else "alias")
    if other in (None, "") or not is_somebody(who) or not is_somebody(str(other)):
        return None
    return str(other)


def is_somebody(who: str) -> bool:
    """Whether persons are told apart by an id: trimmed, in any case, with or without quotes."""
    bare = who.strip().strip("'\"").strip()
    return bool(bare) and bare.lower() not in ILLEGAL_IDS
