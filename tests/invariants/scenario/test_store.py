import json

import pytest

from payloadproof.errors import HarnessError
from payloadproof.scenario import steps as do
from payloadproof.scenario.store import Saved, load, save

SCENARIO = do.Scenario(
    now_ms=1, steps=(do.Capture(event="e", properties={"{canary:1}": "{canary:0}"}), do.Flush())
)
SAVED = Saved(clause="A7", message="m", adapter="cmd:x", contract="c", scenario=SCENARIO)


def test_what_is_saved_is_loaded_again(tmp_path):
    path = save(tmp_path / "failures", SAVED)
    assert load(path) == SAVED


def test_the_same_scenario_gets_the_same_file(tmp_path):
    assert save(tmp_path, SAVED) == save(tmp_path, SAVED)
    assert [path.name[:3] for path in tmp_path.iterdir()] == ["A7-"]


def test_a_file_is_made_for_reading(tmp_path):
    text = save(tmp_path, SAVED).read_text()
    assert len(text.splitlines()) > 10
    assert json.loads(text)["scenario"]["steps"][0]["do"] == "capture"


def test_a_saved_scenario_holds_placeholders_and_no_secret(tmp_path):
    assert "{canary:0}" in save(tmp_path, SAVED).read_text()
    assert SCENARIO.canaries == 2


def test_a_directory_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HarnessError, match="cannot be written") as caught:
        save(tmp_path / "file", SAVED)
    assert caught.value.code == "store-unwritable"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "scenario-malformed"),
        (b"{}", "scenario-malformed"),
        (b"\xff\xfe", "scenario-malformed"),
        (b"[" * 100_000, "scenario-malformed"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused(tmp_path, content, code):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(HarnessError, match=r"a\.json") as caught:
        load(path)
    assert caught.value.code == code


def test_a_deeply_nested_scenario_is_refused(tmp_path):
    path = save(tmp_path, SAVED)
    deep = "[" * 100_000 + "]" * 100_000
    path.write_text(path.read_text().replace('"{canary:0}"', deep))
    with pytest.raises(HarnessError) as caught:
        load(path)
    assert caught.value.code == "scenario-malformed"


def test_a_scenario_of_another_protocol_is_refused(tmp_path):
    path = save(tmp_path, SAVED)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"protocol": 99}))
    with pytest.raises(HarnessError, match="saved with protocol 99") as caught:
        load(path)
    assert caught.value.code == "scenario-version"


@pytest.mark.parametrize("other", [0, 2, "1", None])
def test_a_scenario_of_another_format_is_refused_by_its_place(tmp_path, other):
    path = save(tmp_path, SAVED)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": other}))
    with pytest.raises(HarnessError, match=r"\$\.format") as caught:
        load(path)
    assert caught.value.code == "scenario-malformed"
