import pytest

from payloadproof_reference.past.history import DAY_MS, FLOOR_MS
from payloadproof_reference.past.snapshot import snapshot
from payloadproof_reference.whitelist import WHITELIST

NOW = 1_760_000_000_000


def test_an_install_in_figures(database):
    made = database()
    made.begin(
        {"started_at_epoch": NOW - 90 * DAY_MS, "project": "p"},
        {"started_at_epoch": NOW - DAY_MS, "project": "q"},
        {"started_at_epoch": None, "project": "q"},
    )
    made.observe(
        {"created_at_epoch": NOW - 3 * DAY_MS},
        {"created_at_epoch": (NOW - 7 * DAY_MS) // 1000},
        {"created_at_epoch": NOW - 7 * DAY_MS - 1},
        {"created_at_epoch": NOW - 31 * DAY_MS},
    )
    made.add("session_summaries", {"created_at_epoch": NOW})
    found = snapshot(made.path, NOW)
    assert found.pop("db_size_mb") == round(made.path.stat().st_size / 2**20, 1)
    assert found == {
        "db_observation_count": 4,
        "db_session_count": 3,
        "db_summary_count": 1,
        "db_project_count": 2,
        "install_age_days": 90,
        "obs_count_7d": 2,
        "obs_count_30d": 3,
        "days_since_last_obs": 3,
    }


def test_all_of_it_may_leave_on_worker_started(database):
    made = database()
    made.begin({"started_at_epoch": NOW})
    made.observe({"created_at_epoch": NOW})
    found = snapshot(made.path, NOW)
    assert len(found) == 9
    assert WHITELIST.scrub("worker_started", found) == found
    assert WHITELIST.person(found) == found


def test_an_empty_install_has_no_ages(database):
    found = snapshot(database().path, NOW)
    assert {*found} == {
        "db_observation_count",
        "db_session_count",
        "db_summary_count",
        "db_project_count",
        "db_size_mb",
        "obs_count_7d",
        "obs_count_30d",
    }


@pytest.mark.parametrize(
    ("lacking", "keys"),
    [
        ("session_summaries", {"db_summary_count"}),
        ("sdk_sessions", {"db_session_count", "db_project_count"}),
        ("sdk_sessions.project", {"db_project_count"}),
        ("observations", {"db_observation_count", "obs_count_7d", "obs_count_30d"}),
        ("observations.created_at_epoch", {"obs_count_7d", "days_since_last_obs"}),
    ],
)
def test_what_is_lacking_leaves_its_keys_out(database, lacking, keys):
    found = snapshot(database(without=(lacking,)).path, NOW)
    assert not keys & {*found}
    assert "db_size_mb" in found


def test_a_time_in_the_future_is_no_negative_age(database):
    made = database()
    made.begin({"started_at_epoch": NOW + DAY_MS})
    made.observe({"created_at_epoch": NOW + DAY_MS})
    found = snapshot(made.path, NOW)
    assert (found["install_age_days"], found["days_since_last_obs"]) == (0, 0)


def test_times_before_the_product_are_no_ages(database):
    made = database()
    made.begin({"started_at_epoch": 0})
    made.observe({"created_at_epoch": FLOOR_MS - 1})
    found = snapshot(made.path, NOW)
    assert not {"install_age_days", "days_since_last_obs"} & {*found}


def test_an_unreadable_database_is_no_statistics(tmp_path):
    (tmp_path / "no.db").write_bytes(b"no database" * 99)
    assert snapshot(tmp_path / "no.db", NOW) == {}
    assert snapshot(tmp_path / "nowhere.db", NOW) == {}
    assert snapshot(tmp_path, NOW) == {}
