import traceback

import pytest

from payloadproof.adapters.raising import build
from payloadproof.protocol.codec import TAG, MalformedLineError
from payloadproof.protocol.messages import Fault, Frame

FRAMES = (
    Frame(function="outer", file="/srv/a b/one.py"),
    Frame(function="inner", file="two.py", source="what it read", locals={"told": "a secret"}),
)


def test_an_error_comes_through_the_frames_it_was_given():
    error = build(Fault(type="LidError", message="open", frames=FRAMES))
    found = traceback.extract_tb(error.__traceback__)
    assert [(f.filename, f.name) for f in found] == [(f.file, f.function) for f in FRAMES]
    assert "what it read" in found[-1].line
    assert (type(error).__name__, str(error)) == ("LidError", "open")


def test_variables_stand_in_their_frame():
    step = build(Fault(frames=FRAMES)).__traceback__.tb_next
    assert step.tb_frame.f_locals["told"] == "a secret"


def test_causes_contexts_and_groups_are_real():
    inner = Fault(type="InnerError", message="deep")
    error = build(Fault(message="all", cause=inner, context=inner, group=(inner, inner)))
    assert isinstance(error, ExceptionGroup)
    assert {type(e).__name__ for e in (error.__cause__, error.__context__)} == {"InnerError"}
    assert len(error.exceptions) == 2


def test_hostile_values_stand_where_they_were_asked_for():
    assert build(Fault(hostile="bytes")) == b"\x00\xff\xfe"
    error = build(Fault(message={TAG: "throwing_str"}, stack={TAG: "bytes"}))
    assert error.__traceback__ == b"\x00\xff\xfe"
    with pytest.raises(RuntimeError):
        str(error)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(hostile="unheard of"),
        Fault(type="a\0b"),
        Fault(frames=(Frame(function="no name", file="a.py"),)),
        Fault(frames=(Frame(function="class", file="a.py"),)),
    ],
)
def test_what_cannot_be_raised_is_a_malformed_line(fault):
    with pytest.raises(MalformedLineError):
        build(fault)
