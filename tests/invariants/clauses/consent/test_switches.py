"""C1, C2 and C12 to C14 on runs made by hand: switches, and a notice that comes first."""

import pytest

from payloadproof.evidence.runs import FirstStart, Host, Run

NOTICE = b"This program sends anonymous telemetry; KETTLE_OFF=1 turns it off.\n"


@pytest.fixture
def on(run_with, sent, event):
    """A run that sends, with nothing said about telemetry."""
    return lambda **about: run_with(sent(event("cup_made")), **about)


@pytest.fixture
def silent():
    """A run that sends nothing."""
    return lambda **about: Run(name="off", **about)


SWITCHES = {
    "C1": {"switch": "KETTLE_OFF=1", "own": True},
    "C12": {"switch": "DO_NOT_TRACK=1"},
    "C13": {"switch": "CI=1"},
}


@pytest.mark.parametrize("clause", SWITCHES)
def test_what_is_sent_though_it_was_turned_off_is_found(on, judged, clause):
    (finding,) = judged(clause, on(), on(**SWITCHES[clause]))
    assert SWITCHES[clause]["switch"] in finding.expected
    assert '"cup_made"' in finding.observed


@pytest.mark.parametrize("clause", SWITCHES)
def test_silence_passes_and_a_run_that_sends_is_its_control(on, silent, judged, exercised, clause):
    off = silent(**SWITCHES[clause])
    assert not judged(clause, on(), off)
    assert exercised(clause, on(), off)
    assert not exercised(clause, silent(), off)


@pytest.mark.parametrize("clause", SWITCHES)
def test_each_switch_is_one_clauses_matter(on, judged, clause):
    others = [about for name, about in SWITCHES.items() if name != clause]
    assert not judged(clause, on(), *(on(**about) for about in others))


def test_c1_finds_another_telemetry_host_that_goes_on(on, sent, event, silent, judged):
    other = Host(name="otel.example", kind="telemetry", requests=(sent(event("log")),))
    off = Run(name="off", hosts=(other,), asked=("otel.example",), **SWITCHES["C1"])
    (finding,) = judged("C1", on(), off)
    assert "otel.example" in finding.observed


def test_c12_is_c1_where_the_program_promised_to_obey(on, judged):
    promised = {"switch": "DO_NOT_TRACK=1", "own": True}
    assert judged("C1", on(), on(**promised))
    assert not judged("C12", on(), on(**promised))


def test_c2_finds_a_telemetry_host_that_is_only_looked_up(on, judged):
    off = Run(name="off", asked=("eu.telemetry.example",), **SWITCHES["C1"])
    (finding,) = judged("C2", on(), off)
    assert "eu.telemetry.example" in finding.observed


def test_c2_passes_a_host_that_is_no_telemetry(on, judged, exercised):
    off = Run(name="off", asked=("updates.example",), **SWITCHES["C1"])
    assert not judged("C2", on(), off)
    assert exercised("C2", on(), off)


def test_c14_finds_a_notice_that_comes_late_and_none_at_all(on, judged):
    (late,) = judged("C14", on(before=b"boiling\n", stdout=b"boiling\n" + NOTICE))
    (none,) = judged("C14", on(before=b"boiling\n", stdout=b"boiling\n"))
    assert late.observed == "one that came after it"
    assert none.observed == "none at all"


def test_c14_passes_a_notice_that_comes_first(on, judged, exercised):
    run = on(before=NOTICE, stdout=NOTICE + b"boiling\n")
    assert not judged("C14", run)
    assert exercised("C14", run)


def test_c14_says_nothing_of_a_program_that_sends_nothing(silent, exercised):
    assert not exercised("C14", silent(stdout=b"boiling\n"))


def test_c2_finds_a_file_for_the_id_that_is_made_while_off(run_with, sent, event, judged):
    with_id = run_with(sent(event()), wrote=(".acme/id", "answer"), kept_ids=(".acme/id",))
    off = run_with(switch="ACME_TELEMETRY=0", own=True, wrote=(".acme/id", "answer"))
    (finding,) = judged("C2", with_id, off)
    assert ".acme/id" in finding.observed


def test_c2_leaves_a_programs_other_files_alone(run_with, sent, event, judged):
    with_id = run_with(sent(event()), wrote=(".acme/id", "answer"), kept_ids=(".acme/id",))
    assert not judged("C2", with_id, run_with(switch="ACME=0", own=True, wrote=("answer",)))
    assert not judged("C2", with_id, run_with(switch="CI=1", wrote=(".acme/id",)))


def test_c14_takes_no_line_that_posthogs_package_logs_for_a_notice(on, judged):
    logged = b"[PostHog] Multiple active PostHog clients detected.\n"
    assert judged("C14", on(before=logged, stdout=logged))
    assert not judged("C14", on(before=logged + b"Usage goes to PostHog; X=1 stops it\n"))


def test_c14_holds_the_notice_to_the_words_of_the_contract(on, judged):
    promised = {"notice": ("kettle_off=1  turns", "anonymous")}
    painted = NOTICE.replace(b"=1", b"=1\x1b[0m").replace(b" turns", b"\n   turns")
    assert not judged("C14", on(before=painted, stdout=painted, **promised))
    (short,) = judged("C14", on(before=b"Telemetry is anonymous.\n", **promised))
    assert "kettle_off=1" in short.expected
    assert short.observed == "none at all"
    (late,) = judged("C14", on(before=b"Telemetry.\n", stdout=NOTICE, **promised))
    assert late.observed == "one that came after it"


def test_c14_holds_a_first_start_to_its_silence(on, silent, judged, exercised):
    says = {"notice": ("anonymous telemetry",)}
    quiet = FirstStart(printed=NOTICE)
    assert not judged("C14", on(before=b"", first=quiet, **says))
    assert exercised("C14", on(before=b"", first=quiet, **says))
    assert not exercised("C14", silent(first=quiet, **says))
    (sent,) = judged("C14", on(before=b"", first=FirstStart(printed=NOTICE, requests=2), **says))
    assert sent.kind == "sent by the first start"
    (unsaid,) = judged("C14", on(before=NOTICE, first=FirstStart(printed=b"boiling"), **says))
    assert "before the second start" in unsaid.expected


def test_c14_takes_a_notice_for_late_only_if_it_is_so_in_every_run(on, judged):
    late = on(before=b"boiling\n", stdout=b"boiling\n" + NOTICE)
    in_time = on(before=NOTICE, stdout=NOTICE)
    assert judged("C14", late, late)
    assert not judged("C14", late, in_time)
    assert not judged("C14", in_time, late)
    assert judged("C14", in_time, on(before=b"boiling\n", stdout=b"boiling\n"))
