import random
from datetime import UTC, datetime

import pytest

from payloadproof_reference.past.daily import Activity
from payloadproof_reference.past.history import DAY_MS, FLOOR_MS, History, UnreadableError

DAY = 20_000  # 2024-10-04
NOON = DAY * DAY_MS + DAY_MS // 2
LAST = DAY + 100


def past(database, last_day=LAST):
    with History(database.path) as history:
        return Activity().past(history, last_day)


def test_a_day_is_counted_by_what_happened_on_it(database):
    made = database()
    made.begin(
        {"started_at_epoch": NOON, "status": "completed", "platform_source": "claude"},
        {"started_at_epoch": NOON, "status": "failed", "platform_source": "codex"},
        {"started_at_epoch": NOON, "status": "active", "platform_source": "gemini"},
        {"started_at_epoch": NOON, "platform_source": "acme", "project": "p"},
    )
    made.observe(
        {"created_at_epoch": NOON, "type": "bugfix", "text": "12345", "project": "p"},
        {"created_at_epoch": NOON, "type": "discovery", "agent_type": "a", "project": "q"},
        {"created_at_epoch": NOON, "type": "decision"},
        {"created_at_epoch": NOON, "type": "refactor"},
        {"created_at_epoch": NOON, "type": "secret"},
        {"created_at_epoch": NOON},
    )
    made.add("session_summaries", {"created_at_epoch": NOON, "discovery_tokens": 9})
    made.add("user_prompts", {"created_at_epoch": NOON, "prompt_text": "?"})
    assert past(made).days == {
        DAY: {
            "observation_count": 6,
            "obs_type_bugfix": 1,
            "obs_type_discovery": 1,
            "obs_type_decision": 1,
            "obs_type_refactor": 1,
            "obs_type_other": 2,
            "subagent_obs_count": 1,
            "read_tokens": 2,
            "session_count": 4,
            "session_completed_count": 1,
            "session_failed_count": 1,
            "sessions_claude_count": 1,
            "sessions_codex_count": 1,
            "sessions_gemini_count": 1,
            "sessions_other_platform_count": 1,
            "summary_count": 1,
            "discovery_tokens": 9,
            "prompt_count": 1,
            "project_count": 2,
            "tokens_saved_vs_naive": 7,
        }
    }


def test_seconds_and_milliseconds_mix(database):
    made = database()
    made.begin({"started_at_epoch": NOON // 1000}, {"started_at_epoch": NOON})
    assert past(made).days[DAY]["session_count"] == 2


def test_the_smallest_number_that_is_milliseconds(database):
    made = database()
    made.begin({"started_at_epoch": NOON}, {"started_at_epoch": 10**12 - 1})
    assert past(made).days[DAY]["session_count"] == 1  # the other one is in the year 33658


def test_a_row_below_the_floor_does_not_count(database):
    made = database()
    made.begin({"started_at_epoch": FLOOR_MS - 1}, {"started_at_epoch": FLOOR_MS})
    assert past(made).first_day == FLOOR_MS // DAY_MS
    assert past(made).days[FLOOR_MS // DAY_MS]["session_count"] == 1


def test_midnight_belongs_to_the_day_that_begins(database):
    made = database()
    made.begin({"started_at_epoch": DAY * DAY_MS}, {"started_at_epoch": (DAY + 1) * DAY_MS - 1})
    assert [*past(made).days] == [DAY]


def test_a_day_after_the_last_one_does_not_count(database):
    made = database()
    made.begin({"started_at_epoch": NOON}, {"started_at_epoch": NOON + DAY_MS})
    assert [*past(made, DAY).days] == [DAY]


def test_an_install_after_the_last_day_has_no_past(database):
    made = database()
    made.begin({"started_at_epoch": NOON})
    assert past(made, DAY - 1) is None


def test_the_first_session_decides_on_the_first_day(database):
    made = database()
    made.observe({"created_at_epoch": NOON - DAY_MS}, {"created_at_epoch": NOON})
    assert past(made).first_day == DAY - 1
    made.begin({"started_at_epoch": NOON})
    assert past(made).first_day == DAY
    assert [*past(made).days] == [DAY]


def test_savings_are_never_below_zero(database):
    made = database()
    made.observe({"created_at_epoch": NOON, "text": "x" * 100})
    assert past(made).days[DAY]["tokens_saved_vs_naive"] == 0


def test_a_day_without_observations_has_no_savings(database):
    made = database()
    made.begin({"started_at_epoch": NOON})
    made.add("session_summaries", {"created_at_epoch": NOON, "discovery_tokens": 9})
    assert "tokens_saved_vs_naive" not in past(made).days[DAY]
    assert "read_tokens" not in past(made).days[DAY]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("\N{PILE OF POO}" * 5, 2), ("a\0bcd", 2)],
)
def test_a_token_is_four_characters_begun(database, text, tokens):
    made = database()
    made.observe({"created_at_epoch": NOON, "text": text})
    assert past(made).days[DAY]["read_tokens"] == tokens


def test_tokens_are_rounded_for_each_observation(database):
    made = database()
    made.observe(*[{"created_at_epoch": NOON, "text": "a"}] * 3)
    assert past(made).days[DAY]["read_tokens"] == 3


def test_a_project_of_both_tables_is_one(database):
    made = database()
    made.begin({"started_at_epoch": NOON, "project": "p"}, {"started_at_epoch": NOON})
    made.observe({"created_at_epoch": NOON, "project": "p"})
    assert past(made).days[DAY]["project_count"] == 1


@pytest.mark.parametrize(
    ("lacking", "keys"),
    [
        ("observations.type", {"obs_type_bugfix", "obs_type_other"}),
        ("observations.agent_type", {"subagent_obs_count"}),
        ("observations.text", {"read_tokens", "tokens_saved_vs_naive"}),
        ("observations.project", {"project_count"}),
        ("observations", {"observation_count", "project_count", "read_tokens"}),
        ("sdk_sessions.status", {"session_completed_count", "session_failed_count"}),
        ("sdk_sessions.platform_source", {"sessions_claude_count"}),
        ("sdk_sessions", {"session_count", "project_count"}),
        ("session_summaries.discovery_tokens", {"discovery_tokens"}),
        ("session_summaries", {"summary_count", "discovery_tokens"}),
        ("user_prompts", {"prompt_count"}),
        ("user_prompts.created_at_epoch", {"prompt_count"}),
    ],
)
def test_what_an_older_install_lacks_leaves_its_keys_out(database, lacking, keys):
    made = database(without=(lacking,))
    for table, epoch in (
        ("sdk_sessions", "started_at_epoch"),
        ("observations", "created_at_epoch"),
        ("session_summaries", "created_at_epoch"),
        ("user_prompts", "created_at_epoch"),
    ):
        if lacking not in {table, f"{table}.{epoch}"}:
            made.add(table, {epoch: NOON})
    counted = past(made).days[DAY]
    assert not keys & {*counted}
    assert counted


def test_text_and_negative_numbers_are_no_tokens(database):
    made = database(types="")
    made.begin({"started_at_epoch": NOON})
    for tokens in ("many", -5, None, 2.5, 2**62, 3, 4.0):
        made.add("session_summaries", {"created_at_epoch": NOON, "discovery_tokens": tokens})
    assert past(made).days[DAY]["discovery_tokens"] == 7


def test_sums_beyond_what_sqlite_can_add_up_raise_nothing(database):
    made = database()
    made.begin({"started_at_epoch": NOON})
    rows = [{"created_at_epoch": NOON, "discovery_tokens": 2**53}] * 1100
    made.add("session_summaries", *rows)
    assert past(made).days[DAY]["discovery_tokens"] > 2**53  # and no count: the door drops it


@pytest.mark.parametrize("epoch", ["yesterday", None, b"\x00\x01", "", -(2**63), 2**63 - 1, 1e300])
def test_a_row_without_a_time_is_passed_over(database, epoch):
    made = database(types="")
    made.begin({"started_at_epoch": NOON}, {"started_at_epoch": epoch})
    assert past(made).days == {DAY: past(made).days[DAY]}
    assert past(made).days[DAY]["session_count"] == 1


def test_rows_without_a_time_are_counted_by_table(database):
    made = database()
    made.begin({"started_at_epoch": "yesterday"}, {"started_at_epoch": None})
    with History(made.path) as history:
        assert [*Activity().undated(history)] == [("sdk_sessions", 2)]


def test_rows_without_a_time_are_counted_as_the_table_is_read(database):
    made = database()
    made.begin({"started_at_epoch": NOON}, {"started_at_epoch": "yesterday"})
    made.begin({"started_at_epoch": None, "status": "completed"})
    made.observe({"created_at_epoch": NOON})
    counted = past(made)
    assert counted.undated == {"sdk_sessions": 2}
    assert counted.days[DAY]["session_count"] == 1
    assert counted.days[DAY]["session_completed_count"] == 0


def test_a_table_is_read_once_and_once_more_for_its_projects(database):
    class Read(History):
        def numbers(self, query, *args):
            asked.append(query)
            return super().numbers(query, *args)

    asked = []
    made = database()
    made.begin({"started_at_epoch": NOON})
    made.observe({"created_at_epoch": NOON})
    with Read(made.path) as history:
        Activity().past(history, LAST)
    # Of the sessions, the first one has been looked for.
    scans = {"observations": 2, "sdk_sessions": 3, "session_summaries": 1, "user_prompts": 1}
    assert {table: sum(query.count(f"FROM {table}") for query in asked) for table in scans} == scans


def test_rows_of_every_kind_are_each_counted_for_what_they_are(database):
    draw = random.Random(4)
    types = ("bugfix", "discovery", "decision", "refactor", "BUGFIX", "", None)
    texts = ("", "ab", "a\x00bc", "\x00", "ümläut", "日本語", "a日\x00本", None)
    rows = [
        {
            "created_at_epoch": (DAY + draw.randrange(3)) * DAY_MS + draw.randrange(DAY_MS),
            "type": draw.choice(types),
            "agent_type": draw.choice((None, "", "a")),
            "text": draw.choice(texts),
        }
        for _ in range(400)
    ]
    made = database()
    made.observe(*rows)
    found = past(made)
    for day in range(DAY, DAY + 3):
        its = [row for row in rows if row["created_at_epoch"] // DAY_MS == day]
        kinds = [row["type"] for row in its]
        counted = {
            "observation_count": len(its),
            **{f"obs_type_{one}": kinds.count(one) for one in types[:4]},
            "obs_type_other": sum(kind not in types[:4] for kind in kinds),
            "subagent_obs_count": sum(row["agent_type"] is not None for row in its),
            "read_tokens": sum(-(-len(row["text"] or "") // 4) for row in its),
        }
        assert counted.items() <= found.days[day].items()


def test_an_empty_database_has_no_past(database):
    assert past(database()) is None


def test_the_sum_of_many_days_is_that_of_the_rows(database):
    made = database()
    hours = range(24 * 40)
    made.observe(*({"created_at_epoch": DAY * DAY_MS + h * 3_600_000} for h in hours))
    days = past(made).days
    assert [*days] == [DAY + n for n in range(40)]
    assert {counters["observation_count"] for counters in days.values()} == {24}
    assert datetime.fromtimestamp(DAY * 86_400, UTC).hour == 0


def test_nothing_but_numbers_comes_out_of_a_query(database):
    made = database()
    made.begin({"started_at_epoch": NOON, "project": "secret"})
    with History(made.path) as history, pytest.raises(UnreadableError, match="no whole number"):
        history.numbers("SELECT project FROM sdk_sessions")
