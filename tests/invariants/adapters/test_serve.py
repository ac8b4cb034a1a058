import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from payloadproof.adapters.base import initialize
from payloadproof.adapters.connect import connector
from payloadproof.adapters.direct import DirectConnection
from payloadproof.adapters.serve import Adapter, AdapterError, dispatch, operations
from payloadproof.errors import HarnessError
from payloadproof.protocol import codec, messages
from payloadproof.protocol.codec import TAG

START = messages.StartScenario(
    scenario="s", env={}, home="/h", data_dir="/d", host="h", token="t", now_ms=0
)


class WordlessError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def copied(properties):
    """What was handed over: serve() writes over the caller's object once the operation is done."""
    return dict(properties) if type(properties) is dict else properties


class Scripted(Adapter):
    """Does in `capture` what it was told to."""

    name = "scripted"

    def __init__(self, capture=lambda event, properties: None):
        self._do = capture
        self.asked = []

    def start(self, scenario):
        self.asked.append(scenario)

    def capture(self, event, properties, *, person, transport):
        self.asked.append((event, copied(properties), person, transport))
        self._do(event, properties)


class Complete(Scripted):
    clock = "virtual"

    def record(self, event, properties, *, session):
        self.asked.append((event, copied(properties), session))

    def instrument(self, call, properties):
        self.asked.append((call.message, properties["n"], call.rollup))

    def exception(self, error, properties, *, via):
        self.asked.append((str(error), properties, via))

    def end_session(self, session):
        self.asked.append(session)

    def respawn(self, session):
        self.asked.append(("respawn", session))

    def set_clock(self, now_ms):
        self.asked.append(("clock", now_ms))

    def explain(self):
        return False, "DO_NOT_TRACK"

    def set_env(self, changes):
        self.asked.append(changes)

    def advance(self, ms):
        self.asked.append(ms)

    def fork(self, event, properties, *, person, transport):
        self.asked.append(("fork", event, copied(properties), transport))

    def backfill(self):
        self.asked.append("backfill")

    def flush(self):
        self.asked.append("flush")

    def shutdown(self):
        self.asked.append("shutdown")

    def end(self):
        self.asked.append("end")


def raising(error):
    def capture(event, properties):
        raise error

    return Scripted(capture)


def asked(adapter, params):
    return dispatch(adapter, codec.decode_request(codec.request_line(5, params)))


def captured(adapter, event="e", properties=None, **also):
    return asked(adapter, messages.Capture(event=event, properties=properties, **also))


def test_an_operation_that_returns_is_ok():
    adapter = Scripted()
    reply = asked(
        adapter,
        messages.Capture(event="e", properties={"k": 1}, person=True, transport="cli"),
    )
    assert (reply.id, reply.ok, reply.answers) == (5, {}, 1)
    assert adapter.asked == [("e", {"k": 1}, True, "cli")]


def test_every_operation_reaches_its_method():
    adapter = Complete()
    for params in (
        START,
        messages.Record(event="r", properties={"n": 2}, session=9),
        messages.Instrument(
            component="DB", level="info", message="m", properties={"n": {TAG: "infinity"}}
        ),
        messages.EndSession(session=9),
        messages.Respawn(session=9),
        messages.SetConsent(env={"A": None}),
        messages.AdvanceClock(ms=4),
        messages.SetClock(now_ms=-4),
        messages.Fork(event="f", properties={"n": 3}, transport="cli"),
        messages.RunBackfill(),
        messages.Flush(),
        messages.Shutdown(),
        messages.EndScenario(),
        messages.Exit(),
    ):
        assert asked(adapter, params).ok == {}
    assert adapter.asked == [
        START,
        ("r", {"n": 2}, 9),
        ("m", float("inf"), "none"),
        9,
        ("respawn", 9),
        {"A": None},
        4,
        ("clock", -4),
        ("fork", "f", {"n": 3}, "cli"),
        "backfill",
        "flush",
        "shutdown",
        "end",
    ]


def test_what_a_program_says_of_its_consent_is_the_result():
    assert asked(Complete(), messages.Explain()).ok == {"on": False, "layer": "DO_NOT_TRACK"}


def test_an_operation_that_changes_the_callers_object_is_told():
    changing = Scripted(lambda event, properties: properties.update(more=1))
    assert captured(changing, properties={"k": [1]}).mutated
    assert not captured(Scripted(), properties={"k": [1]}).mutated


@pytest.mark.parametrize(("overwrite", "left"), [(True, {codec.CHANGED_LATER}), (False, {1})])
def test_the_callers_object_is_written_over_after_the_operation_where_that_is_asked(
    overwrite, left
):
    kept = []
    keeping = Scripted(lambda event, properties: kept.append(properties))
    captured(keeping, properties={"k": 1}, overwrite=overwrite)
    assert {*kept[0].values()} == left


def test_hostile_tags_are_built_before_the_adapter_sees_them():
    adapter = Scripted()
    captured(adapter, {TAG: "bytes"}, {"k": {TAG: "infinity"}})
    event, properties, *_ = adapter.asked[0]
    assert event == b"\x00\xff\xfe"
    assert properties == {"k": float("inf")}


def test_an_unknown_tag_is_the_adapters_error():
    reply = captured(Scripted(), properties={"k": {TAG: "brand_new"}})
    assert reply.error.code == "MalformedLineError"
    assert "brand_new" in reply.error.message


@pytest.mark.parametrize(
    "error", [ValueError("no"), RecursionError("deep"), KeyError("k"), OSError(5, "io")]
)
def test_an_exception_is_the_implementations(error):
    reply = captured(raising(error))
    assert reply.answers == 1
    assert reply.raised.type == type(error).__qualname__
    assert reply.raised.message == str(error)
    assert "in capture" in reply.raised.stack


def test_the_place_of_an_exception_is_the_users_own_and_not_a_librarys(tmp_path, monkeypatch):
    class Hollow(Scripted):
        def capture(self, event, properties, *, person, transport):
            json.dumps({"k": object()})

    raised = captured(Hollow()).raised
    assert "json" in raised.stack.splitlines()[-2]
    place = rf"{re.escape(__file__)}:\d+ in capture"
    monkeypatch.chdir(tmp_path)
    assert re.fullmatch(place, captured(Hollow()).raised.place)
    monkeypatch.chdir(Path(__file__).parent)
    near = captured(Hollow()).raised.place
    assert re.fullmatch(r"test_serve\.py:\d+ in capture", near)


def test_an_exception_whose_text_raises_is_reported_all_the_same():
    reply = captured(raising(WordlessError()))
    assert reply.raised.type == "WordlessError"
    assert "own text raised" in reply.raised.message


def test_an_exception_with_broken_text_can_be_sent():
    for error in (ValueError("half \ud800"), AdapterError("half \ud800")):
        line = codec.encode(captured(raising(error)))
        assert codec.decode_reply(line).answers == 1


def test_the_text_of_an_exception_is_cut():
    line = codec.encode(captured(raising(ValueError("x" * 5_000_000))))
    assert len(line) < 10_000


def test_an_adapter_error_is_the_adapters():
    reply = captured(raising(AdapterError("DIR is no checkout")))
    assert reply.raised is None
    assert reply.error.message == "DIR is no checkout"


def test_parameters_that_do_not_fit_are_an_error():
    request = messages.Request(id=1, op="capture", params={"person": 3}, deadline_ms=1)
    reply = dispatch(Scripted(), request)
    assert reply.error.code == "ValidationError"


@pytest.mark.parametrize("op", ["record", "flush", "backfill/run", "", "Capture"])
def test_an_operation_that_is_not_there_is_unsupported(op):
    request = messages.Request(id=1, op=op, params={}, deadline_ms=1)
    reply = dispatch(Scripted(), request)
    assert reply.answers == 1
    assert reply.unsupported == f"this adapter has no {op}"


def test_operations_are_those_that_are_overridden():
    always = {"initialize", "scenario/start", "scenario/end", "exit"}
    assert {*operations(Scripted())} == always | {"capture"}
    assert {*operations(Complete())} == messages.OPS.keys()


def test_initialize_says_who_answers_and_what_it_can_do():
    connection = DirectConnection(Complete())
    told = initialize(connection, "test")
    connection.close()
    assert told.implementation.name == "scripted"
    assert told.capabilities.clock == "virtual"
    assert {*told.capabilities.hostile} == codec.HOSTILE.keys()
    assert {*told.capabilities.ops} == messages.OPS.keys()


def test_what_goes_wrong_in_initialize_is_never_the_implementations():
    class Nameless(Scripted):
        @property
        def name(self):
            raise RuntimeError("no name yet")

    asked_to = messages.Initialize(protocol=1, harness=messages.Harness(name="h", version="0"))
    reply = asked(Nameless(), asked_to)
    assert reply.error is not None
    assert "no name yet" in reply.error.message


def test_in_process_an_operation_that_never_returns_is_a_timeout(monkeypatch):
    import threading

    let_go = threading.Event()
    monkeypatch.setattr(messages.Capture, "deadline_s", 0.2)
    connection = DirectConnection(Scripted(lambda event, properties: let_go.wait()))
    outcome = connection.request(messages.Capture(event="e"))
    let_go.set()
    connection.close()
    assert outcome.kind == "timeout"
    assert outcome.spent
    assert "capture did not return within 0.2 s" in outcome.detail


def test_in_process_an_exit_is_an_outcome_like_any_other():
    connection = DirectConnection(raising(SystemExit(3)))
    outcome = connection.request(messages.Capture(event="e"))
    connection.close()
    assert outcome.kind == "raised"
    assert outcome.raised.type == "SystemExit"


def test_in_process_raised_and_error_are_told_apart():
    connection = DirectConnection(raising(ValueError("theirs")))
    assert connection.request(messages.Capture(event="e")).raised.message == "theirs"
    connection.close()
    connection = DirectConnection(raising(AdapterError("ours")))
    with pytest.raises(HarnessError, match="ours") as caught:
        connection.request(messages.Capture(event="e"))
    connection.close()
    assert caught.value.code == "adapter-error"


@pytest.mark.parametrize("name", ["NotAnAdapter", "Unbuildable"])
def test_in_process_what_is_no_adapter_is_refused(direct, name):
    with pytest.raises(HarnessError) as caught:
        connector(direct(f"not_adapters:{name}")).open()
    assert caught.value.code == "adapter-broken"
    assert name in caught.value.message


def test_prints_stay_off_the_protocol(faux):
    connection = connector(faux("prints_from_every_operation")).open()
    initialize(connection, "test")
    assert connection.request(START).kind == "ok"
    assert connection.request(messages.Capture(event="e")).kind == "ok"
    connection.close()
    assert list(connection._noise) == []
    printed = bytes(connection._stderr).decode()
    for line in ("started", "captured", "written to descriptor 1", "the original stdout"):
        assert line in printed


def test_a_malformed_line_gets_an_error_and_the_next_one_an_answer(faux):
    *_, script = shlex.split(faux("prints_from_every_operation"))
    lines = [b"what?\n", b'{"id":1}\n', codec.request_line(2, messages.Exit())]
    ran = subprocess.run(
        [sys.executable, script], input=b"".join(lines), capture_output=True, check=True
    )
    replies = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [reply["id"] for reply in replies] == [-1, -1, 2]
    assert replies[0]["error"]["code"] == "malformed"
    assert replies[2]["ok"] == {}


def test_it_ends_when_stdin_ends(faux):
    *_, script = shlex.split(faux("prints_from_every_operation"))
    ran = subprocess.run(
        [sys.executable, script], input=b"", capture_output=True, check=False, timeout=30
    )
    assert (ran.returncode, ran.stdout) == (0, b"")
