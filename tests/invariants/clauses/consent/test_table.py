import json

import msgspec
import pytest

from payloadproof.clauses.timeline import decide, moments
from payloadproof.outcome.accepted import kinds
from payloadproof.protocol import messages as ops
from payloadproof.recorder.script import Reset
from payloadproof.scenario import steps as do

SEARCH = do.Capture(event="search_performed", properties={"result_count": 1_001})
ON = json.dumps({"enabled": True})
OFF = json.dumps({"enabled": False})
SETTLE = do.Advance(ms=31_000)
SWITCH = "CLAUDE_MEM_TELEMETRY"


@pytest.mark.parametrize(
    ("env", "text", "decision", "layer"),
    [
        ({}, None, "on", "default"),
        ({"DO_NOT_TRACK": "1"}, None, "off", "DO_NOT_TRACK"),
        ({"DO_NOT_TRACK": "yes"}, ON, "off", "DO_NOT_TRACK"),
        ({"DO_NOT_TRACK": "2", SWITCH: "1"}, ON, "off", "DO_NOT_TRACK"),
        ({"DO_NOT_TRACK": "0"}, None, "on", "default"),
        ({"DO_NOT_TRACK": "false"}, OFF, "off", "telemetry.json"),
        ({"DO_NOT_TRACK": ""}, None, "on", "default"),
        ({SWITCH: "off"}, ON, "off", SWITCH),
        ({SWITCH: "OFF"}, ON, "off", SWITCH),
        ({SWITCH: "False"}, None, "off", SWITCH),
        ({SWITCH: "True"}, OFF, "on", SWITCH),
        ({SWITCH: "ON"}, OFF, "on", SWITCH),
        ({SWITCH: "maybe"}, OFF, "off", "telemetry.json"),
        ({SWITCH: "maybe"}, None, "on", "default"),
        ({SWITCH: ""}, OFF, "off", "telemetry.json"),
        ({SWITCH: "no"}, None, None, SWITCH),  # C8's
        ({SWITCH: " off"}, None, None, SWITCH),  # C8's
        ({SWITCH: " on "}, OFF, "on", SWITCH),
        ({}, ON, "on", "telemetry.json"),
        ({}, OFF, "off", "telemetry.json"),
        ({}, "{}", "on", "default"),
        ({}, '{"enabled": null}', "on", "default"),
        ({}, '{"enabled": "false"}', None, "telemetry.json"),
        ({}, '{"enabled": 0}', None, "telemetry.json"),
        ({}, '{"enabled": fal', None, "telemetry.json"),
        ({}, "[false]", None, "telemetry.json"),
        ({}, "", None, "telemetry.json"),
        ({"DO_NOT_TRACK": "1"}, "damaged", "off", "DO_NOT_TRACK"),
    ],
)
def test_the_table_decides(contract, env, text, decision, layer):
    assert decide(contract, env, text) == (decision, layer)


def test_a_contract_that_is_off_by_default(door_contract):
    assert decide(door_contract, {}, None) == ("off", "default")
    assert decide(door_contract, {"DOOR_COUNTER_TELEMETRY": "On"}, None)[0] == "on"


def test_a_change_settles_when_the_time_to_notice_has_passed(history):
    changed = history(
        do.SetEnv(env={"DO_NOT_TRACK": "1"}),
        SEARCH,
        do.Advance(ms=30_000),
        SEARCH,
        do.Advance(ms=1),
        SEARCH,
        do.SetEnv(env={"DO_NOT_TRACK": None}),
        do.WriteConsent(text=OFF),
    )
    timeline = moments(changed)
    assert len(timeline) == len(changed.steps) + 1
    assert [moment.decision for moment in timeline] == ["on", *["off"] * 6, "on", "off"]
    assert [moment.settled for moment in timeline] == [True, *[False] * 5, True, False, False]


def test_a_change_that_decides_nothing_new_needs_no_settling(history):
    same = history(do.SetEnv(env={"DO_NOT_TRACK": "0"}), SEARCH)
    assert all(moment.settled for moment in moments(same))


# C1


@pytest.mark.parametrize(
    ("env", "text"),
    [({"DO_NOT_TRACK": "1", SWITCH: "1"}, ON), ({SWITCH: "OFF"}, ON), ({}, OFF)],
)
def test_c1_finds_an_event_while_off(history, arrived, found, env, text):
    sent = history(SEARCH, do.Flush(), env=env, consent_text=text, requests=[arrived(0)])
    (finding,) = found("C1", sent)
    assert finding.definite
    assert "consent is off by" in finding.expected
    assert "search_performed" in finding.observed


@pytest.mark.parametrize("value", ["1", "yes", "\x1b[2J"])
def test_what_the_variable_was_set_to_is_said_and_is_no_kind_of_its_own(
    history, arrived, connected, found, value
):
    broken = {
        "C1": ({"requests": [arrived(0)]}, "an event sent while consent is off by DO_NOT_TRACK"),
        "C2": (
            {"connections": (connected(0),)},
            (
                "expected no connection: consent is off by DO_NOT_TRACK; observed a TCP connection"
                " to the telemetry host was opened"
            ),
        ),
    }
    for clause, (also, kind) in broken.items():
        told = history(SEARCH, do.Flush(), env={"DO_NOT_TRACK": value}, **also)
        (finding,) = found(clause, told)
        assert finding.expected.endswith(f"consent is off by DO_NOT_TRACK={json.dumps(value)}")
        assert kinds(finding, told.scenario)[0] == (clause, kind)


def test_c1_passes_silence_while_off(history, found, fired):
    silent = history(SEARCH, do.Flush(), env={"DO_NOT_TRACK": "1"})
    assert not found("C1", silent)
    assert not fired("C1", silent)


def test_c1_finds_silence_while_on_which_is_not_definite(history, found, fired):
    silent = history(SEARCH, do.Flush())
    (finding,) = found("C1", silent)
    assert not finding.definite
    assert "search_performed sent: consent is on by default" in finding.expected
    assert not fired("C1", silent)


def test_c1_passes_an_event_while_on_and_that_is_its_control(
    history, post, make_event, found, fired
):
    sent = history(SEARCH, do.Flush(), requests=[post(make_event())])
    assert not found("C1", sent)
    assert fired("C1", sent)


@pytest.mark.parametrize(
    "steps",
    [
        (SEARCH,),  # never flushed
        (do.Network(behaviour=Reset()), SEARCH, do.Flush()),
        (do.Capture(event="undeclared"), do.Flush()),
        (SEARCH, do.Capture(event={"$hostile": "nan"}), do.Flush()),
    ],
)
def test_c1_does_not_demand_what_may_rightly_be_missing(history, found, steps):
    assert not found("C1", history(*steps))


@pytest.mark.parametrize("text", ["damaged", '{"enabled": "yes"}'])
def test_c1_is_silent_where_the_table_is(history, post, make_event, found, text):
    assert not found("C1", history(SEARCH, do.Flush(), consent_text=text))
    sent = [post(make_event())]
    assert not found("C1", history(SEARCH, do.Flush(), consent_text=text, requests=sent))


def test_c1_leaves_changes_to_others(history, post, make_event, found):
    changed = history(
        do.SetEnv(env={"DO_NOT_TRACK": "1"}), SEARCH, do.Flush(), requests=[post(make_event())]
    )
    assert not found("C1", changed)


# C2


def test_c2_finds_a_connection_while_off(history, connected, found):
    for step in (-1, 0, 1, 2):
        touched = history(
            SEARCH, do.Flush(), env={"DO_NOT_TRACK": "1"}, connections=(connected(step),)
        )
        (finding,) = found("C2", touched)
        assert "no connection: consent is off by DO_NOT_TRACK" in finding.expected


def test_c2_passes_a_connection_while_on_and_that_is_its_control(history, connected, found, fired):
    sent = history(SEARCH, do.Flush(), connections=(connected(1),))
    assert not found("C2", sent)
    assert fired("C2", sent)


def test_c2_finds_a_connection_only_while_the_opt_out_has_settled(history, connected, found):
    steps = (
        SEARCH,
        do.SetEnv(env={SWITCH: "0"}),
        SEARCH,
        SETTLE,
        SEARCH,
        do.SetEnv(env={SWITCH: "1"}),
        SETTLE,
        SEARCH,
    )
    judged = {
        step: bool(found("C2", history(*steps, connections=(connected(step),))))
        for step in range(len(steps))
    }
    assert judged == {step: step == 4 for step in range(len(steps))}


def test_c2_ends_where_an_opt_out_that_a_start_found_is_taken_back(
    history, connected, call, during, found
):
    steps = (SEARCH, do.WriteConsent(text=ON), SETTLE, SEARCH)
    last = call(-1, ops.EndScenario())
    end = msgspec.structs.replace(last, began_at=during(len(steps)), ended_at=during(len(steps)))

    def judged(step):
        one = history(*steps, consent_text=OFF, connections=(connected(step),))
        return bool(found("C2", msgspec.structs.replace(one, calls=(*one.calls[1:], end))))

    assert [judged(step) for step in range(len(steps))] == [True, False, False, False]


def test_c2_finds_files_created_changed_and_removed(history, snapshots, found):
    off = {"env": {"DO_NOT_TRACK": "1"}}
    before = {"data/a": "1", "data/b": "1"}
    for after, what in (
        ({**before, "data/id": "x"}, "data/id was created"),
        ({**before, "data/a": "2"}, "data/a was changed or removed"),
        ({"data/a": "1"}, "data/b was changed or removed"),
        ({**before, "home/.id": "x"}, "home/.id was created"),
    ):
        shots = snapshots({-1: before, 2: after})
        (finding,) = found("C2", history(SEARCH, do.Flush(), snapshots=shots, **off))
        assert finding.observed == what


def test_c2_passes_files_that_stay_and_the_log(history, snapshots, found):
    shots = snapshots(
        {-1: {"data/telemetry.json": OFF}, 1: {"data/telemetry.json": OFF, "data/logs/a.log": "x"}}
    )
    assert not found("C2", history(SEARCH, consent_text=OFF, snapshots=shots))


def test_c2_passes_what_a_consent_step_itself_writes(history, snapshots, found):
    steps = (SEARCH, do.WriteConsent(text=OFF + " "), SEARCH)
    written = snapshots({-1: {"data/t": "1"}, 0: {"data/t": "1"}, 1: {"data/t": "2"}})
    assert not found("C2", history(*steps, consent_text=OFF, snapshots=written))
    elsewhere = snapshots({-1: {"data/t": "1"}, 0: {"data/t": "2"}, 1: {"data/t": "2"}})
    assert found("C2", history(*steps, consent_text=OFF, snapshots=elsewhere))


def test_c2_names_no_canary(history, snapshots, found):
    canary = "k3wq0zj5m8xv1c6b2n7d"
    shots = snapshots({-1: {}, 1: {f"data/{canary}.id": "x"}})
    off = history(SEARCH, env={"DO_NOT_TRACK": "1"}, snapshots=shots, canaries=(canary,))
    (finding,) = found("C2", off)
    assert finding.observed == "data/{canary:0}.id was created"


# C3


def marked(step):
    return do.Capture(event="search_performed", properties={"result_count": 1_000 + step})


FLIPPED = (
    marked(0),
    do.Flush(),
    do.SetEnv(env={SWITCH: "0"}),
    SETTLE,
    marked(4),
    do.SetEnv(env={SWITCH: "1"}),
    SETTLE,
    marked(7),
    do.Flush(),
)


def test_c3_passes_what_was_captured_while_on_and_that_is_its_control(
    history, arrived, found, fired
):
    first = arrived(1, result_count=1_000)
    last = arrived(8, result_count=1_007)
    judged = history(*FLIPPED, requests=[first, last])
    assert not found("C3", judged)
    assert fired("C3", judged)


def test_c3_finds_what_was_captured_while_off(history, arrived, found):
    late = arrived(8, result_count=1_004)
    (finding,) = found("C3", history(*FLIPPED, requests=[late]))
    assert 'step 5 ran while consent was off by "CLAUDE_MEM_TELEMETRY"' in finding.expected


def test_c3_finds_what_was_buffered_before_the_opt_out(history, arrived, found):
    late = arrived(8, result_count=1_000)
    (finding,) = found("C3", history(*FLIPPED, requests=[late]))
    assert "step 1 not sent: consent was off from step 5 on" in finding.expected


def test_c3_finds_a_record_of_the_opt_out_in_a_later_rollup(history, arrived, found, fired):
    def record(step):
        properties = {"tokens_input": 2**step, "model": "observer-a"}
        return do.Record(event="session_compressed", session=10**14, properties=properties)

    steps = (
        *(do.SetEnv(env={SWITCH: "0"}), SETTLE, record(2)),
        *(do.SetEnv(env={SWITCH: "1"}), SETTLE, record(5)),
        *(do.EndSession(session=10**14), do.Flush()),
    )
    for total, wrong in ((2**5, False), (2**5 + 2**2, True)):
        rollup = arrived(7, "observer_turn_rollup", total_tokens_input=total)
        judged = history(*steps, requests=[rollup])
        assert bool(found("C3", judged)) is wrong
        assert fired("C3", judged)


def test_c3_does_not_guess_whose_an_unmarked_event_is(history, arrived, found):
    other = arrived(8, result_count=3)
    assert not found("C3", history(*FLIPPED, requests=[other]))


def test_what_is_captured_after_a_shutdown_alone_is_not_missed(history, found, on):
    late = do.Capture(event="search_performed", properties={})
    assert not found("C1", history(do.Shutdown(), late, do.Shutdown(), **on))
    assert found("C1", history(late, do.Shutdown(), **on))
