"""What a program sends and prints is anything at all: no check over runs breaks on it."""

import json
import secrets

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payloadproof.blackbox.casting import drawn
from payloadproof.clauses.run_checks import RUN_CHECKS, judge_runs
from payloadproof.evidence.runs import FIRST, HOME_READ_ONLY, OTHER, STDOUT_CLOSED, Host, Run

SEED = secrets.token_hex(8)
STAGES = {who: drawn(SEED, who) for who in (FIRST, OTHER)}

TEXTS = st.text(max_size=30) | st.sampled_from(
    ["\ud800", "\x00", "{", "[[", "1e999", "started", "$identify", "\u202e", "a.b[0]"]
    + [planted.value for planted in STAGES[FIRST].planted[:4]]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=True)
    | TEXTS
    | st.just(10**4_000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
EVENTS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("event", "distinct_id", "uuid", "timestamp", "properties", "$set", "alias"), VALUES
    ),
)
BODIES = (
    st.binary(max_size=60)
    | st.builds(lambda one: json.dumps(one).encode(), VALUES | st.lists(EVENTS, max_size=3))
    | st.builds(lambda many: json.dumps({"api_key": "k", "batch": many}).encode(), st.lists(EVENTS))
)
PATHS = st.sampled_from(["/batch/", "/e/?data=%7B%7D", "/v1/traces", "//", "*", "/\udcff?\udcff=%"])
HEADERS = st.lists(
    st.tuples(st.sampled_from(["Cookie", "X-\udcff", "Content-Type"]), TEXTS), max_size=2
)


# A second each: the night, which draws anew, looks at three times as many.
@settings(
    suppress_health_check=list(HealthCheck),
    deadline=None,
    max_examples=10 if settings.default.derandomize else 30,
)
@given(data=st.data())
def test_no_check_breaks_on_what_a_program_can_send(data, sent):
    def host(name, kind):
        requests = st.builds(
            lambda body, path, headers: sent(body=body, path=path, headers=headers),
            BODIES,
            PATHS,
            HEADERS,
        )
        return st.builds(
            Host, name=name, kind=st.just(kind), requests=st.lists(requests, max_size=2).map(tuple)
        )

    hosts = st.tuples(
        host(st.sampled_from(["a.example", "\udcff\n"]), "posthog"),
        host(st.just("b.example"), "telemetry"),
        host(TEXTS, "other"),
    )

    # Few of them, so that runs agree and differ.
    said = data.draw(st.lists(hosts, min_size=2, max_size=3))
    asked = data.draw(st.lists(TEXTS, min_size=2, max_size=2))
    pick = data.draw(st.randoms(use_true_random=False))

    def run(**about):
        stage = STAGES[about.get("person", FIRST)]
        return Run(
            hosts=pick.choice(said),
            asked=tuple(asked[: pick.randint(0, 2)]),
            stdout=pick.choice([b"", b"a line\n\xff\x1b[0m\n"]),
            exit_code=pick.choice([0, 1, -9, None]),
            planted=stage.planted,
            **about,
        )

    runs = [
        run(name="a", home="h"),
        run(name="b", person=OTHER),
        run(name="c"),
        run(name="d", person=OTHER),
        run(name="e", changed="host"),
        run(name="f", home="h", start=2),
        run(name="g", home="h", start=3, fault=HOME_READ_ONLY),
        run(name="h", switch="DO_NOT_TRACK=1"),
        run(name="i", fault=STDOUT_CLOSED),
        run(name="j", fault="refused", took_s=9.0, ended="stopped"),
    ]
    for finding in judge_runs(runs, RUN_CHECKS).findings:
        texts = (finding.message, finding.kind, *finding.evidence)
        assert all(
            map(str.isprintable, texts)
        )  # no half of a surrogate, and nothing a terminal would act on
