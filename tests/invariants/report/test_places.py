"""Where a finding points: at the user's own files, and at nobody's home."""

import msgspec
import pytest

from payloadproof.contract.lines import lines
from payloadproof.report.places import Place, Places

CONTRACT = """format = 1
base = []

[product]
name = "kettle"

[consent]
default = "off"

[events.water_boiled]
properties = ["colour"]

[events."odd name"]
properties = []

[properties]
colour = { type = "enum" }

[properties.litres]
type = "number"
"""


@pytest.fixture
def point(report_of, reported, tmp_path, monkeypatch):
    """Where a finding with this evidence points, in a directory with a contract and a program."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kettle.toml").write_text(CONTRACT)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "mine.py").write_text("1 / 0\n")

    def places(*evidence, clause="A1", contract="kettle.toml", **also):
        finding = msgspec.structs.replace(
            reported("f", clause=clause), evidence=evidence, observed="it was there"
        )
        finding = msgspec.structs.replace(
            finding, **{k: also.pop(k) for k in ("observed", "file") if k in also}
        )
        return [*Places(report_of(contract=contract, **also)).all(finding)]

    return places


def test_every_table_and_key_of_a_contract_has_its_line():
    found = lines(CONTRACT)
    assert found["format",] == 1
    assert found["consent",] == 7
    assert found["events", "water_boiled"] == 10
    assert found["events", "odd name"] == 13
    assert found["properties",] == 16
    assert found["properties", "colour"] == 17
    assert found["properties", "litres"] == 19
    assert found["properties", "litres", "type"] == 20


@pytest.mark.parametrize("text", ["[", "= 1", "[]", '["]', "a.. = 1", "[a", "\x00 = 1", "[a] b"])
def test_what_is_no_toml_has_no_lines_and_breaks_nothing(text):
    assert lines(text) == {}


@pytest.mark.parametrize(
    ("evidence", "line"),
    [
        (('request 1 POST /batch/, event "water_boiled", key "colour"',), 17),
        (('request 1 POST /batch/, event "water_boiled", key "litres"',), 19),
        (('request 1 POST /batch/, event "water_boiled", key "unlisted"',), 10),
        (('event "odd name"',), 13),
        (("request 1 POST /batch/",), 4),
    ],
)
def test_a_finding_points_at_the_line_that_declares_what_it_names(point, evidence, line):
    assert point(*evidence)[0] == Place("kettle.toml", line)


def test_a_finding_of_consent_points_at_the_chain(point):
    assert point("nothing with a name", clause="C1")[0] == Place("kettle.toml", 7)


def test_where_the_program_raised_its_own_line_comes_first(point):
    first, second = point("it said", "from src/mine.py:1 in capture", clause="S1")
    assert first == Place("src/mine.py", 1)
    assert second.file == "kettle.toml"


@pytest.mark.parametrize(
    "said", ["/etc/passwd:3", "../outside.py:1", "src/nowhere.py:1", "src:1", "\x00:1", "~/x.py:1"]
)
def test_what_a_program_says_of_itself_is_believed_only_below_the_directory(point, tmp_path, said):
    (tmp_path.parent / "outside.py").write_text("")
    assert point(f"from {said} in capture", clause="S1")[0].file == "kettle.toml"


def test_a_contract_elsewhere_is_no_place_and_the_saved_scenario_is(point, tmp_path):
    elsewhere = tmp_path.parent / "elsewhere.toml"
    elsewhere.write_text(CONTRACT)
    (tmp_path / "failing.json").write_text("{}")
    assert point(contract=str(elsewhere)) == []
    assert point(contract=str(elsewhere), file="failing.json") == [Place("failing.json")]
    assert point(contract="claude_mem", adapter="cmd:python src/mine.py") == [Place("src/mine.py")]
    assert point(contract="claude_mem", adapter="direct:src.mine:Mine") == [Place("src/mine.py")]
    assert point(contract=str(tmp_path / "kettle.toml"))[0].file == "kettle.toml"


def test_a_contract_that_has_gone_since_has_no_lines(point, tmp_path):
    (tmp_path / "kettle.toml").write_bytes(b"\xff\xfe")
    assert point('key "colour"') == [Place("kettle.toml", 1)]
    (tmp_path / "kettle.toml").unlink()
    assert point('key "colour"') == []
