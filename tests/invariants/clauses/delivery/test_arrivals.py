"""D1 to D3 on runs made by hand: what was due, what came twice, what cannot be known again."""

import pytest

from payloadproof.evidence.runs import Host

NOW = "2026-11-01T10:00:00Z"


@pytest.fixture
def cup(event):
    """An event of this moment, with a uuid unless it is told to have none."""

    def make(*, known=True, **about):
        made = event("cup_made", size="small") | {"timestamp": NOW, **about}
        return made if known else made | {"uuid": None}

    return make


def test_d1_finds_fewer_than_were_due(run_with, sent, cup, judged):
    (finding,) = judged("D1", run_with(sent(cup(), cup(), cup()), due=(("cup_made", 6),)))
    assert finding.observed == "3 arrived"
    assert not finding.definite  # absence takes more than one sighting


def test_d1_finds_more_than_were_due(run_with, sent, cup, judged):
    (finding,) = judged("D1", run_with(sent(cup(), cup()), due=(("cup_made", 1),)))
    assert finding.definite


def test_d1_passes_what_was_due_and_a_retry_of_it(run_with, sent, cup, judged, exercised):
    one, two = cup(), cup()
    run = run_with(sent(one, two), sent(two), due=(("cup_made", 2),))
    assert not judged("D1", run)
    assert exercised("D1", run)


def test_d1_counts_once_what_two_hosts_are_told(run_with, sent, cup, judged):
    other = Host(name="b.example", kind="telemetry", requests=(sent(cup()),))
    assert not judged("D1", run_with(sent(cup()), others=(other,), due=(("cup_made", 1),)))


def test_d1_says_nothing_of_what_is_not_due(run_with, sent, cup, exercised):
    for about in ({"switch": "OFF=1"}, {"fault": "refused"}, {"due": ()}):
        run = run_with(sent(cup()), **{"due": (("cup_made", 2),), **about})
        assert not exercised("D1", run)


@pytest.mark.parametrize("known", [True, False])
def test_d2_finds_the_same_event_twice_under_one_uuid_two_or_none(
    run_with, sent, cup, judged, known
):
    (finding,) = judged("D2", run_with(sent(cup(known=known)), sent(cup(known=known))))
    assert "2 times" in finding.observed


def test_d2_finds_what_is_sent_again_though_it_was_taken(run_with, sent, cup, judged):
    one = cup()
    assert judged("D2", run_with(sent(one), sent(one)))


def test_d2_passes_two_cups_of_two_moments(run_with, sent, cup, judged, exercised):
    run = run_with(sent(cup(), cup(timestamp="2026-11-01T10:00:01Z")))
    assert not judged("D2", run)
    assert exercised("D2", run)


def test_d2_passes_events_that_name_no_moment(run_with, sent, cup, judged):
    # Two clicks may be alike: nothing says that they are one.
    assert not judged("D2", run_with(sent(*(cup(known=False, timestamp=None) for _ in range(2)))))


def test_d2_passes_a_retry_where_something_was_wrong(run_with, sent, cup, judged):
    one = cup()
    assert not judged("D2", run_with(sent(one), sent(one), fault="the server answers 500"))


def test_d3_finds_a_retry_without_a_uuid(run_with, sent, cup, judged):
    one = cup(known=False)
    (finding,) = judged("D3", run_with(sent(one), sent(one), fault="the server answers 500"))
    assert finding.kind == "sent again without a uuid"


def test_d3_passes_a_retry_that_can_be_known_again(run_with, sent, cup, judged, exercised):
    one = cup()
    run = run_with(sent(one), sent(one), fault="the server answers 500")
    assert not judged("D3", run)
    assert exercised("D3", run)


def test_d3_is_about_posthog_and_about_faults(run_with, sent, cup, judged, exercised):
    one = cup(known=False)
    for run in (
        run_with(sent(one), sent(one)),
        run_with(sent(one), sent(one), kind="telemetry", fault="refused"),
    ):
        assert not judged("D3", run)
        assert not exercised("D3", run)
