import errno
import hashlib
import io
import json
import os
import uuid
from datetime import UTC, datetime

import pytest

from payloadproof_reference import machine
from payloadproof_reference.consent import DEBUG, DO_NOT_TRACK, Consent
from payloadproof_reference.past.backfill import LAG_MS
from payloadproof_reference.past.daily import Activity
from payloadproof_reference.past.delivery import BATCH
from payloadproof_reference.past.history import DAY_MS
from payloadproof_reference.past.marker import BACKFILL_VERSION, FILE, Marker
from payloadproof_reference.whitelist import BASE, EVENTS, WHITELIST

NOW_MS = 1_760_000_000_000
LAST = (NOW_MS - LAG_MS) // DAY_MS
NAMESPACE = uuid.UUID("8a9c2f4e-31b7-5d68-9c4a-f02e6d5b8a17")

#: The fields of each version that was ever shipped. Append; never change one.
FIELDS = {2: "62dd72a9991081ee00b8cb19ba8de14c71f3a679d6ef6a0e0b65f81a560ffb06"}


def iso(day):
    return datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%d")


def unmarked(data_dir):
    return not (data_dir / FILE).exists()


def test_a_past_is_one_event_for_each_active_day_and_one_for_the_install(run, lived, healthy):
    run(lived)
    days = [iso(day) for day in (LAST - 400, LAST - 1, LAST)]
    assert [(event["event"], event["timestamp"]) for event in healthy.events] == [
        *(("historical_activity", f"{day}T12:00:00.000+00:00") for day in days),
        ("install_inferred", f"{days[0]}T12:00:00.000+00:00"),
    ]


def test_ids_are_made_of_install_event_and_day(run, lived, healthy, env, data_dir):
    run(lived)
    install = Consent(env, data_dir).install_id()
    for event in healthy.events:
        day = "install" if event["event"] == "install_inferred" else event["timestamp"][:10]
        named = f"{install}|{event['event']}|{day}"
        assert event["uuid"] == str(uuid.uuid5(NAMESPACE, named))
        assert event["distinct_id"] == install


def test_a_past_day_carries_nothing_of_today(run, lived, healthy):
    run(lived)
    for properties in healthy.named("historical_activity"):
        declared = EVENTS["historical_activity"].properties
        assert {*properties} <= {*declared, "$process_person_profile"}
        assert properties["$process_person_profile"] is False
        assert properties["backfilled"] is True
        assert not {*BASE} & {*properties}


def test_the_install_is_described_as_it_is_today(run, lived, healthy, env):
    run(lived)
    (properties,) = healthy.named("install_inferred")
    today = WHITELIST.scrub("install_inferred", machine.base(env))
    described = properties.pop("$set")
    assert properties == {**today, "backfilled": True, "first_active_date": iso(LAST - 400)}
    assert described == WHITELIST.person(properties)
    assert described["first_active_date"] == iso(LAST - 400)


def test_nothing_that_identifies_is_sent(run, lived, healthy):
    run(lived)
    sent = json.dumps(healthy.requests)
    assert "acme" not in sent
    assert "secret" not in sent


def test_the_marker_says_what_was_sent(*, run, lived, healthy, marker, env, data_dir):
    run(lived)
    assert marker() == {
        "completedAt": "2025-10-09T08:53:20.000+00:00",
        "throughDay": iso(LAST),
        "eventCount": 4,
        "installId": Consent(env, data_dir).install_id(),
        "version": BACKFILL_VERSION,
    }


def test_a_second_run_sends_nothing(run, lived, healthy):
    run(lived)
    before = len(healthy.requests)
    run(lived)
    assert len(healthy.requests) == before


def test_the_lag_is_60_hours_to_the_millisecond(run, database, healthy, clock, data_dir):
    made = database()
    midnight = (LAST + 1) * DAY_MS
    made.begin({"started_at_epoch": midnight})
    # The first moment at which the day after LAST is whole and old enough.
    clock.set(midnight + LAG_MS - 1)
    run(made)
    assert not healthy.events
    (data_dir / FILE).unlink()
    clock.set(midnight + LAG_MS)
    run(made)
    assert [event["timestamp"][:10] for event in healthy.events] == [iso(LAST + 1)] * 2


def test_many_days_go_in_batches_and_the_marker_comes_last(run, database, wire, data_dir, marker):
    made = database()
    made.begin(*({"started_at_epoch": (LAST - n) * DAY_MS} for n in range(250)))
    unmarked_at = []

    def accept(_):
        unmarked_at.append(unmarked(data_dir))
        return 200, {}, '{"status":"Ok"}'

    wire.answer_by(accept)
    run(made)
    assert [len(body["batch"]) for body in wire.requests] == [BATCH, BATCH, 51]
    assert all(body["historical_migration"] is True for body in wire.requests)
    assert unmarked_at == [True, True, True]
    assert marker()["eventCount"] == 251


def test_a_refused_batch_leaves_no_marker_and_the_next_run_sends_the_same(
    run, database, wire, data_dir, marker
):
    made = database()
    made.begin(*({"started_at_epoch": (LAST - n) * DAY_MS} for n in range(150)))
    answers = iter(['{"status":"Ok"}', "garbage", '{"status":"Ok"}', '{"status":"Ok"}'])
    wire.answer_by(lambda _: (200, {}, next(answers)))
    run(made)
    assert unmarked(data_dir)
    run(made)
    first, second, *again = (body["batch"] for body in wire.requests)
    assert again == [first, second]
    assert marker()["eventCount"] == 151


@pytest.mark.parametrize("answer", [{"status": 402}, {"status": 503}, {"json": {"status": "no"}}])
def test_what_is_not_confirmed_leaves_no_marker(*, run, lived, wire, data_dir, logged, answer):
    wire.answer(**answer)
    run(lived)
    assert unmarked(data_dir)
    assert "not confirmed" in logged()[-1]


def test_consent_off_reads_nothing_sends_nothing_and_writes_nothing(
    run, lived, healthy, env, data_dir
):
    env[DO_NOT_TRACK] = "1"
    run(lived)
    assert not healthy.requests
    assert [path.name for path in data_dir.iterdir()] == ["logs"]
    del env[DO_NOT_TRACK]
    run(lived)
    assert healthy.events


def test_an_opt_out_between_two_batches_stops_it(run, database, wire, env, data_dir):
    made = database()
    made.begin(*({"started_at_epoch": (LAST - n) * DAY_MS} for n in range(150)))

    def opt_out(_):
        env[DO_NOT_TRACK] = "1"
        return 200, {}, '{"status":"Ok"}'

    wire.answer_by(opt_out)
    run(made)
    assert len(wire.requests) == 1
    assert unmarked(data_dir)


def test_an_opt_out_after_the_last_batch_leaves_no_marker(run, lived, wire, env, data_dir):
    def opt_out(_):
        env[DO_NOT_TRACK] = "1"
        return 200, {}, '{"status":"Ok"}'

    wire.answer_by(opt_out)
    run(lived)
    assert unmarked(data_dir)


def test_debug_prints_all_of_it_and_writes_nothing(run, lived, healthy, env, data_dir):
    env[DEBUG] = "1"
    console = io.StringIO()
    run(lived, stderr=console)
    head, *events = console.getvalue().splitlines()
    days = f"days {iso(LAST - 400)} to {iso(LAST)}"
    assert head == f"[telemetry] backfill: 4 events, {days}, up to {iso(LAST)}"
    printed = [json.loads(line.removeprefix("[telemetry] ")) for line in events]
    assert [event["event"] for event in printed] == ["historical_activity"] * 3 + [
        "install_inferred"
    ]
    assert not healthy.requests
    assert [path.name for path in data_dir.iterdir()] == ["logs"]
    del env[DEBUG]
    run(lived)
    assert [event["properties"] for event in healthy.events] == [
        event["properties"] for event in printed
    ]


def test_debug_says_that_it_is_complete(run, lived, healthy, env):
    run(lived)
    env[DEBUG] = "1"
    console = io.StringIO()
    run(lived, stderr=console)
    assert "nothing to send: version 2 is complete" in console.getvalue()


def test_an_install_without_a_past_is_marked_with_no_events(run, database, healthy, marker):
    made = database()
    made.begin({"started_at_epoch": NOW_MS})
    run(made)
    assert not healthy.requests
    assert marker()["eventCount"] == 0


@pytest.mark.parametrize("damage", ["encrypted", "directory", "nowhere", "locked"])
def test_an_unreadable_database_leaves_no_marker_and_a_reason(
    *, run, lived, healthy, data_dir, logged, damage, monkeypatch, silent_console
):
    monkeypatch.setattr("payloadproof_reference.past.history.BUSY_S", 0.01)
    if damage == "encrypted":
        lived.path.write_bytes(b"\x07" * 5000)
    path = {"directory": lived.path.parent, "nowhere": lived.path.with_name("x")}.get(damage)
    with lived.open() as holder:
        if damage == "locked":
            holder.execute("PRAGMA journal_mode=DELETE")
            holder.execute("BEGIN EXCLUSIVE")
        run(path or lived.path)
    assert not healthy.requests
    assert unmarked(data_dir)
    assert "the database cannot be read" in logged()[-1]


def test_rows_without_a_time_are_in_the_log(run, lived, healthy, logged):
    lived.begin({"started_at_epoch": "acme"})
    run(lived)
    assert any("1 rows of sdk_sessions left out" in line for line in logged())
    assert not any("acme" in line for line in logged())


def test_a_directory_that_cannot_be_written_sends_nothing(run, lived, healthy, data_dir):
    data_dir.write_text("in its place")
    run(lived)
    assert not healthy.requests


def test_an_id_that_cannot_be_recorded_sends_nothing(run, lived, healthy, data_dir, monkeypatch):
    monkeypatch.setattr(Consent, "_record", lambda *_: None)
    run(lived)
    assert not healthy.requests
    assert unmarked(data_dir)


def test_an_older_marker_runs_again_with_the_same_ids(run, lived, healthy, data_dir, marker):
    run(lived)
    first = [event["uuid"] for event in healthy.events]
    (data_dir / FILE).write_text(json.dumps({**marker(), "version": BACKFILL_VERSION - 1}))
    run(lived)
    assert [event["uuid"] for event in healthy.events] == first * 2
    assert marker()["version"] == BACKFILL_VERSION


@pytest.mark.parametrize("content", ["", "[]", '{"version": "1"}', '{"version": 99}'])
def test_a_marker_of_another_kind_counts_as_complete(run, lived, healthy, data_dir, content):
    data_dir.mkdir()
    (data_dir / FILE).write_text(content)
    run(lived)
    assert not healthy.requests
    assert (data_dir / FILE).read_text() == content


@pytest.mark.parametrize("path", [None, 7, "", "\0", b"x"])
def test_nothing_is_thrown_whatever_the_path(pipeline, healthy, silent_console, path):
    pipeline.backfill(path)
    assert not healthy.requests


def test_all_fields_are_shipped_and_none_else(run, database, healthy):
    made = database()
    epoch = LAST * DAY_MS
    made.begin({"started_at_epoch": epoch})
    made.observe({"created_at_epoch": epoch})
    made.add("session_summaries", {"created_at_epoch": epoch})
    made.add("user_prompts", {"created_at_epoch": epoch})
    run(made)
    (properties,) = healthy.named("historical_activity")
    assert {*properties} - {"$process_person_profile"} == {
        *EVENTS["historical_activity"].properties
    }


def test_changed_fields_need_a_new_version():
    counted = [key.name for table in Activity.tables for key in table.keys]
    declared = [EVENTS[name].properties for name in ("historical_activity", "install_inferred")]
    fields = json.dumps([sorted(counted), *map(sorted, declared)])
    digest = hashlib.sha256(fields.encode()).hexdigest()
    assert digest == FIELDS[BACKFILL_VERSION], (
        "what backfill sends has changed: raise BACKFILL_VERSION, and append the digest to FIELDS"
    )
    assert max(FIELDS) == BACKFILL_VERSION


def test_a_full_disk_sends_nothing_rather_than_all_of_it_at_each_start(
    *, run, lived, healthy, data_dir, monkeypatch, logged
):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Marker, "room", full)
    run(lived)
    assert not healthy.requests
    assert unmarked(data_dir)
    assert "nothing sent: no room for the marker" in logged()[-1]
