import pytest

from payloadproof.scenario import steps as do


@pytest.mark.parametrize("step", [do.Crash(), do.Race(event="search_performed")])
def test_c6_finds_an_id_for_each_process(history, post, make_event, found, step):
    one, other = make_event(), make_event(distinct_id="install-2")
    judged = history(
        do.Capture(event="search_performed"), step, do.Flush(), requests=[post(one), post(other)]
    )
    findings = found("C6", judged)
    assert "one install id on every event of all processes" in [f.expected for f in findings]
