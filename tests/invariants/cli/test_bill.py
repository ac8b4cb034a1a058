"""payloadproof bill: from files to a figure and an exit code."""

import json
import uuid

import pytest

CHEAP = {"$process_person_profile": False}


def event(name="tick", day=1, who="a", at="10:00:00", **more):
    base = {"event": name, "distinct_id": who, "timestamp": f"2026-10-{day:02}T{at}Z"}
    return {"uuid": str(uuid.uuid4()), "properties": {}} | base | more


@pytest.fixture
def file(tmp_path):
    def write(*events, name="events.jsonl"):
        path = tmp_path / name
        path.write_text("".join(f"{json.dumps(one)}\n" for one in events))
        return path

    return write


def test_the_plans_bill_is_printed(run, file):
    code, said = run("bill", file(event()), "--installs", "6446667")
    assert code == 0
    assert "$4,019.40" in said
    assert "$3,439.68" in said
    assert "prices of 2024-08-01" in said


@pytest.mark.parametrize(("limit", "code", "word"), [(7_459, 1, "over"), (7_460, 0, "within")])
def test_a_limit_gates(run, file, limit, code, word):
    got, said = run("bill", file(event()), "--installs", "6446667", "--limit", limit)
    assert got == code
    assert f"{word} the limit of ${limit:,}.00: $7,459.08 a month" in said


def test_upgrades_are_named_with_what_makes_them_and_what_they_cost(run, file):
    many = [event(properties=CHEAP, at=f"10:00:{second:02}") for second in range(1, 60)]
    _, said = run("bill", file(event("start"), *many), "--installs", "100000")
    assert '"tick": 177,000,000 a month, through "start"' in said
    assert "upgrades: $" in said


def test_more_events_than_fit_are_summed_up(run, file):
    _, said = run("bill", file(*(event(f"e{n}") for n in range(15))), "--installs", "1000")
    assert "3 others" in said


def test_files_are_counted_together_and_once(run, file):
    one = event()
    first, again = file(one, name="a.jsonl"), file(one, event(who="b"), name="b.jsonl")
    run("bill", first, again, "--installs", "10", "--out", "bill.json")
    written = json.loads((first.parent / "bill.json").read_text())
    assert (written["seen"], written["counts"]["events"][1]) == (2, 300)


def test_the_days_that_files_cover_can_be_said(run, file):
    for days, monthly in (("0.5", 60), ("30", 1)):
        run("bill", file(event()), "--installs", "1", "--days", days, "--out", "bill.json")
        written = json.loads((file().parent / "bill.json").read_text())
        assert written["counts"]["events"][1] == pytest.approx(monthly)


@pytest.mark.parametrize(
    "words",
    [
        ("--installs", "0"),
        ("--installs", "-5"),
        ("--installs", "many"),
        ("--installs", "1e3"),
        ("--installs", "99999999999999999999"),
        (),
        ("--installs", "1", "--days", "0"),
        ("--installs", "1", "--days", "-1"),
        ("--installs", "1", "--days", "1e9"),
        ("--installs", "1", "--days", "nan"),
        ("--installs", "1", "--limit", "-1"),
        ("--installs", "1", "--limit", "nan"),
        ("--installs", "1", "--limit", "inf"),
        ("--installs", "1", "--tariff", "no.toml"),
        ("--installs", "1", "--out", "no/such/folder.json"),
    ],
)
def test_a_number_that_is_none_is_refused(refused, file, words):
    said = refused("bill", file(event()), *words)
    assert any(word in said for word in words) if words else "--installs" in said


def test_the_most_installs_are_a_bill(run, file):
    code, said = run("bill", file(event()), "--installs", "1000000000")
    assert code == 0
    assert "30,000,000,000" in said


def test_files_of_nothing_are_refused(refused, tmp_path, file):
    assert "nothing in it would be billed" in refused(
        "bill", file(event(historical=True) | {"event": "$performance_event"}), "--installs", "1"
    )
    nameless = {key: value for key, value in event().items() if key != "distinct_id"}
    assert "distinct id" in refused("bill", file(nameless), "--installs", "1")
    (tmp_path / "empty.jsonl").write_text("")
    for name in ("empty.jsonl", "nowhere.jsonl"):
        assert name in refused("bill", name, "--installs", "1")


def test_what_could_not_be_read_ends_with_2_after_the_bill(run, tmp_path, file):
    path = file(event())
    with path.open("a") as more:
        more.write("{broken\n")
    code, said = run("bill", path, "--installs", "1")
    assert code == 2
    assert "a month of 1 install" in said
    assert "line 2" in said


def test_names_of_events_are_made_safe_to_print(run, file):
    _, said = run("bill", file(event("a\x1b[31m\u202eb[bold]")), "--installs", "1")
    assert "\x1b" not in said
    assert "\u202e" not in said
