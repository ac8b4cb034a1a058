"""Wrong pipelines whose defect is in how the past is delivered, and how that is remembered.

The rules are those of ``mutant.py``.
"""

from __future__ import annotations

import json
import uuid
from types import SimpleNamespace

from mutants.mutant import breaks

from payloadproof_reference.past.backfill import Backfill
from payloadproof_reference.past.delivery import Delivery
from payloadproof_reference.past.history import UnreadableError
from payloadproof_reference.past.marker import FILE, Marker


def delivering(**changed):
    """A backfill that delivers otherwise."""
    return type("Delivering", (Backfill,), {"delivery_type": type("Wrong", (Delivery,), changed)})


# delivery


def _stamped(delivery, message):
    checked = Delivery._last_check(delivery, message)
    if checked is not None:
        checked["properties"] |= {"$os": "Linux", "$python_version": "3.12.1"}
    return checked


@breaks("F5")
class StampsTodaysSystem(delivering(_last_check=_stamped)):
    """The SDK's stamps of system and runtime are on every event."""


@breaks("F6")
class NoHistoricalMigration(delivering(migration=False)):
    """The past is sent as if it happened now."""


@breaks("F7")
class AnotherInstallEachTime(Backfill):
    """Each run makes an install id of its own."""

    def install_id(self):
        return str(uuid.uuid4())


# the marker


@breaks("F8")
class MarkerBeforeDelivery(Backfill):
    """The marker is written first, so that nothing is ever sent twice."""

    def deliver(self, events, install_id, last_day):
        self.record(len(events), install_id, last_day)
        super().deliver(events, install_id, last_day)


@breaks("F8")
class MarkerOnARefusal(
    delivering(
        confirmed=lambda self, status, body: status == 402 or Delivery.confirmed(self, status, body)
    )
):
    """An answer that the quota is used up counts as an answer."""


@breaks("F8")
class MarkerOnAnyAnswerOf200(delivering(confirmed=lambda _, status, __: status == 200)):
    """The status decides, whatever the body says."""


def _unlimited(delivery, status, body):
    try:
        said = {**json.loads(body)}
    except (TypeError, ValueError):
        return False
    said.pop("quota_limited", None)
    return Delivery.confirmed(delivery, status, json.dumps(said))


@breaks("F8")
class MarkerOnALimitedQuota(delivering(confirmed=_unlimited)):
    """That the quota limited some of it is not read."""


def _sent(delivery, batch):
    Delivery.deliver(delivery, batch)


@breaks("F8")
class MarkerOnAnError(delivering(deliver=_sent)):
    """Whether a batch arrived is not asked."""


@breaks("F8")
class MarkerOnAnUnreadableDatabase(Backfill):
    """A database that cannot be read counts as one without a past."""

    def _read(self, last_day):
        try:
            return super()._read(last_day)
        except UnreadableError:
            return None


def marking(complete):
    """A backfill that reads its marker otherwise."""
    wrong = type("Wrong", (Marker,), {"complete": complete})
    return type("Marking", (Backfill,), {"marker_type": wrong})


@breaks("F8")
class AnyVersionIsComplete(
    marking(lambda self, install_id: Marker.complete(self, install_id) or self._path.exists())
):
    """A marker of an older version counts like one of this."""


def _exact(marker, install_id):
    problem = Marker.complete(marker, install_id) or ""
    other = problem.startswith("version") and f"version {marker.version} " not in problem
    return None if other else problem or None


@breaks("F8")
class ANewerVersionRunsAgain(marking(_exact)):
    """A marker has to say this very version."""


def _mended(marker, install_id):
    problem = Marker.complete(marker, install_id)
    return None if problem and ("no object" in problem or "cannot be read" in problem) else problem


@breaks("F8")
class ADamagedMarkerRunsAgain(marking(_mended)):
    """A marker that is no object counts as none."""


def _regular(marker, install_id):
    return Marker.complete(marker, install_id) if marker._path.is_file() else None


@breaks("F8")
class WhatIsNoFileIsNoMarker(marking(_regular)):
    """A pipe or a folder in the marker's place counts as no marker."""


def _own(marker, install_id):
    problem = Marker.complete(marker, install_id) or ""
    return None if "another install" in problem else problem or None


@breaks("F8")
class AMarkerOfAnotherInstallIsNone(marking(_own)):
    """The marker of another install is not taken for one."""


@breaks("F8")
class NoMarker(Backfill):
    """Everything is sent at every start."""

    def record(self, events, install_id, last_day):
        return


# consent and debug


def asking(**answers):
    """A backfill whose consent answers otherwise."""

    class Asking(Backfill):
        def __init__(self, *args, consent, **parts):
            real = {
                "install_id": consent.install_id,
                "recorded_id": consent.recorded_id,
                "allowed": consent.allowed,
                "debug": consent.debug,
            }
            super().__init__(*args, consent=SimpleNamespace(**{**real, **answers}), **parts)

    return Asking


@breaks("F9")
class ConsentNotChecked(asking(allowed=lambda: True)):
    """The past is sent whatever consent says."""


@breaks("F9")
class DebugSends(asking(debug=False)):
    """Debug mode is for what happens now."""


@breaks("F9")
class DebugLatchesTheMarker(Backfill):
    """A dry run is a run: its marker keeps the real one from sending."""

    def _dry_run(self):
        said = super()._dry_run()
        self._data_dir.mkdir(parents=True, exist_ok=True)
        if not (self._data_dir / FILE).exists():
            self.record(0, self._consent.install_id(), self.last_day(self._clock.now_ms()))
        return said


@breaks("F9")
class OptedOutIsOver(Backfill):
    """Without consent there is nothing to send, and the marker says so."""

    def attempt(self):
        if not self._consent.allowed() and not (self._data_dir / FILE).exists():
            self._data_dir.mkdir(parents=True, exist_ok=True)
            (self._data_dir / FILE).write_text(json.dumps({"version": 2, "eventCount": 0}))
        return super().attempt()
