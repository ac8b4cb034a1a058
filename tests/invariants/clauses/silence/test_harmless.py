import msgspec
import pytest

from payloadproof.protocol import messages as ops
from payloadproof.protocol.codec import CHANGED_LATER
from payloadproof.protocol.messages import RaisedDetail
from payloadproof.recorder.script import Hang
from payloadproof.scenario import steps as do

SEARCH = "search_performed"
HANG = do.Network(behaviour=Hang())


def good(index, **more):
    return do.Capture(event=SEARCH, properties={"result_count": 1_000 + index, **more})


def evil(index):
    return good(index, outcome={"$hostile": "circular"})


# S3


def ended(call, step, params, seconds, kind="ok"):
    made = call(step, params, kind)
    return type(made)(
        step=step,
        params=params,
        kind=kind,
        began_at=made.began_at,
        ended_at=made.began_at + seconds,
    )


def test_s3_passes_an_end_within_its_limit_and_that_is_its_control(
    history, call, connected, found, fired
):
    judged = history(
        HANG,
        good(1),
        do.Shutdown(),
        calls=[ended(call, 2, ops.Shutdown(), 3.9)],
        connections=(connected(1),),
    )
    assert not found("S3", judged)
    assert fired("S3", judged)


@pytest.mark.parametrize(
    ("slow", "named"),
    [
        ((ops.Shutdown(), 4.1), "shutdown returns within 3 s"),
        ((ops.Capture(event=SEARCH, transport="cli"), 3.1), "command line returns within 2 s"),
    ],
)
def test_s3_finds_an_end_beyond_its_limit(history, call, found, slow, named):
    (finding,) = found("S3", history(HANG, good(1), calls=[ended(call, 1, *slow)]))
    assert named in finding.expected
    assert not finding.definite


def test_s3_leaves_a_workers_capture_to_s2(history, call, found):
    slow = ended(call, 0, ops.Capture(event=SEARCH), 9)
    assert not found("S3", history(good(0), calls=[slow]))


def test_s3_has_no_control_with_a_sound_network(history, connected, fired):
    judged = history(good(0), do.Shutdown(), connections=(connected(0),))
    assert not fired("S3", judged)


# S4


@pytest.fixture
def directory(history):
    def make(data, *steps, instead=None, **also):
        judged = history(*steps, **also)
        scenario = do.Scenario(steps=tuple(steps), now_ms=0, data=data, instead=instead or {})
        return type(judged)(
            **{f: getattr(judged, f) for f in judged.__struct_fields__} | {"scenario": scenario}
        )

    return make


@pytest.mark.parametrize("data", ["missing", "file"])
def test_s4_passes_operations_that_return_and_that_is_its_control(directory, found, fired, data):
    judged = directory(data, good(0), do.Flush())
    assert not found("S4", judged)
    assert fired("S4", judged)


@pytest.mark.parametrize("place", ["consent", "marker", "log"])
def test_s4_finds_who_waits_at_a_pipe(directory, call, found, fired, place):
    hung = [call(0, ops.Capture(event=SEARCH), "timeout")]
    judged = directory("sound", good(0), instead={place: "pipe"}, calls=hung)
    (finding,) = found("S4", judged)
    assert "with a named pipe in the place of the " in finding.expected
    assert finding.observed == "it ended in timeout"
    assert not finding.definite
    passed = directory("sound", good(0), instead={place: "pipe"})
    assert not found("S4", passed)
    assert fired("S4", passed)


def test_s4_finds_an_exception_and_what_is_printed(directory, call, found):
    raised = RaisedDetail(type="FileNotFoundError", message="")
    calls = [call(0, ops.Capture(event=SEARCH), "raised", raised=raised)]
    first, second = found("S4", directory("missing", good(0), calls=calls, stderr=b"oops\n"))
    assert first.observed == "it raised FileNotFoundError"
    assert "no data directory" in first.expected
    assert "nothing on stderr" in second.expected
    assert second.kind == "something on stderr with no data directory"


def test_s4_says_nothing_of_a_sound_directory(history, found, fired):
    judged = history(good(0), stderr=b"oops\n")
    assert not found("S4", judged)
    assert not fired("S4", judged)


# S5


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_s5_says_on_which_stream_and_that_a_print_may_come_there_too(history, found, stream):
    (finding,) = found("S5", history(good(0), **{stream: b"captured 1\n"}))
    also = {"stderr": " (an adapter may redirect stdout to it)", "stdout": ""}[stream]
    assert finding.observed == f'11 bytes on {stream}{also}, beginning "captured 1"'


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_s5_finds_what_is_printed_and_quotes_its_last_line_masked(history, found, stream):
    printed = {stream: b"one\nERROR geheimnis\n", "canaries": ("geheimnis",)}
    (finding,) = found("S5", history(good(0), **printed))
    assert stream in finding.expected
    assert finding.observed.endswith(', beginning "one", ending "ERR…2 geh…6"')
    assert "geheimnis" not in finding.observed
    assert finding.definite


def test_s5_passes_debug_mode(history, contract, found):
    env = {contract.variables.debug: "1"}
    assert not found("S5", history(good(0), env=env, stderr=b"what would be sent\n"))
    off = {contract.variables.debug: "true"}
    assert found("S5", history(good(0), env=off, stderr=b"what would be sent\n"))


def test_s5_has_its_control_where_there_is_trouble(history, connected, fired):
    assert fired("S5", history(HANG, good(1), connections=(connected(1),)))
    assert fired("S5", history(evil(0), connections=(connected(0),)))
    assert not fired("S5", history(good(0), connections=(connected(0),)))


# S6


def test_s6_passes_what_arrives_beside_a_hostile_value(history, arrived, found, fired):
    steps = (good(0), evil(1), good(2), do.Flush())
    requests = [arrived(n, SEARCH, result_count=1_000 + n) for n in range(3)]
    judged = history(*steps, requests=requests)
    assert not found("S6", judged)
    assert fired("S6", judged)


@pytest.mark.parametrize(
    ("lost", "said"), [(2, "a bad capture loses no other"), (1, "loses at most itself")]
)
def test_s6_finds_what_a_hostile_value_took_along(history, arrived, found, lost, said):
    steps = (good(0), evil(1), good(2), do.Flush())
    requests = [arrived(n, SEARCH, result_count=1_000 + n) for n in range(3) if n != lost]
    (finding,) = found("S6", history(*steps, requests=requests))
    assert f"step {lost + 1} sent" in finding.expected
    assert said in finding.expected
    assert "step 2 had circular" in finding.evidence
    assert not finding.definite


def test_s6_finds_a_neighbour_that_was_lost(history, arrived, found):
    spoiled = good(1, endpoint="search", outcome={"$hostile": "nan"})
    steps = (good(0, endpoint="search"), spoiled, do.Flush())
    requests = [
        arrived(0, SEARCH, result_count=1_000, endpoint="search"),
        arrived(1, SEARCH, result_count=1_001),
    ]
    (finding,) = found("S6", history(*steps, requests=requests))
    assert finding.expected.startswith('"endpoint"')


def test_s6_asks_for_nothing_that_did_not_arrive_before_the_trouble(history, found):
    assert not found("S6", history(good(0), evil(1), good(2), do.Flush()))


@pytest.mark.parametrize("end", [HANG, good(3)])
def test_s6_says_nothing_where_something_else_kept_events_back(history, arrived, found, end):
    steps = (good(0), evil(1), good(2), end)
    assert not found("S6", history(*steps, requests=[arrived(0, SEARCH, result_count=1_000)]))


# S7


def test_s7_passes_objects_left_alone_and_that_is_its_control(history, arrived, found, fired):
    judged = history(good(0), requests=[arrived(0, SEARCH, result_count=1_000)])
    assert not found("S7", judged)
    assert not fired("S7", judged)
    scenario = msgspec.structs.replace(judged.scenario, overwrites=True)
    assert fired("S7", msgspec.structs.replace(judged, scenario=scenario))


def test_s7_finds_an_object_that_was_changed(history, call, found):
    asked = ops.Capture(event=SEARCH, properties={"result_count": 1})
    (finding,) = found("S7", history(good(0), calls=[call(0, asked, mutated=True)]))
    assert finding.expected == "capture leaves the caller's object as it is"
    assert "result_count" in finding.evidence[0]


def test_s7_finds_what_was_written_later(history, arrived, found):
    (finding,) = found("S7", history(good(0), requests=[arrived(0, SEARCH, outcome=CHANGED_LATER)]))
    assert "after the call" in finding.observed
