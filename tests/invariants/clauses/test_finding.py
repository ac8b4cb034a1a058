"""What holds for every check: it is total, it is listed, and what it quotes is masked."""

import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from payloadproof.clauses.clause import clauses
from payloadproof.clauses.registry import CHECKS, VIOLATIONS, Finding, judge
from payloadproof.errors import HarnessError
from payloadproof.evidence.masking import FIXED
from payloadproof.evidence.quoting import masked
from payloadproof.scenario import steps as do

RUN = re.compile(r"\w+")
TEXT = st.text() | st.from_regex(r"[a-z0-9_]{4,30}[ /@.-][A-Za-z0-9]{4,40}", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=15,
)
SESSION = 123_456_789_012_347
STEPS = (
    do.Capture(event="search_performed", properties={"result_count": 1_000}),
    do.Capture(event="undeclared_event", properties={"project": "acme"}),
    do.Record(event="session_compressed", session=SESSION, properties={"model": "observer-a"}),
    do.EndSession(session=SESSION),
    do.Flush(),
    do.Shutdown(),
)
OFF_AND_ON = (
    STEPS[0],
    do.SetEnv(env={"CLAUDE_MEM_TELEMETRY": "0"}),
    do.Advance(ms=31_000),
    *STEPS,
)

keys = st.sampled_from(
    [
        *("count", "total_tokens_input", "top_model", "rollup_reason", "outcome", "project"),
        *("$set", "$set_once", "$process_person_profile", "result_count", "window_seq", "token"),
    ]
)
values = JSON | st.sampled_from(["observer-a", "session_end", 1_000, 2**40, 10**308, 1e308, -1])
names = st.sampled_from(["search_performed", "observer_turn_rollup", "worker_started"]) | JSON
events = JSON | st.fixed_dictionaries(
    {},
    optional={
        "event": names,
        "distinct_id": JSON,
        "uuid": JSON,
        "timestamp": JSON,
        "properties": JSON | st.dictionaries(keys | TEXT, values, max_size=6),
        "$set": JSON,
        "anything": JSON,
    },
)
bodies = JSON | st.fixed_dictionaries(
    {"batch": st.lists(events, max_size=4)}, optional={"api_key": JSON, "sent_at": JSON, "x": JSON}
)


def test_every_clause_has_a_check_and_an_exception_type_of_its_own():
    assert CHECKS.keys() == clauses().keys() == VIOLATIONS.keys()
    assert len(set(VIOLATIONS.values())) == len(clauses())


@pytest.fixture(scope="module")
def judge_all():
    def judged(history):
        judgement = judge(history, CHECKS)
        assert judgement.exercised <= CHECKS.keys()
        for finding in judgement.findings:
            assert finding.clause in CHECKS
            assert finding.expected
            assert finding.observed
            # A report is JSON and goes to a terminal: no half of a surrogate pair may be in it.
            repr(finding.message).encode()
            "".join((finding.message, *finding.evidence)).encode()

    return judged


@settings(max_examples=60)
@example(sent=[{"batch": [{"event": "observer_turn_rollup", "properties": {"top_model": []}}]}])
@given(sent=st.lists(bodies, min_size=1, max_size=3))
def test_no_json_breaks_a_check(make_history, judge_all, sent):
    for steps in (STEPS, OFF_AND_ON):
        judge_all(make_history(steps, [json.dumps(body).encode() for body in sent]))


@given(body=st.binary(max_size=300), path=st.text(max_size=20))
def test_no_bytes_break_a_check(make_history, judge_all, body, path):
    judge_all(make_history(STEPS, [body], path=path.encode("ascii", "backslashreplace").decode()))


@pytest.fixture(scope="module")
def make_history(history_of, post, during):
    def make(steps, wires, path="/batch/"):
        requests = [
            post(body=wire, at=during(index), path=path) for index, wire in enumerate(wires)
        ]
        return history_of(steps, requests)

    return make


def test_a_check_that_breaks_is_named_and_no_traceback(monkeypatch, history):
    def breaks(judged):
        raise KeyError("count")
        yield

    monkeypatch.setitem(CHECKS, "A1", breaks)
    with pytest.raises(HarnessError, match=r"the check of A1 .*broke: KeyError") as caught:
        judge(history(), ["A1"])
    assert caught.value.code == "check-broken"
    assert "report it" in caught.value.next


def test_a_message_has_both_halves():
    finding = Finding(clause="A1", expected="nothing", observed="something")
    assert finding.message == "expected nothing; observed something"


# masking


def runs(text):
    return [run for run in RUN.findall(text) if not run.isdigit()]


@given(TEXT)
@example("NULL")
def test_no_more_than_three_characters_of_a_run_are_shown_but_of_words_that_clients_stamp(text):
    shown = json.loads(masked(text).removesuffix("…") if len(text) > 200 else masked(text))
    for run in re.split(r"\W+", re.sub(r"…\d+", "…", shown)):
        assert len(run) <= 3 or run.casefold() in FIXED


@given(st.lists(TEXT) | st.dictionaries(st.integers().map(str), TEXT))
def test_text_in_a_container_is_masked_too(value):
    quoted = masked(value)
    items = value.values() if isinstance(value, dict) else value
    for item in items:
        for run in RUN.findall(item):
            if len(run) > 8:
                assert run not in quoted


def test_a_mask_says_how_much_it_covers():
    assert masked("alice@example.org") == '"ali…2@exa…4.org"'
    assert masked("/home/alice") == '"/hom…1/ali…2"'
    assert masked("abc") == '"abc"'


def test_identifiers_stay_readable_as_keys_and_other_keys_do_not():
    assert masked({"total_tokens": 7}) == '{"total_tokens": 7}'
    assert masked({"/home/alice": True}) == '{"/hom…1/ali…2": true}'
    assert "alice" not in masked([{"x": {"deep": ["alice"]}}])


def test_a_long_value_is_cut():
    assert len(masked("a b " * 1_000)) < 500
    assert masked(list(range(100))).count(",") == 12
    assert masked(dict.fromkeys("abcdefghijklmnopqrst", 1)).endswith("…}")


def test_numbers_and_constants_stay():
    assert [masked(value) for value in (1, 2.5, True, None)] == ["1", "2.5", "true", "null"]
