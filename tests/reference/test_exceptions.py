from __future__ import annotations

import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payloadproof_reference import report
from payloadproof_reference.exceptions import MOST_ERRORS, Builder
from payloadproof_reference.machine import known
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.redaction.redact import (
    MESSAGE_CHARS,
    STACK_CHARS,
    STACK_FRAMES,
    Redactor,
)

NAME = f"quaddle{uuid.uuid4().hex[:8]}"


def raised(error, cause=None):
    try:
        raise error from cause  # noqa: TRY301 - it is to have a traceback
    except BaseException as caught:
        return caught


def deep(depth):
    if depth:
        deep(depth - 1)
    raise ValueError("deep down")


def test_an_error_is_reported_as_error_tracking_reads_it(pipeline, reports):
    error = raised(ValueError(f"cannot read /home/{NAME}/x.txt"))
    pipeline.exception(error, {"error_category": "disk"})
    (sent,) = reports()
    frame = {
        "platform": "python",
        "function": "raised",
        "filename": "test_exceptions.py",
        "in_app": True,
    }
    (listed,) = sent["$exception_list"]
    assert [{**frame, "lineno": listed["stacktrace"]["frames"][0]["lineno"]}] == listed[
        "stacktrace"
    ]["frames"]
    assert listed["stacktrace"]["type"] == "raw"
    assert listed["mechanism"] == {"type": "generic", "handled": True, "synthetic": False}
    assert (listed["type"], listed["value"]) == ("ValueError", "cannot read <path>")
    assert (sent["error_type"], sent["error_message"]) == ("ValueError", "cannot read <path>")
    assert sent["error_stack"].startswith('File "test_exceptions.py", line ')
    assert sent["error_category"] == "disk"
    assert sent["occurrence_count"] == 1
    assert sent["$exception_level"] == "error"
    assert sent["$process_person_profile"] is False


def test_what_an_error_came_of_is_listed_and_redacted_too(pipeline, reports):
    cause = KeyError(f"password={NAME}")
    pipeline.exception(raised(ValueError("outer"), raised(cause)))
    (sent,) = reports()
    assert [each["type"] for each in sent["$exception_list"]] == ["ValueError", "KeyError"]
    assert sent["$exception_list"][1]["mechanism"]["type"] == "chained"
    assert NAME not in json.dumps(sent)


def test_a_context_is_listed_unless_it_was_suppressed(pipeline, reports):
    def chained(suppress):
        try:
            raise KeyError("inner")  # noqa: TRY301 - as above
        except KeyError:
            if suppress:
                raise TypeError("outer") from None
            raise ValueError("outer")  # noqa: B904 - the context is the point

    for suppress in (False, True):
        try:
            chained(suppress)
        except Exception as error:
            pipeline.exception(error)
    assert [[each["type"] for each in sent["$exception_list"]] for sent in reports()] == [
        ["ValueError", "KeyError"],
        ["TypeError"],
    ]


def test_a_group_is_listed_with_its_members_up_to_a_bound(pipeline, reports):
    members = [ValueError(f"member {NAME}@example.com") for _ in range(50)]
    pipeline.exception(raised(ExceptionGroup("many", members)))
    (sent,) = reports()
    assert len(sent["$exception_list"]) == MOST_ERRORS
    assert NAME not in json.dumps(sent)


def test_a_cycle_of_causes_ends(pipeline, reports):
    one, other = ValueError("one"), KeyError("other")
    one.__cause__, other.__cause__ = other, one
    pipeline.exception(one)
    assert len(reports()[0]["$exception_list"]) == 2


def test_a_deep_recursion_keeps_its_innermost_frames(pipeline, reports):
    try:
        deep(400)
    except ValueError as error:
        pipeline.exception(error)
    (sent,) = reports()
    frames = sent["$exception_list"][0]["stacktrace"]["frames"]
    assert [frame["function"] for frame in frames] == ["deep"] * STACK_FRAMES
    assert len(sent["error_stack"]) <= STACK_CHARS


def test_no_source_line_no_variable_and_no_directory_is_sent(pipeline, reports):
    path = f"/home/{NAME}/acme/app.py"
    own = {"variable": f"local-{NAME}"}
    try:
        exec(compile(f"password = '{NAME}'\nraise ValueError('x')", path, "exec"), own)
    except ValueError as error:
        pipeline.exception(error)
    (sent,) = reports()
    assert sent["$exception_list"][0]["stacktrace"]["frames"][-1]["filename"] == "app.py"
    assert NAME not in json.dumps(sent)


def test_a_function_with_a_name_that_is_none_is_not_named(pipeline, reports):
    code = compile(f"def f_sk_{NAME}9x8y7z():\n    raise ValueError\n", "app.py", "exec")
    own = {}
    exec(code, own)
    function = next(value for key, value in own.items() if key.startswith("f_sk_"))
    function.__code__ = function.__code__.replace(co_name=f"no name /home/{NAME}")
    try:
        function()
    except ValueError as error:
        pipeline.exception(error)
    assert reports()[0]["$exception_list"][0]["stacktrace"]["frames"][-1]["function"] == "<name>"


def test_the_names_of_this_machine_are_known(env, data_dir, clock, healthy):
    env |= {"HOME": f"/{NAME}/home", "USER": f"user{NAME}"}
    built = Pipeline(env, data_dir, clock)
    built.exception(raised(ValueError(f"user{NAME} at -{NAME}-home")))
    built.shutdown()
    assert healthy.named("$exception")[0]["error_message"] == "<name> at <name>"


def test_a_working_directory_that_is_gone_is_no_name(monkeypatch):
    def gone():
        raise FileNotFoundError

    monkeypatch.setattr("os.getcwd", gone)
    assert "" not in known({})


class RudeError(Exception):
    """Each of what it is asked for raises."""

    def __str__(self):
        raise RuntimeError(NAME)

    __repr__ = __str__

    @property
    def __cause__(self):
        raise RuntimeError(NAME)

    __context__ = __traceback__ = args = __cause__


class Sly(str):
    """A string with methods of its own."""

    __slots__ = ()

    def __str__(self):
        return 7  # noqa: PLE0307 - the point

    def encode(self, *_):
        raise RuntimeError


class Meta(type):
    @property
    def __name__(cls):
        raise RuntimeError(NAME)

    def __hash__(cls):
        raise RuntimeError(NAME)


class LiarError(Exception, metaclass=Meta):
    pass


class Claims:
    @property
    def __class__(self):
        return ValueError


HOSTILE = {
    "its text raises": RudeError(),
    "its message is an object whose text raises": ValueError(RudeError()),
    "its message is a sly string": ValueError(Sly("x")),
    "it is a sly string": Sly("x"),
    "its metaclass raises": LiarError("x"),
    "it claims to be an error": Claims(),
    "no error at all": None,
    "a dictionary": {"path": f"/home/{NAME}"},
    "a class": ValueError,
    "200 kB": ValueError("/home/x@" * 25_000),
    "lone surrogates and NUL": ValueError("\ud800\x00" * 99),
    "bytes": ValueError(b"\xff" * 5000),
    "an exit": SystemExit(3),
    "an interrupt": KeyboardInterrupt(),
    "a type name": type(f"Error /home/{NAME} " * 99, (Exception,), {})("x"),
    "a text of its own": "just a text",
}


@pytest.mark.parametrize("error", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_error_is_one_bounded_event(pipeline, reports, error, silent_console):
    pipeline.exception(error)
    pipeline.exception(raised(ValueError("around"), error if type(error) is ValueError else None))
    first, _ = reports()
    assert len(json.dumps(first)) < 20_000
    assert len(first["error_message"]) <= MESSAGE_CHARS
    assert NAME not in json.dumps(first)


@pytest.mark.parametrize(
    "context", [None, 7, {"error_category": NAME * 9}, {"path": NAME}, RudeError()]
)
def test_context_passes_the_whitelist_or_not_at_all(pipeline, reports, context):
    pipeline.exception(ValueError("x"), context)
    assert NAME not in json.dumps(reports())


def test_ten_thousand_of_one_kind_are_redacted_once(pipeline, reports, monkeypatch):
    redacted = []
    right = Builder.report

    def counting(builder, error, *, handled):
        redacted.append(error)
        return right(builder, error, handled=handled)

    monkeypatch.setattr(Builder, "report", counting)
    error = raised(ValueError("again"))
    for _ in range(10_000):
        pipeline.exception(error)
    assert [sent["occurrence_count"] for sent in reports()] == [1]
    assert len(redacted) == 1


def test_the_error_event_cannot_be_captured(pipeline, reports):
    pipeline.capture("$exception", {"error_message": NAME})
    assert reports() == []


def fine(**changes):
    return {**Builder(Redactor(), tuple).report(raised(ValueError("x")), handled=True), **changes}


def test_a_report_of_our_own_passes_the_last_look():
    assert report.checked(fine(occurrence_count=1)) == fine(occurrence_count=1)


@pytest.mark.parametrize(
    "changes",
    [
        {"error_message": f"/home/{NAME}/x"},
        {"error_message": "x" * 501},
        {"error_type": 7},
        {"error_stack": "const x = 1"},
        {"occurrence_count": True},
        {"$exception_level": "loud"},
        {"$exception_list": {}},
        {"$exception_list": [{"type": "A", "value": "b"}]},
        {"$exception_list": [fine()["$exception_list"][0]] * (MOST_ERRORS + 1)},
    ],
)
def test_one_wrong_value_and_there_is_no_event(changes):
    assert report.checked({**fine(occurrence_count=1), **changes}) is None


@pytest.mark.parametrize("key", ["context_line", "vars", "abs_path", "pre_context"])
def test_a_frame_with_more_than_it_may_have_does_not_pass(key):
    listed = fine()["$exception_list"][0]
    listed["stacktrace"]["frames"][0][key] = "x"
    changed = fine(occurrence_count=1)
    changed["$exception_list"] = [listed]
    assert report.checked(changed) is None


@pytest.mark.parametrize("properties", [None, 7, [], {}, "x"])
def test_what_is_no_report_does_not_pass(properties):
    assert report.checked(properties) is None


@given(st.text(), st.text(min_size=1).filter(lambda name: "\x00" not in name))
def test_whatever_the_text_the_report_passes_the_last_look(message, name):
    try:
        kind = type(name, (Exception,), {})
    except UnicodeEncodeError:
        return
    built = Builder(Redactor(), tuple).report(raised(kind(message)), handled=True)
    assert report.checked({**built, "occurrence_count": 1}) is not None
