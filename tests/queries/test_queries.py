"""The queries of docs/telemetry.md: read by PostHog's own parser, and run on rows as it makes them.

This is not PostHog's compiler of HogQL, which is a part of its server: what ClickHouse does not
know of HogQL is rewritten by REWRITTEN, which the first test prints.
"""

import datetime as dt
import json
import re
import secrets
import uuid
from pathlib import Path

import msgspec
import pytest

from payloadproof.recorder.decode import decode
from payloadproof.recorder.ingest import ingested
from payloadproof.recorder.ledger import Request

PAGE = Path(__file__).parents[2] / "docs" / "telemetry.md"
RAW = r"nullIf(nullIf(JSONExtractRaw(properties, '\1'), ''), 'null')"
TEXT = rf"""replaceRegexpAll({RAW}, '^"|"$', '')"""
#: What ClickHouse has in its place, in the order in which it is put there.
REWRITTEN = {
    r"toFloat\(properties\.(\w+)\)": f"accurateCastOrNull({TEXT}, 'Float64')",
    r"properties\.(\w+) = true": f"{TEXT} = 'true'",
    r"properties\.(\w+)": TEXT,
}
TODAY = dt.datetime.now(dt.UTC).replace(hour=12, minute=0, second=0, microsecond=0)
CHEAP = {"$process_person_profile": False}
NEW, OLD = {"version": "14.0.0"}, {"version": "13.6.1"}


@pytest.fixture(scope="session")
def queries():
    found = re.findall(r"^```sql\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(found) == 6
    return found


def in_clickhouse(query):
    for pattern, instead in REWRITTEN.items():
        query = re.sub(pattern, instead, query)
    return query


def day(back):
    return str((TODAY - dt.timedelta(days=back)).date())


def event(name, who, back, properties, *, minutes=0, uid=None):
    when = TODAY - dt.timedelta(days=back) + dt.timedelta(minutes=minutes)
    return {
        "event": name,
        "distinct_id": who,
        "timestamp": when.isoformat(),
        "uuid": uid or str(uuid.uuid4()),
        "properties": properties,
    }


def request(*events, **envelope):
    body = {"api_key": f"phc_{secrets.token_hex(16)}", "batch": events, **envelope}
    wire = json.dumps(body).encode()
    made = {"number": 1, "began_at": 0.0, "port": 1, "connection": 1, "answered": None}
    return Request(
        **made,
        method="POST",
        path="/batch/",
        headers=(),
        wire=wire,
        wire_size=len(wire),
        **msgspec.structs.asdict(decode("POST", "/batch/", (), wire)),
    )


def rollup(who, back, count, reason="session_end", **more):
    folded = {**CHEAP, **NEW, "rollup_reason": reason, "count": count}
    return event("observer_turn_rollup", who, back, folded, minutes=30, **more)


def error(who, back, stands_for, **more):
    counted = {**CHEAP, **NEW, "occurrence_count": stands_for, "$exception_list": []}
    return event("$exception", who, back, counted, minutes=30, **more)


def past(who, back, uid=None):
    return event("historical_activity", who, back, {**CHEAP, "backfilled": True}, uid=uid)


@pytest.fixture(scope="session")
def sent():
    """What a small fleet sends: ann and ben have today's release, old Otto has not."""
    raw = [event("session_compressed", "otto", 3, {**CHEAP, **OLD}) for _ in range(5)]
    raw += [event("session_compressed", "otto", 2, {**CHEAP, **OLD}) for _ in range(2)]
    raw += [event("context_injected", "otto", 2, {**CHEAP, **OLD})]
    raw += [event("session_compressed", "otto", 15, {**CHEAP, **OLD})]  # too long ago to be asked
    starts = [
        event("worker_started", who, 4, {**NEW, "$set": {"os": "x"}}) for who in ("ann", "ben")
    ]
    rolled = [rollup("ann", 3, 10), rollup("ann", 3, 5), rollup("ann", 2, 1_000, "safety_flush")]
    rolled += [rollup("ben", 2, 7), rollup("ann", 10, 99)]
    errors = [error("ann", 3, 1), error("ann", 3, 4), error("ann", 3, 2), error("ben", 3, 7)]
    errors += [error("ann", 2, 1), error("otto", 2, 3)]
    odd = [event("mystery", "otto", 1, {**CHEAP, "version": "15.0.0"}) for _ in range(2)]
    twice = str(uuid.uuid4())
    days = [past("ann", 40, twice), past("ann", 40, twice), past("ann", 41), past("ann", 41)]
    days += [past("ben", 41)]
    live = request(*raw, *starts, *rolled, *errors, *odd)
    # The answer was lost, and the client sends all of it again.
    return [live, live, request(*days, historical_migration=True)]


def columns(kept):
    return {
        "uuid": kept.event.uuid,
        "event": kept.event.name,
        "distinct_id": kept.who,
        "timestamp": kept.at.strftime("%Y-%m-%d %H:%M:%S.%f"),
        "properties": json.dumps(kept.event.properties),
        "person_mode": kept.person_mode,
    }


@pytest.fixture(scope="session")
def rows(sent):
    return [columns(kept) for kept in ingested(sent)]


@pytest.fixture(scope="session")
def answers(queries, rows, clickhouse):
    return lambda number: clickhouse(rows, in_clickhouse(queries[number - 1]))


def test_posthogs_parser_reads_every_query_and_the_table_is_printed(queries, parsed, capsys):
    for query in queries:
        assert parsed(query)["node"] == "SelectQuery"
    with capsys.disabled():
        for pattern, instead in REWRITTEN.items():
            print(f"\n  {pattern}\n    in ClickHouse: {instead}", end="")  # noqa: T201
        print()  # noqa: T201


@pytest.mark.parametrize(
    ("old", "new"), [("FROM events", "FROM"), ("GROUP BY", "GROUP"), ("(", "")]
)
def test_a_query_that_is_none_would_be_noticed(queries, parsed, old, new):
    assert old in queries[0]
    with pytest.raises(AssertionError):
        parsed(queries[0].replace(old, new, 1))


def test_the_table_rewrites_what_the_queries_use_and_nothing_else(queries):
    for pattern in REWRITTEN:
        assert any(re.search(pattern, query) for query in queries), pattern
    assert not any(re.search(r"properties\.|toFloat\(", in_clickhouse(one)) for one in queries)


def test_1_the_raw_occurrences_of_each_day(answers):
    assert answers(1) == [
        (day(3), "session_compressed", "13.6.1", 5),
        (day(2), "session_compressed", "13.6.1", 2),
        (day(2), "context_injected", "13.6.1", 1),
    ]


def test_2_the_rollups_of_each_active_install(answers):
    assert answers(2) == [
        ("14.0.0", "session_end", 3, 2, 1.5, 22.0),
        ("14.0.0", "safety_flush", 1, 1, 1.0, 1_000.0),
    ]


def test_3_the_errors_and_the_most_from_one_install(answers):
    assert answers(3) == [(day(3), 4, 14.0, 3), (day(2), 2, 4.0, 1)]


def test_4_what_is_billed_with_a_person(answers):
    assert sorted(answers(4)) == [
        ("$exception", "force_upgrade", 5),
        ("observer_turn_rollup", "force_upgrade", 4),
        ("worker_started", "full", 2),
    ]
    assert [number for _, _, number in answers(4)] == [5, 4, 2]


def test_5_what_no_contract_lists_and_when_it_came_last(answers):
    def noon(back):
        return f"{day(back)} 12:00:00.000000"

    assert answers(5) == [
        ("session_compressed", "13.6.1", 7, noon(2)),
        ("mystery", "15.0.0", 2, noon(1)),
        ("context_injected", "13.6.1", 1, noon(2)),
    ]


def test_6_a_day_that_was_sent_under_two_uuids(answers):
    assert answers(6) == [("ann", day(41), 2)]


def test_rows_that_were_not_deduplicated_give_other_numbers(sent, queries, clickhouse):
    everything = [columns(kept) for one in sent for kept in ingested([one])]
    ours = clickhouse(everything, in_clickhouse(queries[0]))
    assert [number for *_, number in ours] == [10, 4, 2]
