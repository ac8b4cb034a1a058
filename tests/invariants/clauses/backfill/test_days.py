import datetime as dt
import json
import uuid

import msgspec
import pytest

from payloadproof.clauses.backfill.past import past
from payloadproof.clauses.clause import clauses
from payloadproof.evidence.history import Snapshot
from payloadproof.protocol import messages as ops
from payloadproof.recorder.script import Answer
from payloadproof.scenario import steps as do
from payloadproof.scenario.databases import Database, Row, Table

INSTALL = "9b2f6a3e-1c4d-4e5f-8a7b-0c1d2e3f4a5b"
NOW = dt.datetime(2026, 10, 10, 13, tzinfo=dt.UTC)
NOW_MS = int(NOW.timestamp() * 1_000)
LAST = "2026-10-08"  # 60 h before NOW it was the morning of this day
UNREADABLE = ["missing", "locked", "encrypted", "corrupt", "torn", "directory"]
ONCE = (do.Backfill(),)
TWICE = (*ONCE, *ONCE)
FIRST, SECOND = "2026-10-01", "2026-10-03"


def at(day, clock="00:00:00"):
    return int(dt.datetime.fromisoformat(f"{day}T{clock}+00:00").timestamp() * 1_000)


def table(contract, name, *rows):
    columns = contract.backfill.tables[name].columns
    return Table(columns=columns, rows=tuple(Row(values=row) for row in rows))


@pytest.fixture
def database(contract):
    """Two days: two sessions and three observations on the first, one summary on the second."""
    sessions = [
        {"project": "a", "platform_source": "claude", "status": "completed"},
        {"project": "b", "platform_source": "abacus", "status": "active"},
    ]
    observations = [
        {"project": "a", "type": "bugfix", "text": "12345", "agent_type": "x"},
        {"project": "c", "type": "riddle", "text": "1234"},
        {"project": "c", "type": None, "text": None},
    ]
    began = {"started_at_epoch": at(FIRST) // 1_000}
    made = {"created_at_epoch": at(FIRST, "23:59:59")}
    second = {"created_at_epoch": at(SECOND), "discovery_tokens": 70}
    return Database(
        tables={
            "sdk_sessions": table(contract, "sdk_sessions", *(one | began for one in sessions)),
            "observations": table(contract, "observations", *(one | made for one in observations)),
            "session_summaries": table(contract, "session_summaries", second),
            "user_prompts": table(contract, "user_prompts"),
        }
    )


FIGURES = {
    FIRST: {
        "session_count": 2,
        "session_completed_count": 1,
        "sessions_claude_count": 1,
        "sessions_other_platform_count": 1,
        "observation_count": 3,
        "obs_type_bugfix": 1,
        "obs_type_other": 2,
        "subagent_obs_count": 1,
        "read_tokens": 3,
        "tokens_saved_vs_naive": 0,
        "project_count": 3,
        "backfilled": True,
    },
    SECOND: {"summary_count": 1, "discovery_tokens": 70, "backfilled": True},
}


@pytest.fixture
def event_of(contract):
    """The right event of a day, or of the install; what is wrong with it is said beside it."""

    def make(day, name="historical_activity", properties=None, clock="12:00:00", install=INSTALL):
        stands = day if name == "historical_activity" else "install"
        space = uuid.UUID(contract.backfill.namespace)
        given = FIGURES.get(day, {"prompt_count": 1, "backfilled": True})
        return {
            "event": name,
            "distinct_id": install,
            "uuid": str(uuid.uuid5(space, f"{install}|{name}|{stands}")),
            "timestamp": f"{day}T{clock}.000Z",
            "properties": given if properties is None else properties,
        }

    return make


@pytest.fixture
def sound(event_of):
    """All that is to be sent of the database."""
    install = {"first_active_date": FIRST, "backfilled": True}
    return [
        event_of(FIRST),
        event_of(SECOND),
        event_of(FIRST, "install_inferred", properties=install),
    ]


@pytest.fixture
def request_of(post, during):
    """A request of one backfill and what it was answered."""

    def make(events, step=0, *, answered=200, said='{"status":"Ok"}', stored=True, **envelope):
        whole = {"historical_migration": True} | envelope
        made = post(*events, at=during(step), **whole)
        return msgspec.structs.replace(made, answered=answered, said=said, stored=stored)

    return make


@pytest.fixture
def marked():
    """What the marker says after all of it was sent."""

    def make(**other):
        said = {"throughDay": LAST, "eventCount": 3, "installId": INSTALL, "version": 2} | other
        return json.dumps(said)

    return make


@pytest.fixture
def sent(request_of, sound):
    """A request of all of it; what is said of the answer as in ``request_of``."""
    return lambda **said: request_of(sound, **said)


@pytest.fixture
def ran(history, database, marked):
    """A history of backfills over the database; ``markers``: the text after each step."""

    def make(*requests, steps=ONCE, markers=None, of=database, **state):
        done = history(*steps, requests=requests)
        scenario = msgspec.structs.replace(done.scenario, now_ms=NOW_MS, history=of, **state)
        texts = {0: marked()} if markers is None else markers
        shots = tuple(Snapshot(step=step, files={}, marker=text) for step, text in texts.items())
        return msgspec.structs.replace(done, scenario=scenario, snapshots=shots)

    return make


@pytest.mark.parametrize("clause", ["F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9"])
def test_a_right_backfill_has_no_findings(found, ran, request_of, sound, clause):
    assert found(clause, ran(request_of(sound))) == ()


@pytest.mark.parametrize("clause", ["F1", "F2", "F4", "F5", "F6"])
def test_a_backfill_that_sends_exercises_what_it_could_break(fired, ran, request_of, sound, clause):
    assert fired(clause, ran(request_of(sound)))
    assert not fired(clause, ran())


def test_the_database_gives_the_figures_of_this_file(contract, database):
    days = past(contract.backfill, database, NOW_MS).days
    assert days.keys() == FIGURES.keys()
    for day, figures in FIGURES.items():
        for key, amount in days[day].items():
            assert figures.get(key, 0) in amount.right or amount.may_lack


def changed(events, index, **other):
    return [{**one, **other} if n == index else one for n, one in enumerate(events)]


def test_a_day_that_is_missing_breaks_f1(found, ran, request_of, sound):
    (finding,) = found("F1", ran(request_of(sound[1:])))
    assert not finding.definite
    assert FIRST in finding.observed


def test_nothing_is_missed_where_the_network_was_bad(found, ran):
    steps = (do.Network(behaviour=Answer(status=402)), do.Backfill())
    assert found("F1", ran(steps=steps, markers={})) == ()


def test_midnight_is_not_noon(found, ran, request_of, sound):
    wrong = changed(sound, 0, timestamp=f"{FIRST}T00:00:00.000Z")
    assert [f.definite for f in found("F1", ran(request_of(wrong)))] == [True]


def test_noon_may_be_written_in_another_zone(found, ran, request_of, sound):
    same = changed(sound, 0, timestamp=f"{FIRST}T14:00:00+02:00")
    assert found("F1", ran(request_of(same))) == ()


def test_an_idle_day_breaks_f1(found, ran, request_of, sound, event_of):
    assert found("F1", ran(request_of([*sound, event_of("2026-10-02")])))


def test_another_first_day_breaks_f1(found, ran, request_of, sound):
    wrong = changed(sound, 2, properties={"first_active_date": SECOND, "backfilled": True})
    assert found("F1", ran(request_of(wrong)))


def test_two_uuids_of_a_day_break_f1(found, ran, request_of, sound):
    again = {**sound[0], "uuid": str(uuid.uuid4())}
    assert found("F1", ran(request_of([*sound, again])))


@pytest.mark.parametrize("index", [0, 2])
def test_another_uuid_breaks_f2(found, ran, request_of, sound, index):
    assert found("F2", ran(request_of(changed(sound, index, uuid=str(uuid.uuid4())))))


@pytest.mark.parametrize("day", ["2026-10-09", "2026-09-30", "2023-12-31"])
def test_a_day_out_of_bounds_breaks_f3(found, ran, request_of, event_of, day):
    (finding,) = found("F3", ran(request_of([event_of(FIRST), event_of(day)])))
    assert finding.definite


def test_days_in_seconds_that_are_overlooked_break_f3(found, ran, request_of, contract):
    rows = ({"started_at_epoch": at(day) // 1_000} for day in (FIRST, SECOND))
    tables = {"sdk_sessions": table(contract, "sdk_sessions", *rows)}
    assert found("F3", ran(of=Database(tables=tables), markers={}))


def test_rows_out_of_bounds_exercise_f3(fired, ran, sent, database, contract):
    assert not fired("F3", ran(sent()))
    late = table(contract, "user_prompts", {"created_at_epoch": NOW_MS})
    more = Database(tables=database.tables | {"user_prompts": late})
    assert fired("F3", ran(sent(), of=more))


@pytest.mark.parametrize(
    "wrong",
    [
        ("session_count", 3),
        ("project_count", 4),
        ("obs_type_other", 1),
        ("read_tokens", 2),
        ("tokens_saved_vs_naive", -3),
        ("observation_count", None),
        ("summary_count", True),
        ("backfilled", False),
    ],
)
def test_a_wrong_figure_breaks_f4(found, ran, request_of, sound, wrong):
    figures = {key: v for key, v in [*FIGURES[FIRST].items(), wrong] if v is not None}
    figures = {key: v for key, v in figures.items() if wrong != (key, None)}
    assert found("F4", ran(request_of(changed(sound, 0, properties=figures))))


def test_a_zero_may_be_left_out_or_said(found, ran, request_of, sound):
    said = changed(sound, 0, properties=FIGURES[FIRST] | {"prompt_count": 0, "summary_count": 0})
    assert found("F4", ran(request_of(said))) == ()


def test_what_an_install_has_no_column_for_is_left_out(found, ran, request_of, sound, database):
    sessions = database.tables["sdk_sessions"]
    columns = tuple(column for column in sessions.columns if column != "status")
    lacking = msgspec.structs.replace(sessions, columns=columns)
    older = Database(tables=database.tables | {"sdk_sessions": lacking})
    assert found("F4", ran(request_of(sound), of=older))
    figures = {k: v for k, v in FIGURES[FIRST].items() if k != "session_completed_count"}
    right = changed(sound, 0, properties=figures)
    assert found("F4", ran(request_of(right), of=older)) == ()


def test_figures_of_a_database_that_cannot_be_read_break_f4(
    found, ran, request_of, sound, database
):
    torn = msgspec.structs.replace(database, state="torn")
    assert len(found("F4", ran(request_of(sound), of=torn))) == len(sound)


@pytest.mark.parametrize("key", ["version", "os", "$os", "$python_version", "total_cost_usd"])
def test_anything_of_today_on_a_day_breaks_f5(found, ran, request_of, sound, key):
    today = changed(sound, 0, properties=FIGURES[FIRST] | {key: "1"})
    assert found("F5", ran(request_of(today)))


def test_the_install_may_say_what_it_is_today(found, ran, request_of, sound):
    today = changed(sound, 2, properties=sound[2]["properties"] | {"version": "1.2.3"})
    assert found("F5", ran(request_of(today))) == ()


@pytest.mark.parametrize("flag", [False, None])
def test_a_batch_without_the_flag_breaks_f6(found, ran, request_of, sound, flag):
    assert found("F6", ran(request_of(sound, historical_migration=flag)))


def test_the_same_events_sent_again_are_one(found, fired, ran, request_of, sound):
    twice = ran(request_of(sound), request_of(sound, step=1), steps=TWICE, markers={})
    assert found("F7", twice) == ()
    assert fired("F7", twice)
    assert not fired("F7", ran(request_of(sound)))


@pytest.mark.parametrize(
    "other",
    [
        {"uuid": "0b6c0c8e-5d4e-4f5e-9a3b-111111111111"},
        {"distinct_id": "another"},
        {"timestamp": f"{FIRST}T12:00:01Z"},
        {"properties": FIGURES[FIRST] | {"session_count": 9}},
    ],
)
def test_another_copy_of_a_day_breaks_f7(found, ran, request_of, sound, other):
    again = request_of(changed(sound, 0, **other), step=1)
    assert found("F7", ran(request_of(sound), again, steps=TWICE, markers={}))


def test_what_never_comes_breaks_f7(found, ran, request_of, sound):
    history = ran(request_of(sound[1:]), steps=TWICE, markers={})
    assert [finding.definite for finding in found("F7", history)] == [False]


@pytest.mark.parametrize(
    "answer",
    [
        {"answered": 402},
        {"answered": 500},
        {"answered": None},
        {"stored": False},
        {"said": '{"status":"Ok","quota_limited":["events"]}'},
        {"said": "<html>"},
        {"said": "{}"},
    ],
)
def test_a_marker_without_a_good_answer_breaks_f8(found, fired, ran, sent, answer):
    history = ran(sent(**answer))
    assert found("F8", history)
    assert fired("F8", history)


def test_a_marker_before_the_last_batch_breaks_f8(found, ran, request_of, sound):
    history = ran(request_of(sound[:1]), request_of(sound[1:], answered=402))
    assert found("F8", history)


@pytest.fixture
def ran_as(ran, call):
    """A history of backfills that ended as ``kinds`` says, step by step."""

    def make(*requests, kinds, **also):
        done = tuple(call(step, ops.RunBackfill(), kind=kind) for step, kind in kinds)
        return msgspec.structs.replace(ran(*requests, **also), calls=done)

    return make


KILLED_THEN_LEFT_ALONE = {"kinds": [(0, "killed"), (1, "ok")], "steps": TWICE}


def test_a_killed_backfill_owes_nothing_and_the_next_one_all(found, ran_as, sent, marked):
    cut = sent(answered=None)
    mended = ran_as(cut, sent(step=1), markers={0: None, 1: marked()}, **KILLED_THEN_LEFT_ALONE)
    assert [found(clause, mended) for clause in ("F1", "F7", "F8")] == [(), (), ()]
    forgotten = ran_as(markers={0: None, 1: marked()}, **KILLED_THEN_LEFT_ALONE)
    assert all(found(clause, forgotten) for clause in ("F1", "F7", "F8"))


def test_a_marker_that_a_killed_backfill_leaves_breaks_f8(found, ran_as, sent, marked):
    history = ran_as(sent(answered=None), markers={0: marked()}, kinds=[(0, "killed")])
    assert [finding.definite for finding in found("F8", history)] == [True]


def test_other_ids_after_a_kill_break_f7(found, ran_as, sent, request_of, sound):
    other = request_of([{**one, "uuid": str(uuid.uuid4())} for one in sound], step=1)
    history = ran_as(sent(answered=None), other, markers={}, **KILLED_THEN_LEFT_ALONE)
    assert any(finding.definite for finding in found("F7", history))


def test_two_processes_at_once_are_one_backfill(found, ran_as, sent, request_of, sound):
    both = {"kinds": [(0, "ok"), (0, "ok")], "steps": (do.Backfill(rival=True),)}
    for requests in ([sent()], [sent(), sent()]):
        done = ran_as(*requests, **both)
        assert [found(clause, done) for clause in ("F1", "F7", "F8")] == [(), (), ()]
    other = request_of([{**one, "uuid": str(uuid.uuid4())} for one in sound])
    assert found("F7", ran_as(sent(), other, **both))


def test_of_two_at_once_one_that_fails_frees_neither(found, ran_as):
    both = {"kinds": [(0, "ok"), (0, "timeout")], "steps": (do.Backfill(rival=True),)}
    assert found("F1", ran_as(markers={0: None}, **both)) == ()
    both["kinds"] = [(0, "ok"), (0, "ok")]
    assert found("F1", ran_as(markers={0: None}, **both))


def test_a_marker_after_a_second_attempt_is_right(found, ran, request_of, sound):
    first, second = request_of(sound, answered=503), request_of(sound, said='{"status":1}')
    assert found("F8", ran(first, second)) == ()


@pytest.mark.parametrize(
    "state", ["missing", "locked", "encrypted", "corrupt", "torn", "directory"]
)
def test_a_marker_of_an_unreadable_database_breaks_f8(found, ran, database, state):
    assert found("F8", ran(of=msgspec.structs.replace(database, state=state)))


def test_no_marker_after_all_was_delivered_breaks_f8(found, ran, request_of, sound):
    (finding,) = found("F8", ran(request_of(sound), markers={0: None}))
    assert not finding.definite


@pytest.mark.parametrize("other", [{"version": 1}, {"throughDay": "2026-10-09"}, {"eventCount": 2}])
def test_a_marker_that_says_something_else_breaks_f8(found, ran, sent, marked, other):
    assert found("F8", ran(sent(), markers={0: marked(**other)}))


def test_a_database_without_rows_is_marked_with_a_count_of_0(found, ran, marked):
    bare = Database()
    assert found("F8", ran(of=bare, markers={0: marked(eventCount=0)})) == ()
    assert found("F8", ran(of=bare, markers={0: None}))


COMPLETE = ['{"version":2}', '{"version":3}', '{"version":"1"}', "[]", "7", "{"]


@pytest.mark.parametrize("text", COMPLETE)
def test_sending_over_a_marker_breaks_f8(found, fired, ran, sent, text):
    quiet = ran(marker_text=text, markers={0: text})
    assert found("F8", quiet) == ()
    assert fired("F8", quiet)
    assert found("F8", ran(sent(), marker_text=text, markers={0: text}))


@pytest.mark.parametrize("text", ['{"version":1}', "{}"])
def test_an_older_marker_is_sent_over(found, ran, sent, marked, text):
    assert found("F8", ran(sent(), marker_text=text, markers={0: marked()})) == ()
    assert found("F8", ran(marker_text=text, markers={0: text}))
    assert found("F1", ran(marker_text=text, markers={0: text}))


@pytest.mark.parametrize("variable", ["DO_NOT_TRACK", "CLAUDE_MEM_TELEMETRY_DEBUG"])
def test_events_and_a_marker_unasked_for_break_f9(found, ran, sent, marked, variable):
    off = {"env": {variable: "1"}}
    assert found("F9", ran(markers={0: None}, **off)) == ()
    assert found("F9", ran(sent(), markers={0: None}, **off))
    assert found("F9", ran(markers={0: marked()}, **off))


def test_a_backfill_that_would_have_had_something_to_send_exercises_f9(fired, ran):
    off = {"env": {"DO_NOT_TRACK": "1"}}
    assert fired("F9", ran(markers={0: None}, **off))
    assert not fired("F9", ran(markers={0: None}, of=Database(), **off))


def test_a_change_that_may_go_unnoticed_is_not_judged(found, ran, request_of, sound):
    off = do.SetEnv(env={"DO_NOT_TRACK": "1"})
    soon = ran(request_of(sound, step=1), steps=(off, do.Backfill()), markers={})
    assert found("F9", soon) == ()
    settled = (off, do.Advance(ms=31_000), do.Backfill())
    assert found("F9", ran(request_of(sound, step=2), steps=settled, markers={}))


def test_a_contract_without_a_past_has_nothing_to_judge(contract):
    none = msgspec.structs.replace(contract, backfill=None)
    assert clauses()["F1"].not_applicable(none) == "the contract has no backfill"
    assert clauses()["F1"].not_applicable(contract) is None
