import contextlib
import sqlite3

import pytest

from payloadproof.scenario import databases
from payloadproof.scenario.databases import Database, Row, Table

TABLES = {
    "sdk_sessions": Table(
        columns=("project", "started_at_epoch"),
        rows=(
            Row(values={"project": "{canary:1}", "started_at_epoch": 1_700_000_000}, times=300),
            Row(values={"started_at_epoch": "yesterday"}),
        ),
    ),
    "user_prompts": Table(columns=("created_at_epoch",)),
}
HIDDEN = {"{canary:1}": "hidden"}
UNREADABLE = ("missing", "directory", "encrypted", "locked", "corrupt")


@pytest.fixture
def built(contract, tmp_path):
    """Makes a database, and lets go of it in the end."""
    with contextlib.ExitStack() as ending:

        def make(state, plant=lambda value: value, tables=TABLES):
            path = tmp_path / f"{state}.db"
            held = databases.build(
                Database(tables=tables, state=state), contract.backfill.tables, path, plant
            )
            ending.callback(held.close)
            return path

        yield make


def read(path, query):
    uri = f"{path.as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=0)) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("state", ["sound", "wal"])
def test_rows_are_there_as_often_as_they_are_said_to_be(built, state):
    path = built(state)
    assert read(path, "SELECT count(*), count(project) FROM sdk_sessions") == [(301, 300)]
    assert read(path, "SELECT count(*) FROM user_prompts") == [(0,)]


def test_very_many_equal_rows_are_as_others_are(built):
    said = {"project": "{canary:1}", "started_at_epoch": 1_700_000_000}
    columns = ("project", "started_at_epoch")
    rows = tuple(Row(values=said, times=times) for times in (999, 1_000, 30_000))
    tables = {"sdk_sessions": Table(columns=columns, rows=rows)}
    path = built("sound", tables=tables, plant=lambda one: HIDDEN.get(one, one))
    kinds = "SELECT count(*), project, typeof(started_at_epoch) FROM sdk_sessions GROUP BY 2, 3"
    assert read(path, kinds) == [(31_999, "hidden", "integer")]


def test_a_table_and_a_column_that_are_not_named_do_not_exist(built):
    path = built("sound")
    names = {name for (name,) in read(path, "SELECT name FROM sqlite_master")}
    assert names == {"sdk_sessions", "user_prompts"}
    columns = [(row[1], row[2]) for row in read(path, "PRAGMA table_info(sdk_sessions)")]
    assert columns == [("project", "TEXT"), ("started_at_epoch", "INTEGER")]


def test_a_value_keeps_its_type(built):
    kinds = "SELECT DISTINCT typeof(started_at_epoch), typeof(project) FROM sdk_sessions"
    assert read(built("sound"), kinds) == [("integer", "text"), ("text", "null")]


def test_secrets_stand_where_their_placeholders_were(built):
    path = built("sound", plant=lambda value: "hidden" if value == "{canary:1}" else value)
    assert read(path, "SELECT DISTINCT project FROM sdk_sessions") == [("hidden",), (None,)]


def test_what_a_wal_holds_is_not_in_the_file(built):
    path = built("wal")
    alone = path.with_name("alone.db")
    alone.write_bytes(path.read_bytes())
    assert read(path, "SELECT count(*) FROM sdk_sessions") == [(301,)]
    assert b"yesterday" not in alone.read_bytes()


@pytest.mark.parametrize("state", UNREADABLE)
def test_what_is_not_sound_cannot_be_read(built, state):
    with pytest.raises(sqlite3.Error):
        read(built(state), "SELECT count(*) FROM sdk_sessions")


def test_a_torn_one_can_be_read_but_for_its_last_table(built):
    path = built("torn")
    assert read(path, "SELECT count(*) FROM sdk_sessions") == [(301,)]
    with pytest.raises(sqlite3.DatabaseError, match="malformed"):
        read(path, "SELECT count(*) FROM user_prompts")


def test_an_empty_one_has_no_tables(built):
    path = built("empty")
    assert path.stat().st_size == 0
    assert read(path, "SELECT count(*) FROM sqlite_master") == [(0,)]


def test_a_locked_one_is_free_once_it_is_let_go(contract, tmp_path):
    path = tmp_path / "locked.db"
    held = databases.build(Database(tables=TABLES, state="locked"), contract.backfill.tables, path)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        read(path, "SELECT count(*) FROM sdk_sessions")
    held.close()
    assert read(path, "SELECT count(*) FROM sdk_sessions") == [(301,)]
