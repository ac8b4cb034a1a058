import msgspec
import pytest

from payloadproof.evidence.history import Call
from payloadproof.protocol import messages as ops
from payloadproof.protocol.messages import Fault, Frame
from payloadproof.scenario import steps as do

SECRET, OTHER = "q7f3kz81mmw2c94hpx5d", "a1b2c3d4e5f6g7h8i9j0"


def test_a_planted_secret_that_is_sent_breaks_e1(history, raising, said, found, fired):
    step = raising("read {canary:1}", plants="token-like key")
    twin = history(step, requests=[said(f"read {OTHER}")], canaries=("", OTHER))
    leaky = history(step, requests=[said(f"read {SECRET}")], canaries=("", SECRET), twin=twin)
    assert found("E1", leaky)
    assert fired("E1", leaky)


def test_a_secret_that_was_taken_out_keeps_e1(history, raising, said, found, fired):
    step = raising("read {canary:1}", plants="token-like key")
    clean = history(step, requests=[said("read <secret>")], canaries=("", OTHER))
    kept = history(step, requests=[said("read <secret>")], canaries=("", SECRET), twin=clean)
    assert not found("E1", kept)
    assert fired("E1", kept)


@pytest.mark.parametrize(
    "text",
    [
        "open /home/ada/notes.txt",
        r"open C:\Users\ada\notes.txt",
        r"open \\server\share\notes.txt",
        "mail to ada@example.org",
        "key " + "sk" + "-abcdefghij0123456789",
        "get https://example.org/a?b=1",
        "commit " + "0f" * 20,
    ],
)
def test_a_shape_is_found_where_nothing_was_planted(recorded, said, found, text):
    assert found("E1", recorded(said(text)))


@pytest.mark.parametrize(
    "text",
    [
        "GET /api/search failed",
        "read 3/4 of it at 12:30:01",
        "File main.py, line 3, in <module>",
        "\\" * 200,
    ],
)
def test_ordinary_text_has_no_shape(recorded, said, found, text):
    assert not found("E1", recorded(said(text)))


def test_a_message_over_its_bound_breaks_e2(history, raising, said, found):
    assert found("E2", history(raising(), requests=[said("x " * 251)]))
    assert not found("E2", history(raising(), requests=[said("x " * 250)]))


@pytest.mark.parametrize(("sent", "broken"), [(SECRET[:9], True), (SECRET, False), ("", False)])
def test_half_of_a_secret_breaks_e2_where_a_text_was_cut(
    sent, broken, *, history, raising, said, found
):
    for step in (
        raising("x " * 250 + "{canary:1}", plants="token-like key"),
        raising(name="KettleError " * 9 + "{canary:1}", plants="token-like key"),
        raising(
            frames=(Frame(function="boil_" * 500 + "{canary:1}", file="a.py"),), plants="long hex"
        ),
    ):
        twin = history(step, requests=[said()], canaries=("", OTHER))
        judged = history(step, requests=[said(sent)], canaries=("", SECRET), twin=twin)
        assert bool(found("E2", judged)) == broken


def test_half_of_a_secret_in_a_text_that_was_not_cut_is_e1s(history, raising, said, found):
    step = raising("read {canary:1}", plants="token-like key")
    twin = history(step, requests=[said()], canaries=("", OTHER))
    judged = history(step, requests=[said(SECRET[:9])], canaries=("", SECRET), twin=twin)
    assert found("E1", judged)
    assert not found("E2", judged)


def test_a_source_line_breaks_e3(history, raising, said, found):
    frame = {"function": "boil", "context_line": "boil(water)"}
    listed = [{"type": "KettleError", "stacktrace": {"frames": [frame]}}]
    assert found("E3", history(raising(), requests=[said(**{"$exception_list": listed})]))
    del frame["context_line"]
    assert not found("E3", history(raising(), requests=[said(**{"$exception_list": listed})]))


def test_a_variable_on_the_wire_breaks_e3(history, raising, said, found):
    frames = (Frame(function="boil", file="a.py", locals={"token": "{canary:1}"}),)
    step = raising(frames=frames)
    twin = history(step, requests=[said()], canaries=("", OTHER))
    told = said(f"the lid is open: {SECRET}")
    assert found("E3", history(step, requests=[told], canaries=("", SECRET), twin=twin))


def test_a_slow_error_breaks_e4(history, raising, said, found, call):
    steps = (raising("open"), raising("x" * 200_000))
    asked = [ops.RaiseError(error=step.error) for step in steps]
    calls = [call(index, params) for index, params in enumerate(asked)]
    assert not found("E4", history(*steps, requests=[said()], calls=calls))
    slow = call(1, asked[1])
    slow = type(slow)(step=1, params=asked[1], kind="ok", began_at=0.0, ended_at=40.0)
    assert found("E4", history(*steps, requests=[said()], calls=[calls[0], slow]))


@pytest.mark.parametrize("took", [(0.008, 0.6, True), (0.008, 0.2, False), (0.05, 0.6, False)])
def test_a_time_that_grows_faster_than_the_text_is_found(history, found, raising, said, took):
    *seconds, grows = 0.001, *took
    # A second is never reached: what tells is an eighth of the text.
    steps = (raising("open"), raising("a=" * 12_500), raising("a=" * 100_000))
    calls = [
        Call(
            step=index,
            params=ops.RaiseError(error=step.error),
            kind="ok",
            began_at=float(index),
            ended_at=index + needed,
        )
        for index, (step, needed) in enumerate(zip(steps, seconds, strict=True))
    ]
    assert bool(found("E4", history(*steps, requests=[said()], calls=calls))) == grows


def test_a_message_that_changes_when_it_is_said_again_breaks_e5(
    history, raising, said, found, call
):
    step = raising(do.SENT)
    handed = call(0, ops.RaiseError(error=Fault(type="KettleError", message="open <path>")))
    same, other = (
        history(step, requests=[said(text)], calls=[handed])
        for text in ("open <path>", "open <text>")
    )
    assert not found("E5", same)
    assert found("E5", other)


def test_what_depends_on_a_secret_breaks_e6(history, raising, said, found):
    step = raising("read {canary:1}", plants="password")
    twin = history(step, requests=[said("read <a>")], canaries=("", OTHER))
    assert found("E6", history(step, requests=[said("read <b>")], canaries=("", SECRET), twin=twin))
    assert not found(
        "E6", history(step, requests=[said("read <a>")], canaries=("", SECRET), twin=twin)
    )


def test_lost_words_break_e7(history, raising, said, found):
    step = raising(survives=("the lid",))
    assert found("E7", history(step, requests=[said("<text>")]))
    assert not found("E7", history(step, requests=[said("The lid is open")]))


PLACE = (
    Frame(function="outer", file="/usr/lib/heat.py"),
    Frame(function="boil_a", file="/usr/lib/kettle/lid.py"),
)


@pytest.mark.parametrize("stack", ["in boil_a (<path>)", "in <anonymous> (lid.py:4)", ""])
def test_a_place_that_is_not_told_breaks_e7(history, raising, said, found, stack):
    step = raising(survives=("the lid",), frames=PLACE)
    assert found("E7", history(step, requests=[said(error_stack=stack)]))


def test_the_place_of_the_innermost_frame_keeps_e7(history, raising, said, found):
    step = raising(survives=("the lid",), frames=PLACE)
    assert not found("E7", history(step, requests=[said(error_stack="in boil_a (lid.py:4)")]))


def test_a_contract_without_a_place_for_it_keeps_e7(history, raising, said, found, contract):
    (name,) = contract.errors
    roles = msgspec.structs.replace(contract.errors[name], stack=None)
    events = contract.events | {name: msgspec.structs.replace(contract.events[name], error=roles)}
    placeless = msgspec.structs.replace(contract, events=events)
    judged = history(raising(survives=("the lid",), frames=PLACE), requests=[said()])
    assert found("E7", judged)
    assert not found("E7", msgspec.structs.replace(judged, contract=placeless))


def test_a_profile_breaks_e8(history, raising, said, found):
    profiled = said(**{"$process_person_profile": True})
    assert found("E8", history(raising(), requests=[profiled]))
    assert not found("E8", history(raising(), requests=[said()]))


def test_an_error_of_the_logger_that_is_not_in_the_log_breaks_e9(history, raising, said, found):
    step = raising(via="logger")
    assert found("E9", history(step, requests=[said()], log="nothing"))
    assert not found("E9", history(step, requests=[said()], log="ERROR the lid is open"))
    full = history(do.FillDisk(), step, requests=[said(at=1)], log="nothing")
    assert not found("E9", full)


@pytest.mark.parametrize(("name", "lost"), [("KettleError", 1), ("Error at {canary:1}", 0)])
def test_e9_asks_for_no_class_that_cannot_be_told(name, lost, history, raising, found):
    step = raising(name=name, via="logger")
    on = {"consent_text": '{"enabled": true}', "log": "the lid is open"}
    assert len(found("E9", history(step, do.Shutdown(), **on))) == lost


def test_what_came_through_is_told_by_kind(history, raising, said, found):
    step = raising("read {canary:1}", plants="password")
    twin = history(step, requests=[said("read")], canaries=("", OTHER))
    seen = history(step, requests=[said(SECRET)], canaries=("", SECRET), twin=twin)
    assert "password 1 of 1" in found("E10", seen)[0].observed
