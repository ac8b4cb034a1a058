import json
import tomllib
from pathlib import Path

import jsonschema
import msgspec
import pytest

from payloadproof import contract
from payloadproof.adapters.serve import Adapter, dispatch
from payloadproof.contract.draft import Draft
from payloadproof.errors import HarnessError
from payloadproof.protocol import codec, messages
from payloadproof.protocol.codec import TAG
from payloadproof.recorder.script import Answer, Cut, Hang, Refuse, Reset, Withhold
from payloadproof.scenario import steps as do
from payloadproof.scenario.store import Saved
from payloadproof.schema import DIRECTIVE, DOCUMENTS, schema

SCENARIO = do.Scenario(
    now_ms=1,
    env={"DO_NOT_TRACK": "0"},
    consent_text="{}",
    steps=(
        do.Capture(event={TAG: "nan"}, properties={"k": [{TAG: "bytes"}]}, person=True),
        do.Record(event="e", properties={"k": 1}, session=3, times=2),
        do.EndSession(session=3),
        do.SetEnv(env={"A": None, "B": "1"}),
        do.WriteConsent(text=None),
        do.Advance(ms=5),
        *(
            do.Network(behaviour=behaviour)
            for behaviour in (
                Answer(status=503, body="x", headers={"Retry-After": "1"}),
                *(Withhold(), Hang(), Reset(), Cut(), Refuse()),
            )
        ),
        do.Flush(),
        do.Shutdown(),
    ),
)
SAVED = Saved(clause="A1", message="m", adapter="cmd:x", contract="c", scenario=SCENARIO)


@pytest.fixture
def valid():
    """Whether a JSON value is valid by the schema of a document."""

    def validate(document, value):
        found = jsonschema.Draft202012Validator(schema(document))
        return found.is_valid(value)

    return validate


def plain(value):
    return json.loads(msgspec.json.encode(value))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_has_a_sound_schema(name):
    jsonschema.Draft202012Validator.check_schema(schema(name))


def test_all_of_them_together_are_sound_and_complete():
    whole = schema()
    jsonschema.Draft202012Validator.check_schema(whole)
    assert DOCUMENTS.keys() <= whole["$defs"].keys()
    for name in ("Capture", "Record", "Flush"):
        asked = jsonschema.Draft202012Validator(whole | {"$ref": f"#/$defs/{name}"})
        assert asked.is_valid({"event": "e"})
        assert not asked.is_valid([])
    assert {params.__name__ for params in messages.OPS.values()} <= DOCUMENTS.keys()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_nothing_like_it_is_invalid(valid, name):
    assert not valid(name, [])
    assert not valid(name, "text")


@pytest.mark.parametrize(
    "params",
    [
        messages.Initialize(protocol=1, harness=messages.Harness(name="h", version="1")),
        messages.StartScenario(
            scenario="s", env={"A": "b"}, home="/h", data_dir="/d", host="h", token="t", now_ms=1
        ),
        messages.Capture(event={TAG: "nan"}, properties=None, transport="cli"),
        messages.Record(event="e", session=None),
        messages.EndSession(session=3),
        messages.SetConsent(env={"A": None}),
        messages.AdvanceClock(ms=5),
        messages.Shutdown(),
    ],
)
def test_what_the_harness_asks_is_valid(valid, params):
    line = json.loads(codec.request_line(1, params))
    assert valid("Request", line)
    assert valid(type(params).__name__, line["params"])
    assert not valid("Request", {**line, "id": "one"})


def test_what_an_adapter_answers_is_valid(valid):
    class Small(Adapter):
        def capture(self, event, properties, *, person, transport):
            raise ValueError("no")

    asked = messages.Initialize(protocol=1, harness=messages.Harness(name="h", version="1"))
    for params in (asked, messages.Capture(event="e"), messages.Flush(), messages.Exit()):
        request = codec.decode_request(codec.request_line(1, params))
        assert valid("Reply", json.loads(codec.encode(dispatch(Small(), request))))
    answer = dispatch(Small(), codec.decode_request(codec.request_line(1, asked)))
    assert valid("Initialized", plain(answer.ok))
    assert not valid("Initialized", {**plain(answer.ok), "protocol": "one"})


def test_a_scenario_with_every_step_is_valid(valid):
    assert valid("Scenario", plain(SCENARIO))
    assert valid("Saved", plain(SAVED))


@pytest.mark.parametrize(
    "change",
    [
        {"now_ms": None},
        {"steps": [{"do": "teleport"}]},
        {"steps": [{"do": "capture"}]},
        {"steps": [{"do": "flush", "twice": True}]},
        {"surprise": 1},
    ],
)
def test_a_wrong_scenario_is_invalid(valid, change):
    assert not valid("Scenario", plain(SCENARIO) | change)


def test_an_unknown_document_is_refused_with_a_guess():
    with pytest.raises(HarnessError, match="there is no schema 'Reprot'") as caught:
        schema("Reprot")
    assert caught.value.code == "schema-unknown"
    assert "Report" in caught.value.causes[0]


CONTRACTS = [
    *Path(contract.__file__).with_name("shipped").glob("*.toml"),
    Path(__file__).parents[1] / "contracts" / "door_counter.toml",
]


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)
def test_a_contract_is_valid_for_an_editor(valid, path):
    raw = tomllib.loads(path.read_text())
    assert valid("Contract", raw)
    assert not valid("Contract", raw | {"filse": {}})
    assert not valid("Contract", raw | {"format": 2})
    wrong = raw["properties"] | {"x": {"type": "nubmer", "description": "It."}}
    assert not valid("Contract", raw | {"properties": wrong})


def test_a_contracts_schema_offers_no_null():
    # TOML has none, and an editor would write what it is offered.
    text = json.dumps(schema("Contract"))
    assert '"type": "null"' not in text
    assert '"default": null' not in text


def test_a_draft_names_the_schema_in_its_first_line():
    draft = Draft()
    draft.add("boiled", {"cups": 1}, {}, of="x", at=None)
    first, _, third, *_ = draft.toml().splitlines()
    assert first == DIRECTIVE
    assert "payloadproof schema Contract > contract.schema.json" in third
