import os
import secrets
import sqlite3
from contextlib import closing

import pytest

from payloadproof_reference.past.history import History, UnreadableError


def beside(made):
    return sorted(path.name for path in made.path.parent.iterdir())


def sessions(path):
    with History(path) as history:
        return history.numbers("SELECT count(*) FROM sdk_sessions")


@pytest.mark.parametrize("wal", [False, True])
def test_nothing_is_left_beside_a_database_that_nobody_has_open(database, wal):
    made = database(wal=wal)
    made.begin({"project": "p"})
    before = made.path.stat()
    assert sessions(made.path) == [(1,)]
    assert beside(made) == ["claude-mem.db"]
    assert made.path.stat().st_mtime_ns == before.st_mtime_ns


def test_what_another_connection_has_only_in_its_wal_is_read(database):
    made = database(wal=True)
    with made.open() as writer:
        writer.execute("INSERT INTO sdk_sessions (project) VALUES ('p')")
        writer.commit()
        names = beside(made)
        assert sessions(made.path) == [(1,)]
        assert beside(made) == names
        # The writer goes on: the reader's lock is gone, and so is none of the writer's.
        writer.execute("INSERT INTO sdk_sessions (project) VALUES ('q')")
        writer.commit()


def test_what_a_crash_left_in_the_wal_is_read(database, tmp_path):
    made = database(wal=True)
    copy = tmp_path / "copy"
    copy.mkdir()
    with made.open() as writer:
        writer.execute("INSERT INTO sdk_sessions (project) VALUES ('p')")
        writer.commit()
        for end in ("", "-wal"):
            source = made.path.with_name(made.path.name + end)
            (copy / source.name).write_bytes(source.read_bytes())
    assert sessions(copy / made.path.name) == [(1,)]


def test_a_writer_meanwhile_is_noticed_where_no_lock_was_taken(database):
    made = database(wal=True)
    history = History(made.path).__enter__()
    made.begin({"project": "p"})
    with pytest.raises(UnreadableError, match="changed"):
        history.__exit__(None, None, None)


def test_all_figures_are_of_the_same_moment(database):
    made = database(wal=True)
    with made.open() as writer:
        writer.execute("SELECT count(*) FROM sdk_sessions").fetchone()
        with History(made.path) as history:
            writer.execute("INSERT INTO sdk_sessions (project) VALUES ('p')")
            writer.commit()
            assert history.numbers("SELECT count(*) FROM sdk_sessions") == [(0,)]


def test_a_locked_database_is_unreadable(database, monkeypatch):
    monkeypatch.setattr("payloadproof_reference.past.history.BUSY_S", 0.01)
    made = database()
    with made.open() as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UnreadableError, match="SQLITE_BUSY"):
            sessions(made.path)


@pytest.mark.parametrize("content", [secrets.token_bytes(8192), b"SQLite format 3\0" + b"\1" * 999])
def test_bytes_that_are_no_database_are_unreadable(tmp_path, content):
    path = tmp_path / "encrypted.db"
    path.write_bytes(content)
    with pytest.raises(UnreadableError):
        sessions(path)
    assert [*tmp_path.iterdir()] == [path]


def test_a_page_that_is_damaged_makes_it_unreadable(database):
    made = database()
    made.begin(*({"project": "p" * 500} for _ in range(200)))
    with made.path.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xff" * 4096 * 20)
    with pytest.raises(UnreadableError), History(made.path) as history:
        history.numbers("SELECT sum(length(project)) FROM sdk_sessions")


def test_a_directory_and_a_pipe_are_no_database(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(UnreadableError, match="no file"):
            sessions(path)


def test_a_database_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(UnreadableError, match="not there"):
        sessions(tmp_path / "nowhere.db")
    assert not [*tmp_path.iterdir()]


def test_an_unreadable_database_says_why_without_its_path(tmp_path):
    path = tmp_path / "alice.db"
    path.write_bytes(b"x" * 999)
    with pytest.raises(UnreadableError) as caught:
        sessions(path)
    assert str(caught.value) == "SQLITE_NOTADB"


def test_a_name_with_a_question_mark_is_a_name(tmp_path):
    path = tmp_path / "a?mode=rwc#é %41.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE sdk_sessions (project)")
    assert sessions(path) == [(0,)]


def test_utf_16_is_read_as_characters(tmp_path):
    path = tmp_path / "wide.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA encoding='UTF-16le'")
        connection.execute("CREATE TABLE sdk_sessions (project)")
        connection.execute("INSERT INTO sdk_sessions VALUES (?)", ("a\0bc\N{PILE OF POO}",))
        connection.commit()
    with History(path) as history:
        assert history.numbers("SELECT code_points(CAST(project AS BLOB)) FROM sdk_sessions") == [
            (5,)
        ]


@pytest.mark.parametrize("limit", [{"stopped": lambda: True}, {"seconds": -1.0}])
def test_a_long_reading_can_be_ended(database, limit):
    made = database()
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    with (
        pytest.raises(UnreadableError, match="SQLITE_INTERRUPT"),
        History(made.path, **limit) as history,
    ):
        history.numbers(endless)


def test_a_table_or_column_that_is_not_there_is_said_so(database):
    made = database(without=("observations", "sdk_sessions.status"))
    with History(made.path) as history:
        assert history.columns("observations") == frozenset()
        assert "status" not in history.columns("sdk_sessions")
        assert "project" in history.columns("sdk_sessions")
