import pytest

from payloadproof.clauses.host.endings import NOTHING, pending, undisturbed
from payloadproof.evidence.runs import HOME_READ_ONLY, STDOUT_CLOSED

OUT = b"model loaded\n3 files read\n"


@pytest.fixture
def on(sent, event, run_with):
    """An untroubled run with telemetry."""

    def make(**about):
        return run_with(sent(event()), **{"stdout": OUT, "took_s": 1.0, **about})

    return make


@pytest.fixture
def hit(run_with):
    """A run in which the telemetry's host was asked for, and something was wrong."""

    def make(fault="refused", **about):
        run = run_with(fault=fault, **{"stdout": OUT, "took_s": 1.0, "name": fault, **about})
        return type(run)(
            **{field: getattr(run, field) for field in run.__struct_fields__}
            | {"asked": ("eu.telemetry.example",)}
        )

    return make


@pytest.fixture
def off(run_with):
    """A run with telemetry off, which is silent."""

    def make(fault="", **about):
        told = {"stdout": OUT, "took_s": 1.0, "switch": "DO_NOT_TRACK=1", "name": "off"}
        return run_with(fault=fault, **{**told, **about})

    return make


# H1, the exit code


def test_h1_finds_another_exit_code_when_telemetry_is_refused(on, hit, judged):
    (finding,) = judged("H1", on(), on(), hit(exit_code=1))
    assert finding.observed == "exit code 1: refused"
    assert finding.expected == "exit code 0, as with nothing wrong"


def test_h1_passes_the_same_exit_code(on, hit, judged, exercised):
    runs = on(exit_code=3), on(exit_code=3), hit(exit_code=3)
    assert not judged("H1", *runs)
    assert exercised("H1", *runs)


def test_h1_is_measured_by_the_run_with_the_same_wrong_and_telemetry_off(on, hit, off, judged):
    broken = hit(STDOUT_CLOSED, exit_code=1), off(STDOUT_CLOSED, exit_code=1)
    assert not judged("H1", on(), on(), off(), *broken)
    assert judged("H1", on(), on(), off(), hit(exit_code=1), off("refused", exit_code=0))


@pytest.mark.parametrize("trouble", [STDOUT_CLOSED, HOME_READ_ONLY])
def test_a_trouble_of_the_machine_is_judged_by_a_run_with_telemetry_off_or_not_at_all(
    on, hit, off, judged, trouble
):
    runs = on(), on(), hit(trouble, exit_code=1, stdout=b"", took_s=9.0)
    for clause in ("H1", "H2", "H3"):
        assert not judged(clause, *runs)
    assert trouble not in pending(runs)
    assert judged("H1", *runs, off(), off(trouble))


def test_h1_takes_a_switch_that_does_not_silence_for_no_measure(on, hit, off, judged):
    ignored = on(switch="DO_NOT_TRACK=1")
    runs = on(), on(), ignored, hit(exit_code=1), off("refused", exit_code=1)
    assert judged("H1", *runs)


def test_h1_finds_another_exit_code_with_telemetry_on_and_nothing_wrong(on, off, judged):
    (finding,) = judged("H1", on(exit_code=1), on(exit_code=1), off())
    assert finding.expected == "exit code 0, as with telemetry off"
    assert not judged("H1", on(), on(), off())


def test_h1_has_no_control_where_telemetry_was_not_tried(on, hit, run_with, exercised):
    assert not exercised("H1", on(), on(), run_with(fault="refused", stdout=OUT))
    assert not exercised("H1", run_with(), run_with(), hit())


def test_h1_leaves_a_run_that_we_stopped_to_h3(on, hit, judged):
    assert not judged("H1", on(), on(), hit(exit_code=None, ended="stopped"))


# H2, the output


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_h2_finds_a_line_that_is_missing(on, hit, judged, stream):
    runs = on(**{stream: b"a line\nanother\n"}), on(**{stream: b"a line\nanother\n"})
    (finding,) = judged("H2", *runs, hit(**{stream: b"a line\n"}))
    assert finding.observed.startswith(f"1 missing on {stream}: refused")


def test_h2_passes_lines_that_two_untroubled_runs_do_not_share(on, hit, judged, exercised):
    runs = on(stdout=b"ok\nat 10:01\n"), on(stdout=b"ok\nat 10:02\n")
    assert not judged("H2", *runs, hit(stdout=b"ok\nat 10:03\nwarning: no network\n"))
    assert exercised("H2", *runs, hit(stdout=b"ok\n"))


def test_h2_does_not_ask_for_lines_that_are_missing_with_telemetry_off_too(on, hit, off, judged):
    wrong = {"fault": "no such name", "stdout": b"model loaded\n"}
    assert not judged("H2", on(), on(), off(), hit(**wrong), off(**wrong))
    assert judged("H2", on(), on(), off(), hit(**wrong), off("no such name"))


def test_h2_does_not_look_for_lines_on_an_output_that_was_closed(on, hit, judged):
    assert not judged("H2", on(), on(), hit(STDOUT_CLOSED, stdout=b""))


def test_h2_needs_two_untroubled_runs(on, hit, judged, exercised):
    assert not judged("H2", on(), hit(stdout=b""))
    assert not exercised("H2", on(), hit())


# H3, the time


def test_h3_finds_three_late_ends_of_three(on, hit, judged, exercised):
    late = [hit("hangs", took_s=1.0 + more) for more in (6.0, 7.0, 9.0)]
    (finding,) = judged("H3", on(), on(), *late)
    assert finding.observed == "the end 6 s later, 3 of 3: hangs"
    assert not finding.definite
    assert exercised("H3", on(), on(), *late)


def test_h3_passes_one_end_in_time_of_three(on, hit, judged, exercised):
    runs = [hit("hangs", took_s=took) for took in (9.0, 9.0, 2.0)]
    assert not judged("H3", on(), on(), *runs)
    assert exercised("H3", on(), on(), *runs)


def test_h3_is_measured_by_the_slowest_untroubled_run(on, hit, judged):
    late = [hit(took_s=9.0) for _ in range(3)]
    assert judged("H3", on(), on(took_s=4.9), *late)
    assert not judged("H3", on(), on(took_s=5.1), *late)


def test_h3_says_that_a_run_was_stopped(on, hit, judged):
    late = [hit(took_s=31.0, ended="stopped", exit_code=None) for _ in range(3)]
    (finding,) = judged("H3", on(), on(), *late)
    assert "no end even 30 s later" in finding.observed


@pytest.mark.parametrize(
    ("about", "is_so"),
    [
        ({"took_s": 4.9}, True),
        ({"took_s": 5.1}, False),
        ({"exit_code": 3}, False),
        ({"ended": "stopped", "exit_code": None}, False),
        ({"stdout": b"model loaded\nanother holds the lock\n"}, False),
        ({"stderr": b"a word more\n"}, True),
    ],
)
def test_a_control_that_ends_and_prints_as_it_does_alone_is_undisturbed(on, about, is_so):
    assert undisturbed(on(**about), [on(), on()]) is is_so


def test_h3_is_open_until_a_late_end_was_seen_three_times(on, hit, judged, exercised):
    late = [hit(took_s=9.0)]
    assert not judged("H3", on(), *late)
    assert not exercised("H3", on(), *late)
    assert pending([on(), *late]) == ("refused",)
    assert pending([on(), *late * 3]) == ()
    assert pending([on(), *late, hit()]) == ()


def test_h3_passes_a_program_that_is_as_late_with_telemetry_off(on, hit, off, judged):
    late = [hit("black hole", took_s=20.0) for _ in range(3)]
    assert not judged("H3", on(), off(), *late, off("black hole", took_s=19.0))


def test_h3_finds_a_program_that_ends_late_with_nothing_wrong(on, off, judged):
    runs = [on(took_s=8.0) for _ in range(3)]
    (finding,) = judged("H3", *runs, off())
    assert NOTHING in finding.observed
    assert pending([runs[0], off()]) == (NOTHING,)
