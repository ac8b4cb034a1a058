from payloadproof.scenario import steps as do


def test_an_error_past_its_switch_breaks_c5(history, raising, said, found, on):
    off = {"env": {"CLAUDE_MEM_TELEMETRY_ERRORS": "0"}, **on}
    assert found("C5", history(raising(), requests=[said()], **off))


def test_an_event_without_an_error_passes_the_switch(history, raising, arrived, found, fired):
    off = {"env": {"CLAUDE_MEM_TELEMETRY_ERRORS": "0"}, "consent_text": '{"enabled": true}'}
    passed = history(raising(), requests=[arrived(0)], **off)
    assert not found("C5", passed)
    assert fired("C5", passed)


def test_a_switch_that_stops_everything_breaks_c5(history, raising, found, on):
    off = {"env": {"CLAUDE_MEM_TELEMETRY_ERRORS": "0"}, **on}
    step = do.Capture(event="search_performed", properties={})
    assert found("C5", history(raising(), step, do.Flush(), requests=[], **off))
