"""No finding of any clause says what was planted, whatever kind of secret it was."""

from hypothesis import given, settings
from hypothesis import strategies as st

from payloadproof.clauses.finding import CHECKS, judge
from payloadproof.evidence.masking import invented
from payloadproof.evidence.quoting import where
from payloadproof.scenario import steps as do
from payloadproof.scenario.canaries import KINDS, drawn

CAPTURE = do.Capture(event="search_performed", properties={"outcome": "{canary:0}"})


def test_the_path_of_a_request_shows_what_a_route_is_called_and_no_secret(says, post):
    (secret,) = drawn(("plain",))
    request = post(path=f"/i/v0/e/{secret}/batch/?who={secret}")
    with invented((secret,)):
        said = where(request)
    assert "/i/v0/e/" in said
    assert "/batch/" in said
    assert not says(said, secret)


@settings(max_examples=25)
@given(
    where_of=st.tuples(
        st.sampled_from(sorted(KINDS)), st.sampled_from(["value", "key", "name", "deep", "path"])
    )
)
def test_no_finding_of_any_clause_says_what_was_planted(
    says, history_of, post, make_event, where_of
):
    kind, place = where_of
    (secret,), (other,) = drawn((kind,)), drawn((kind,))

    def request(planted):
        put = {
            "value": {"kind": planted, "outcome": f"it was {planted}"},
            "key": {planted: 1, f"x {planted}": 2},
            "deep": {"outcome": {"deep": [{planted: planted}]}},
        }.get(place, {})
        name = planted if place == "name" else "search_performed"
        path = f"/e/{planted}/" if place == "path" else "/batch/"
        return post(make_event(name, put, distinct_id=planted), path=path, sent_at=planted)

    steps = [CAPTURE, do.Flush()]
    twin = history_of(steps, [request(other)], canaries=(other,))
    one = history_of(
        steps, [request(secret)], canaries=(secret,), twin=twin, stderr=secret.encode()
    )
    found = judge(one, CHECKS).findings
    assert found
    for finding in found:
        for text in (finding.expected, finding.observed, finding.kind, *finding.evidence):
            # Seven: a check's own prose holds five letters of some random text now and then.
            assert not says(text, secret, 7), (finding.clause, text)
