"""P4 on runs made by hand: events that build a person profile."""

KEY = "$process_person_profile"


def test_p4_tells_of_events_that_do_not_say_no(run_with, sent, event, judged):
    said = event("said", **{KEY: False})
    (finding,) = judged("P4", run_with(sent(event("plain"), said, event("text", **{KEY: "false"}))))
    assert finding.observed == '2 of 3 events build one: "plain", "text"'


def test_p4_tells_of_the_key_without_its_dollar_sign(run_with, sent, event, judged):
    meant = event(process_person_profile=False)
    kinds = {one.kind for one in judged("P4", run_with(sent(meant)))}
    assert kinds == {
        "events that build a person profile",
        "process_person_profile without its dollar sign",
    }


def test_p4_passes_events_that_say_no(run_with, sent, event, judged, exercised):
    run = run_with(sent(event(**{KEY: False})))
    assert not judged("P4", run)
    assert exercised("P4", run)


def test_p4_leaves_events_about_persons_and_other_telemetry_alone(run_with, sent, event, judged):
    assert not judged("P4", run_with(sent(event("$identify"))))
    assert not judged("P4", run_with(sent(event()), kind="telemetry"))


def test_p4_takes_properties_that_are_no_object_for_silence(run_with, sent, event, judged):
    assert judged("P4", run_with(sent({**event(), "properties": ["x"]})))
