"""Which breaches are of one kind: what a scenario chose makes none, another defect makes one."""

import inspect
import json

import msgspec
import pytest

from payloadproof.clauses.allow.shapes import _SORTS, _sort_of
from payloadproof.clauses.backfill.once import _state_of
from payloadproof.clauses.backfill.runs import of_two
from payloadproof.clauses.registry import judge
from payloadproof.contract import Property, values
from payloadproof.contract.values import misfit
from payloadproof.outcome.accepted import kinds
from payloadproof.recorder.script import Reset
from payloadproof.scenario import steps as do
from payloadproof.scenario.steps import FIRST_MARK

ROLLUP = "observer_turn_rollup"
SESSION = 123_456_789_012_347
OFF = {"consent_text": json.dumps({"enabled": False})}
UNTRACKED = {"env": {"DO_NOT_TRACK": "1"}}
CANARY, OTHER = "k3wq0zj5m8xv1c6b2n7d", "p9d4r6t1y8u3i5o2a7s0"


def marked(step, name="search_performed", key="result_count"):
    return do.Capture(event=name, properties={key: FIRST_MARK + step})


@pytest.fixture
def of():
    """The kinds of all findings of a clause."""

    def kinds_of(clause, judged):
        findings = judge(judged, [clause]).findings
        return {kinds(one, judged.scenario)[0][1] for one in findings}

    return kinds_of


@pytest.fixture
def sent_while(history, arrived):
    """An event that was captured and sent under some consent."""

    def make(name="search_performed", **consent):
        step = do.Capture(event=name, properties={})
        return history(step, do.Flush(), requests=[arrived(0, name)], **consent)

    return make


# consent


def test_which_of_many_events_was_sent_is_the_scenarios(of, sent_while):
    one = of("C1", sent_while("search_performed", **OFF))
    assert one == of("C1", sent_while("worker_started", **OFF))
    assert one == {"an event sent while consent is off by telemetry.json"}


def test_a_layer_that_is_not_honoured_is_a_kind(of, sent_while):
    assert of("C1", sent_while(**OFF)) != of("C1", sent_while(**UNTRACKED))


@pytest.mark.parametrize("name", ["observer_turn_rollup", "$exception", "historical_activity"])
def test_a_way_that_does_not_ask_is_a_kind(of, sent_while, name):
    assert of("C1", sent_while(name, **OFF)) != of("C1", sent_while(**OFF))


def test_silence_is_another_kind_where_the_service_refused_the_batch(of, history, post):
    silent = history(marked(0), do.Flush())
    refused = history(marked(0), do.Flush(), requests=[post(body=b'{"batch": 3}')])
    assert of("C1", silent) == {"nothing sent while consent is on by default"}
    assert of("C1", refused) == {"nothing sent, where the service refuses a request"}


def test_what_a_damaged_or_misspelt_opt_out_says_is_no_kind(of, sent_while):
    damaged = [sent_while(consent_text=text) for text in ("", "[]", '{"enabled": 0}')]
    assert len({*map(frozenset, (of("C7", one) for one in damaged))}) == 1
    spelt = [sent_while(env={"CLAUDE_MEM_TELEMETRY": word}) for word in ("no", "n", " 0", "off ")]
    assert len({*map(frozenset, (of("C8", one) for one in spelt))}) == 2


@pytest.mark.parametrize("clause", ["C3", "C4", "C11"])
def test_when_an_opt_out_was_ignored_is_the_scenarios(of, history, arrived, clause):
    opt_out, settle = do.SetEnv(env={"DO_NOT_TRACK": "1"}), do.Advance(ms=31_000)

    def late(*before):
        step = len(before) + 2
        steps = (*before, opt_out, settle, marked(step), do.Flush())
        return history(*steps, requests=[arrived(step, result_count=FIRST_MARK + step)])

    one = of(clause, late())
    assert one
    assert one == of(clause, late(marked(0), marked(1)))


def test_what_is_not_kept_of_a_file_is_a_kind_but_not_its_value(of, history, arrived):
    def lost(**content):
        install = "9b2f6a3e-1c4d-4e5f-8a7b-0c1d2e3f4a5b"
        request = arrived(0)
        after = json.dumps({"installId": install})
        return history(marked(0), requests=[request], consent_text=json.dumps(content)), after

    def judged(**content):
        made, after = lost(**content)
        return of("C6", msgspec.structs.replace(made, consent_text=after))

    assert judged(enabled=True, installId=None) >= {"the decision gone"}
    assert judged(more=1, room=2) == judged(more="a")
    assert "another key of the file gone" in judged(more="a")


# values


def test_every_reason_of_a_misfit_has_a_sort():
    values = [
        *(None, True, 3, -3, 0.5, -0.5, float("inf"), 10**15, "", "a b", "/home/a", "10.1.2.3"),
        *("a" * 300, "2026-02-31", "2026-13", "sk-" + "a1" * 20, "ab" * 16, []),
    ]
    types = ("bool", "count", "number", "slug", "model", "version", "date", "epoch_ms", "text")
    shapes = [Property(type=name, description="d") for name in types]
    shapes.append(Property(type="enum", values=("a", "b"), description="d"))
    reasons = {misfit(shape, value, string_max_chars=200) for shape in shapes for value in values}
    assert {_sort_of(reason) for reason in reasons - {None}} == {
        "looks like a secret or an address",
        "is too long",
        "is out of its range",
        "is not of its form",
        "is of another type",
    }
    typed = {one for one in reasons - {None} if _sort_of(one) == "is of another type"}
    assert all(one.startswith("is not ") for one in typed), typed


def test_a_value_by_its_sort_and_by_whose_key_it_is(of, history, arrived):
    def holding(key, value, *, planted=True):
        step = do.Capture(event="search_performed", properties={key: value} if planted else {})
        return of("A6", history(step, requests=[arrived(0, **{key: value})]))

    assert holding("result_count", -1) == {"* is out of its range"}
    assert holding("result_count", -1) == holding("duration_ms", -20)
    assert holding("result_count", -1) != holding("result_count", "many")
    assert holding("result_count", -1, planted=False) == {'"result_count" is out of its range'}


def test_where_a_canary_was_planted_is_a_kind_and_not_which_step(of, history, post, make_event):
    def leaking(step, *before):
        steps = (*before, step, do.Flush())
        twin = history(*steps, requests=[post(make_event())], canaries=("", OTHER))
        leak = post(make_event(CANARY))
        return of("A7", history(*steps, requests=[leak], canaries=("", CANARY), twin=twin))

    named = do.Capture(event="{canary:1}", properties={})
    valued = do.Capture(event="search_performed", properties={"project": "{canary:1}"})
    keyed = do.Capture(event="search_performed", properties={"{canary:1}": 1})
    assert leaking(named) == leaking(named, do.Flush())
    assert len({*map(frozenset, (leaking(named), leaking(valued), leaking(keyed)))}) == 3


def test_a_home_that_an_error_told_of_is_another_kind(of, history, post, make_event):
    def leaking(*steps):
        twin = history(*steps, requests=[post(make_event())], canaries=(OTHER,))
        return of(
            "A7",
            history(*steps, requests=[post(make_event(CANARY))], canaries=(CANARY,), twin=twin),
        )

    plain = leaking(marked(0))
    told = leaking(do.RaiseError(error=do.Fault(type="KettleError", message="in {home}/a")))
    assert plain
    assert told
    assert plain != told


# rollups


@pytest.fixture
def rolled(history, post, make_event):
    """One session of these records, and a rollup that says so of it."""

    def make(records, overwrites=False, **said):
        steps = [
            do.Record(event="session_compressed", session=SESSION, properties=one)
            for one in records
        ]
        whole = {"rollup_reason": "session_end", "top_model": "observer-a", **said}
        made = history(
            *steps,
            do.EndSession(session=SESSION),
            do.Flush(),
            do.Shutdown(),
            requests=[post(make_event("observer_turn_rollup", whole))] if said else [],
        )
        scenario = msgspec.structs.replace(made.scenario, overwrites=overwrites)
        return msgspec.structs.replace(made, scenario=scenario)

    return make


LABEL = {"model": "observer-a"}


def test_a_lost_rollup_is_another_kind_where_the_callers_object_changes(of, rolled):
    assert of("B1", rolled([LABEL])) == {"fewer observer_turn_rollup than sessions"}
    assert of("B1", rolled([LABEL])) == of("B1", rolled([LABEL, LABEL]))
    assert of("B1", rolled([LABEL])) != of("B1", rolled([LABEL], overwrites=True))
    assert of("B2", rolled([LABEL])) != of("B2", rolled([LABEL], overwrites=True))


def test_a_figure_by_its_name_unless_a_record_held_what_does_not_fit(of, rolled):
    bad = [LABEL | {"tokens_input": -3}], [LABEL | {"tokens_output": -1}]
    sums = {"total_tokens_input": -3}, {"total_tokens_output": -1}
    unfit = [of("B2", rolled(one, count=1, **said)) for one, said in zip(bad, sums, strict=True)]
    assert unfit[0] == unfit[1] == {f"a figure of {ROLLUP} made of what does not fit its property"}
    good = [LABEL | {"tokens_input": 4}]
    assert of("B2", rolled(good, count=1)) == {f"total_tokens_input of {ROLLUP} is too small"}
    assert of("B2", rolled(good, count=1, total_tokens_input=9)) == {
        f"total_tokens_input of {ROLLUP} is too great"
    }
    assert of("B2", rolled(bad[0], count=3)) == {f"count of {ROLLUP} is too great"}


def test_what_was_lost_beside_a_bad_value_is_a_kind_and_not_which_value(of, history, arrived, post):
    def lost(kind, *requests):
        bad = do.Capture(event="search_performed", properties={"count": {"$hostile": kind}})
        return of("S6", history(marked(0), bad, marked(2), do.Flush(), requests=requests))

    known = arrived(0, result_count=FIRST_MARK)
    assert lost("nan", known) == lost("circular", known) == {"a capture lost, beside a bad value"}
    assert lost("nan", known, post(body=b'{"batch": 3}')) == {
        "something lost, where the service refuses a request"
    }


# what a program says aloud, and when it ends


def test_what_was_printed_is_no_kind_but_what_it_was_about_is(of, history, post):
    plain = history(marked(0), stderr=b"oops\n")
    assert of("S5", plain) == of("S5", history(marked(0), stderr=b"something else\n"))
    failing = history(do.Network(behaviour=Reset()), marked(1), stderr=b"oops\n")
    hostile = do.Capture(event="search_performed", properties={"count": {"$hostile": "nan"}})
    evil = history(hostile, stderr=b"oops\n")
    raising = history(
        do.RaiseError(error=do.Fault(type="KettleError", message="no")), stdout=b"oops\n"
    )
    refused = history(marked(0), requests=[post(body=b'{"batch": 3}')], stderr=b"oops\n")
    assert of("S5", refused) == of("S5", failing)
    several = [of("S5", one) for one in (plain, failing, evil, raising)]
    assert len({*map(frozenset, several)}) == 4


def test_a_late_request_is_another_kind_where_the_network_had_failed(of, history, arrived):
    sound = history(marked(0), do.Shutdown(), requests=[arrived(5)])
    failed = history(do.Network(behaviour=Reset()), marked(1), do.Shutdown(), requests=[arrived(5)])
    assert of("W5", sound) == {"a request after shutdown"}
    assert of("W5", failed) == {"a request after shutdown when the network has failed"}


# the past


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("[]", "a marker that is damaged"),
        ("", "a marker that is damaged"),
        ('{"version": 2}', "a sound marker"),
        ('{"version": "2"}', "a marker whose version is no number"),
        ('{"version": true}', "a marker whose version is no number"),
    ],
)
def test_a_marker_that_is_ignored_is_a_kind_by_its_state(contract, text, state):
    assert _state_of(contract.backfill.marker, text) == state


def test_a_past_that_two_processes_sent_at_once_is_another_kind(history):
    assert of_two(history(do.Backfill(), do.Backfill())) == ""
    assert of_two(history(do.Backfill(rival=True))) == " by two processes at once"


def test_a_ceiling_by_the_way_and_not_by_event_or_day(of, recorded, post, make_event, contract):
    def often(name, **also):
        most = contract.events[name].ceiling_per_day
        return of("B8", recorded(*(post(make_event(name, **also)) for _ in range(most + 1))))

    assert often("worker_started") == {"an event above its ceiling"}
    assert often("worker_started") == often("install_completed", timestamp=None)
    assert often("context_injected_rollup") != often("worker_started")


# errors


@pytest.mark.parametrize(
    "name", ["ada@example.org", r"\\wsl$\Ubuntu\home\ada", "C:\\Users\\ada\\x"]
)
def test_a_class_that_is_sent_as_it_is_is_one_kind_whatever_it_holds(
    of, recorded, post, make_event, name
):
    listed = [{"type": name, "value": "the lid is open"}]
    event = make_event("$exception", {"error_type": name, "$exception_list": listed})
    assert of("E1", recorded(post(event))) == {"the class of an error as it is"}


def test_a_shape_in_a_message_is_a_kind_of_its_own(of, recorded, post, make_event):
    def told(message):
        return of("E1", recorded(post(make_event("$exception", {"error_message": message}))))

    assert told("mail to ada@example.org") == {"an e-mail address"}
    assert told("mail to ada@example.org") != told("open /home/ada/notes.txt")


def test_a_secret_that_comes_through_is_told_apart_for_that_reason(of, history, post, make_event):
    def sent(secret):
        text = {"error_type": "KettleError", "error_message": f"read {secret}"}
        return post(make_event("$exception", {**text, "occurrence_count": 1}))

    def judged(mine, other):
        fault = do.Fault(type="KettleError", message="read {canary:1}")
        step = do.RaiseError(error=fault, plants="IBAN")
        twin = history(step, requests=[sent(other)], canaries=("", OTHER))
        return of("E6", history(step, requests=[sent(mine)], canaries=("", CANARY), twin=twin))

    assert judged(CANARY, OTHER) == {"what comes through is told apart"}
    assert judged("<3>", "<4>") == {"what is taken out is told apart"}
    assert judged("<3>", "<3>") == set()


def test_every_sort_of_misfit_is_a_reason_that_values_give():
    # The sorts go by how a reason begins: one that is reworded would change every baseline.
    reasons = inspect.getsource(values)
    assert [begin for begin in _SORTS if f'"{begin}' not in reasons] == []
