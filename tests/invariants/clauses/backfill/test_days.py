import uuid

import msgspec
import pytest
from two_days import FIGURES, FIRST, NOW_MS, SECOND, at, changed, table

from payloadproof.clauses.backfill.past import past
from payloadproof.clauses.clause import clauses
from payloadproof.recorder.script import Answer
from payloadproof.scenario import steps as do
from payloadproof.scenario.databases import Database

UNREADABLE = ["missing", "locked", "encrypted", "corrupt", "torn", "directory"]


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


def test_a_contract_without_a_past_has_nothing_to_judge(contract):
    none = msgspec.structs.replace(contract, backfill=None)
    assert clauses()["F1"].not_applicable(none) == "the contract has no backfill"
    assert clauses()["F1"].not_applicable(contract) is None
