import json
import uuid

import msgspec
import pytest

from payloadproof.protocol import messages as ops
from payloadproof.scenario import steps as do

SEARCH = "search_performed"
ID = str(uuid.UUID(int=0x3F0C2B5E6A1D4F7E9B8A0C1D2E3F4A5B))
OTHER_ID = "5b0d7d0e-2f64-4c1b-8d3b-0a9b8c7d6e5f"
OUT, IN = do.SetEnv(env={"DO_NOT_TRACK": "1"}), do.SetEnv(env={"DO_NOT_TRACK": None})
SETTLE, REST = do.Advance(ms=31_000), do.Advance(ms=0)
OFF = json.dumps({"enabled": False})
SWITCH = "CLAUDE_MEM_TELEMETRY"


def good(index):
    return do.Capture(event=SEARCH, properties={"result_count": 1_000 + index})


@pytest.fixture
def sent(arrived):
    return lambda marker, during=None: arrived(
        marker if during is None else during, SEARCH, result_count=1_000 + marker
    )


# C4

CHANGED = (good(0), REST, OUT, SETTLE, good(4), do.Flush(), IN, SETTLE, good(8), do.Flush())


@pytest.mark.parametrize("clause", ["C4", "C11"])
def test_a_change_that_is_honoured_passes(history, sent, found, fired, clause):
    judged = history(*CHANGED, requests=[sent(0), sent(8)])
    assert not found(clause, judged)
    assert fired(clause, judged)


def test_c4_finds_what_is_sent_after_an_opt_out(history, sent, found):
    (finding,) = found("C4", history(*CHANGED, requests=[sent(0, during=5), sent(8)]))
    assert finding.expected == "nothing sent 30 s after the opt-out of step 3"
    assert not finding.definite


@pytest.mark.parametrize("clause", ["C4", "C11"])
def test_an_opt_in_that_is_not_noticed_is_found(history, sent, found, clause):
    (finding,) = found(clause, history(*CHANGED, requests=[sent(0)]))
    assert finding.expected.startswith("step 9 sent")
    assert not finding.definite


def test_c4_allows_the_time_to_notice(history, sent, found):
    steps = (good(0), OUT, good(2), IN, good(4), do.Flush())
    assert not found("C4", history(*steps, requests=[sent(0), sent(2)]))


# C11


def test_c11_finds_what_was_captured_after_an_opt_out(history, sent, found):
    steps = (good(0), REST, OUT, good(3), do.Flush())
    findings = found("C11", history(*steps, requests=[sent(0), sent(3)]))
    assert "step 4 never sent" in findings[0].expected


def test_c11_finds_what_was_queued_before_one(history, sent, found):
    steps = (good(0), REST, OUT, do.Flush())
    (finding,) = found("C11", history(*steps, requests=[sent(0, during=3)]))
    assert "nothing leaves" in finding.expected
    assert not finding.definite


def test_c11_allows_what_was_on_its_way(history, sent, found):
    assert not found("C11", history(good(0), OUT, do.Flush(), requests=[sent(0, during=2)]))


# C6


@pytest.fixture
def identified(history, post, make_event):
    def make(before, after, *ids):
        requests = [post(make_event(distinct_id=one)) for one in ids]
        text = None if after is None else json.dumps(after)
        return history(good(0), do.Flush(), consent_text=before, requests=requests, end_text=text)

    return make


@pytest.fixture
def history(history):
    def make(*steps, end_text=None, **also):
        judged = history(*steps, **also)
        fields = {f: getattr(judged, f) for f in judged.__struct_fields__}
        return type(judged)(**fields | {"consent_text": end_text})

    return make


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, {"installId": ID}),
        ('{"enabled": true, "more": [1]}', {"more": [1], "enabled": True, "installId": ID}),
        ('{"installId": "bad"}', {"installId": ID}),
        (json.dumps({"installId": ID}), {"installId": ID}),
    ],
)
def test_c6_passes_one_id_that_is_recorded(identified, found, fired, before, after):
    judged = identified(before, after, ID, ID)
    assert not found("C6", judged)
    assert fired("C6", judged)


@pytest.mark.parametrize(
    ("before", "rest", "said"),
    [
        (None, ({"installId": ID}, ID, "other"), "one install id"),
        (None, (None, ID), "recorded in telemetry.json"),
        (None, ({"installId": ID}, "other"), "events under the installId"),
        (None, ({"installId": str(uuid.uuid1())}, ID), "is a random UUID"),
        ('{"enabled": true}', ({"installId": ID}, ID), '"enabled" true is kept'),
        (json.dumps({"installId": OTHER_ID}), ({"installId": ID}, ID), "stays"),
    ],
)
def test_c6_finds_an_id_that_is_not_one_or_not_kept(identified, found, before, rest, said):
    (finding,) = found("C6", identified(before, *rest))
    assert said in finding.expected


@pytest.mark.parametrize("text", [OFF, "damaged", '{"enabled": "false"}'])
def test_c6_says_nothing_where_the_program_may_not_write(identified, found, text):
    assert not found("C6", identified(text, None, ID))


# C7


@pytest.fixture
def damaged(history, sent, snapshots):
    def make(*, env=None, requests=(), after="as it was"):
        states = {-1: {"data/telemetry.json": "as it was"}, 2: {"data/telemetry.json": after}}
        return history(
            good(0),
            do.Flush(),
            env=env,
            consent_text='{"enabled": "false"}',
            requests=requests,
            snapshots=snapshots(states),
        )

    return make


def test_c7_passes_silence_and_an_environment_that_decides(damaged, sent, found, fired):
    assert not found("C7", damaged())
    overruled = damaged(env={SWITCH: "1"}, requests=[sent(0)])
    assert not found("C7", overruled)
    assert fired("C7", overruled)
    assert not fired("C7", damaged())


def test_c7_finds_an_event_and_an_overwritten_file(damaged, sent, found):
    (event,) = found("C7", damaged(requests=[sent(0)]))
    assert "while telemetry.json is damaged" in event.expected
    (file,) = found("C7", damaged(env={SWITCH: "1"}, after="mended"))
    assert "left as it is" in file.expected


def test_c7_says_what_stands_in_the_place_of_the_file(damaged, sent, found):
    judged = damaged(requests=[sent(0)], after="mended")
    piped = msgspec.structs.replace(judged.scenario, instead={"consent": "pipe"})
    event, file = found("C7", msgspec.structs.replace(judged, scenario=piped))
    for finding in (event, file):
        assert "with a named pipe in the place of the consent file" in finding.expected


def test_c7_says_nothing_of_a_sound_file(history, sent, found):
    assert not found("C7", history(good(0), consent_text="{}", requests=[sent(0)]))


def test_c7_is_not_proved_by_a_sound_file_where_a_variable_can_say_on(history, sent, fired, on):
    assert not fired("C7", history(good(0), do.Flush(), requests=[sent(0)], **on))


# C8


@pytest.mark.parametrize("word", ["no", "Disabled", " off", "0\n"])
def test_c8_finds_an_event_under_a_spelling_of_off(history, sent, found, word):
    (finding,) = found("C8", history(good(0), env={SWITCH: word}, requests=[sent(0)]))
    assert SWITCH in finding.expected


def test_c8_passes_other_words_and_has_its_control_with_on(history, sent, found, fired):
    maybe = history(good(0), env={SWITCH: "maybe"}, requests=[sent(0)])
    assert not found("C8", maybe)
    assert not fired("C8", maybe)
    assert fired("C8", history(good(0), env={SWITCH: "on"}, requests=[sent(0)]))


# C10


def explained(history, call, text, **result):
    calls = [call(0, ops.Explain(), result=result)]
    return history(do.Explain(), consent_text=text, calls=calls)


def test_c10_passes_the_layer_that_decides(history, call, found, fired):
    judged = explained(history, call, OFF, on=False, layer="telemetry.json")
    assert not found("C10", judged)
    assert fired("C10", judged)


@pytest.mark.parametrize(("on", "layer"), [(True, "telemetry.json"), (False, "default")])
def test_c10_finds_another_layer_or_decision(history, call, found, on, layer):
    (finding,) = found("C10", explained(history, call, OFF, on=on, layer=layer))
    assert finding.expected == "off by telemetry.json"


def test_c10_says_nothing_where_the_table_is_silent(history, call, found, fired):
    judged = explained(history, call, "damaged", on=True, layer="default")
    assert not found("C10", judged)
    assert not fired("C10", judged)
