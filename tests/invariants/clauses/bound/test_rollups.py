import pytest

from payloadproof.clauses.bound.arithmetic import predicted
from payloadproof.recorder.script import Reset, Times
from payloadproof.scenario import steps as do

A, B = 123_456_789_012_347, 223_456_789_012_347


def record(session=A, times=1, /, **properties):
    label = {"model": "observer-a" if session == A else "observer-b"}
    return do.Record(
        event="session_compressed", session=session, properties=label | properties, times=times
    )


def end(session=A):
    return do.EndSession(session=session)


@pytest.fixture
def rollup(contract, post, make_event):
    """The rollup that these records should give, with mistakes."""

    def make(*records, model="observer-a", reason="session_end", **mistakes):
        fold = contract.events["observer_turn_rollup"].fold
        folded = [r.properties for r in records for _ in range(r.times)]
        right = predicted(contract, fold, folded)
        properties = {**right, "top_model": model, "rollup_reason": reason, **mistakes}
        return post(make_event("observer_turn_rollup", properties))

    return make


TWO = (record(tokens_input=3, outcome="ok"), record(tokens_input=4, cost_usd=0.125))


def test_the_arithmetic_is_the_contracts(contract):
    fold = contract.events["observer_turn_rollup"].fold
    total = predicted(contract, fold, [step.properties for step in TWO])
    assert total["count"] == 2
    assert total["total_tokens_input"] == 7
    assert total["total_cost_usd"] == 0.125
    assert total["outcomes_ok"] == 1
    assert total["outcomes_error"] == 0
    assert "avg_duration_ms" not in total


def test_values_that_do_not_fit_count_as_absent(contract):
    fold = contract.events["observer_turn_rollup"].fold
    bad = {"tokens_input": -3, "cost_usd": "free", "outcome": "great", "no_such_key": 1}
    total = predicted(contract, fold, [bad, {"tokens_input": 2}])
    assert (total["count"], total["total_tokens_input"], total["total_cost_usd"]) == (2, 2, 0)


# B1


def test_b1_counts_the_rollups_of_a_full_session_that_no_sweep_can_have_split(
    history, rollup, found
):
    full = record(A, 1_001)
    whole = history(full, end(), do.Flush(), requests=[rollup(full)])
    assert not found("B1", whole)
    halves = [rollup(record(A, 1_000), reason="safety_flush"), rollup(record())]
    split = history(full, end(), do.Flush(), requests=halves)
    (finding,) = found("B1", split)
    assert finding.observed == "2"
    swept = history(full, do.Advance(ms=900_000), end(), do.Flush(), requests=halves)
    assert not found("B1", swept)


def test_b1_passes_one_rollup_and_that_is_its_control(history, rollup, found, fired):
    judged = history(*TWO, end(), do.Flush(), requests=[rollup(*TWO)])
    assert not found("B1", judged)
    assert fired("B1", judged)


def test_b1_finds_a_rollup_that_is_missing(history, found, fired):
    judged = history(*TWO, end(), do.Flush())
    (finding,) = found("B1", judged)
    assert not finding.definite
    assert "exactly 1 observer_turn_rollup" in finding.expected
    assert "2 records" in finding.expected
    assert finding.observed == "0"
    assert not fired("B1", judged)


def test_b1_finds_a_rollup_per_record(history, rollup, found):
    sent = [rollup(one) for one in TWO]
    (finding,) = found("B1", history(*TWO, end(), do.Flush(), requests=sent))
    assert finding.definite
    assert finding.observed == "2"


def test_b1_counts_a_retry_once(history, rollup, found):
    again = rollup(*TWO)
    assert not found("B1", history(*TWO, end(), do.Flush(), requests=[again, again]))


def test_b1_counts_each_life_of_a_session(history, rollup, found):
    steps = (*TWO, end(), TWO[0], end(), end(), do.Flush())
    both = [rollup(*TWO), rollup(TWO[0])]
    assert not found("B1", history(*steps, requests=both))
    assert found("B1", history(*steps, requests=both[:1]))


def test_b1_finds_another_reason_than_the_end(history, rollup, found):
    wrong = rollup(*TWO, reason="safety_flush")
    (finding,) = found("B1", history(*TWO, end(), do.Flush(), requests=[wrong]))
    assert finding.expected == "rollup_reason session_end"


def test_b1_leaves_the_rollups_of_a_shutdown_to_b2(history, rollup, found):
    steps = (*TWO, end(), TWO[0], do.Shutdown())
    sent = [rollup(*TWO), rollup(TWO[0], reason="worker_shutdown")]
    assert not found("B1", history(*steps, requests=sent))


def test_b1_finds_records_of_another_session(history, rollup, found):
    other = record(B, tokens_input=100)
    steps = (TWO[0], other, TWO[1], end(), end(B), do.Flush())
    right = [rollup(*TWO), rollup(other, model="observer-b")]
    assert not found("B1", history(*steps, requests=right))
    mixed = [rollup(*TWO, other), rollup(other, model="observer-b")]
    (finding,) = found("B1", history(*steps, requests=mixed))
    assert finding.expected == "count 2 from the session's 2 record(s)"
    swapped = [rollup(*TWO, total_tokens_input=8), rollup(other, model="observer-b")]
    (finding,) = found("B1", history(*steps, requests=swapped))
    assert finding.expected.startswith("total_tokens_input 7 ")


def test_b1_finds_a_rollup_of_nobody(history, rollup, found):
    sent = [rollup(*TWO), rollup(*TWO, model="gpt-unasked")]
    (finding,) = found("B1", history(*TWO, end(), do.Flush(), requests=sent))
    assert "its own session's top_model" in finding.expected


@pytest.mark.parametrize(
    "change",
    [
        {"env": {"DO_NOT_TRACK": "1"}},
        {"consent_text": "damaged"},
    ],
)
def test_b1_is_judged_with_consent_on_alone(history, found, change):
    assert not found("B1", history(*TWO, end(), do.Flush(), **change))


@pytest.mark.parametrize(
    "steps",
    [
        (*TWO, end()),
        (*TWO, do.Advance(ms=3_600_000), end(), do.Flush()),
        (record(A, 1_000), end(), do.Flush()),
        (record(cost_usd={"$hostile": "nan"}), end(), do.Flush()),
        (end(), do.Flush()),
        (do.Shutdown(), *TWO, end()),
    ],
    ids=["never flushed", "swept by age", "swept by size", "hostile", "no records", "latched"],
)
def test_b1_does_not_demand_what_a_sweep_or_a_latch_may_change(history, found, steps):
    assert not found("B1", history(*steps))


@pytest.mark.parametrize("properties", [None, {}, {"tokens_input": 1}, [1], "text", 7])
def test_a_session_that_cannot_be_told_from_others_is_not_judged(history, found, properties):
    bare = do.Record(event="session_compressed", session=A, properties=properties)
    judged = history(bare, end(), do.Flush(), do.Shutdown())
    assert not found("B1", judged)
    assert not found("B2", judged)


# B2


def test_b2_passes_what_adds_up_and_that_is_its_control(history, rollup, found, fired):
    steps = (*TWO, end(), TWO[1], do.Shutdown())
    sent = [rollup(*TWO), rollup(TWO[1], reason="worker_shutdown")]
    judged = history(*steps, requests=sent)
    assert not found("B2", judged)
    assert fired("B2", judged)


def test_b2_finds_a_session_that_shutdown_lost(history, found):
    (finding,) = found("B2", history(*TWO, do.Shutdown()))
    assert not finding.definite
    assert finding.expected.startswith("count 2 over all observer_turn_rollup")
    assert finding.observed == "0 over 0"


def test_b2_counts_no_model_for_what_records_leave_out(history, rollup, found, fired):
    silent = do.Record(event="session_compressed", session=A, properties={})
    named, steps = record(), (silent, silent, record(), end(), do.Shutdown())
    right = rollup(silent, silent, named)
    assert not found("B2", history(*steps, requests=[right]))
    assert fired("B2", history(*steps, requests=[right]))
    wrong = rollup(silent, silent, named, model=None)
    (finding,) = found("B2", history(*steps, requests=[wrong]))
    assert "the most frequent of 3 record(s)" in finding.expected


def test_b2_finds_records_counted_twice(history, rollup, found):
    sent = [rollup(*TWO), rollup(*TWO, reason="worker_shutdown")]
    (finding,) = found("B2", history(*TWO, do.Shutdown(), requests=sent))
    assert finding.definite
    assert finding.observed == "4 over 2"


def test_b2_finds_a_sum_that_is_wrong(history, rollup, found):
    sent = [rollup(*TWO, total_cost_usd=0.0)]
    (finding,) = found("B2", history(*TWO, end(), do.Shutdown(), requests=sent))
    assert finding.expected.startswith("total_cost_usd 0.125")


def test_b2_passes_a_session_split_in_two(history, rollup, found):
    sent = [rollup(TWO[0]), rollup(TWO[1], reason="worker_shutdown")]
    assert not found("B2", history(*TWO, do.Shutdown(), requests=sent))


def test_b2_counts_what_is_repeated(history, rollup, found):
    thrice = record(A, 3, tokens_input=5)
    assert not found("B2", history(thrice, end(), do.Shutdown(), requests=[rollup(thrice)]))
    once = rollup(record(tokens_input=5))
    assert found("B2", history(thrice, end(), do.Shutdown(), requests=[once]))


def test_b2_is_not_judged_without_a_shutdown(history, found):
    assert not found("B2", history(*TWO, do.Flush()))


def test_numbers_beyond_all_bounds_are_judged_like_others(history, rollup, found):
    sent = [rollup(*TWO, count=10**308), rollup(*TWO, count=10**308)]
    assert found("B2", history(*TWO, do.Shutdown(), requests=sent))


MUCH = (record(tokens_input=2**53 - 1), record(tokens_input=2))


@pytest.mark.parametrize("trouble", [(), (do.Network(behaviour=Times(1, Reset())),)])
def test_a_sum_that_its_own_property_does_not_allow_is_not_asked_for(
    trouble, history, rollup, found
):
    steps = (*MUCH, *trouble, end(), do.Shutdown())
    without = [rollup(*MUCH, total_tokens_input=None)]
    for clause in ("B1", "B2"):
        assert not found(clause, history(*steps, requests=without))
    # What else it says is judged as ever, and so is a sum that only just fits.
    assert found("B2", history(*steps, requests=[rollup(*MUCH, count=3)]))
    nearly = (record(tokens_input=2**53 - 2), record(tokens_input=1))
    lost = [rollup(*nearly, total_tokens_input=None)]
    assert found("B2", history(*nearly, end(), do.Shutdown(), requests=lost))


# B2 where the network fails or consent changes

TROUBLES = (
    do.Network(behaviour=Times(1, Reset())),
    do.SetEnv(env={"DO_NOT_TRACK": "1"}),
)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_b2_finds_what_trouble_makes_a_program_send_twice(trouble, history, rollup, found, fired):
    steps = (*TWO, trouble, end(), do.Flush(), do.Shutdown())
    assert not found("B2", history(*steps))
    judged = history(*steps, requests=[rollup(*TWO)])
    assert not found("B2", judged)
    assert fired("B2", judged)
    (finding,) = found("B2", history(*steps, requests=[rollup(*TWO), rollup(TWO[0])]))
    assert finding.definite
    assert finding.expected.startswith("count 0 to 2")
    assert finding.observed == "3 over 2"


def test_b2_leaves_records_that_are_no_steps_of_their_own(history, rollup, found):
    apart = do.Crowd(event="session_compressed", properties={}, first=A, sessions=2)
    steps = (TWO[0], apart, TROUBLES[0], do.Shutdown())
    assert not found("B2", history(*steps, requests=[rollup(*TWO)]))
