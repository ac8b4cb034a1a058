import hashlib
import json
import secrets

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payloadproof.evidence.difference import confirmed, dependent, told_apart
from payloadproof.evidence.placed import ORDERED, Place, spoken
from payloadproof.evidence.runs import OTHER, Host, Run

HOST = "eu.telemetry.example"


def found(ones, others):
    return {(one.place.what, one.place.text, one.place.of) for one in dependent(ones, others)}


@pytest.fixture
def saying(sent, event, run_with):
    """A run with one event ``started`` that has these properties."""
    return lambda **properties: run_with(sent(event(**properties)))


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_what_is_equal_for_one_person_and_different_for_another_depends_on_who_they_are(saying):
    mine, theirs = digest("host-a"), digest("host-b")
    found = dependent([saying(m=mine), saying(m=mine)], [saying(m=theirs)])
    assert [one.place for one in found] == [Place(HOST, "started", ("properties", "m"))]
    assert found[0].seen == (f'"{mine}"', f'"{theirs}"')


def test_what_differs_between_runs_of_one_person_is_random(saying):
    runs = [saying(r=secrets.token_hex(8), t=number) for number in range(3)]
    assert not dependent(runs[:2], runs[2:])


def test_what_is_the_same_for_all_is_no_finding(saying):
    assert not dependent([saying(v=1), saying(v=1)], [saying(v=1)])


def test_one_run_of_the_first_person_shows_nothing_of_what_is_random(saying):
    with pytest.raises(ValueError, match="two runs of one person"):
        dependent([saying(v=1)], [saying(v=2)])


def test_the_order_of_requests_and_the_batches_are_chance(sent, event, run_with):
    one = [event("a", n=1), event("a", n=2), event("b", n=3)]
    first = run_with(sent(*one))
    again = run_with(sent(*one[:1]), sent(*one[1:]))
    other = run_with(sent(one[2]), sent(one[1]), sent(one[0]))
    assert not dependent([first, again], [other])


def test_an_event_that_only_sometimes_comes_is_no_finding(sent, event, run_with):
    usual, sometimes = event("a", kind="usual"), event("a", kind="rare")
    with_it, without = run_with(sent(usual, sometimes)), run_with(sent(usual))
    assert not dependent([with_it, without], [without])
    assert not dependent([without, with_it], [with_it])


def test_of_an_event_that_one_person_causes_more_often_only_the_number_is_found(
    sent, event, run_with
):
    def run(*kinds):
        return run_with(sent(*(event("a", kind=kind) for kind in kinds)))

    both = [run("usual", "rare"), run("rare", "usual")]
    assert found(both, [run("usual")]) == {("a", "", "number")}
    few = [run("usual"), run("usual")]
    assert found(few, [run("usual", "rare")]) == {("a", "", "number")}


def test_what_an_event_that_only_sometimes_comes_says_of_a_person_is_found(sent, event, run_with):
    mine = [run_with(*(sent(event(m="host-a")) for _ in range(times))) for times in (2, 3)]
    theirs = run_with(sent(event(m="host-b")))
    assert found(mine, [theirs]) == {("started", "properties.m", "value")}


def test_the_number_of_events_of_a_name_is_a_place(sent, event, run_with):
    once = [run_with(sent(event())) for _ in range(2)]
    (one,) = dependent(once, [run_with(sent(event(), event()))])
    assert (one.place.of, one.place.path, one.seen) == ("number", (), ("1", "2"))


def test_an_event_sent_again_by_a_retry_counts_once(sent, event, run_with):
    same = event()
    assert not dependent(
        [run_with(sent(event())), run_with(sent(event()))], [run_with(sent(same), sent(same))]
    )


def test_an_event_that_only_one_person_causes_is_found(sent, event, run_with):
    plain = [run_with(sent(event("a"))) for _ in range(2)]
    more = run_with(sent(event("a"), event("has-vpn")))
    assert found(plain, [more]) == {("has-vpn", "", "number")}


def test_a_key_that_is_named_after_a_person_is_found_at_the_object_that_holds_it(saying):
    runs = [saying(d={f"u-{who}": {"n": 1}}) for who in ("alice", "alice", "bobby")]
    (one,) = dependent(runs[:2], runs[2:])
    assert (one.place.text, one.place.of) == ("properties.d", "keys")
    assert one.seen == ("u-alice", "u-bobby")


def test_a_key_that_is_random_is_no_finding(saying):
    runs = [saying(d={secrets.token_hex(8): 1}) for _ in range(3)]
    assert not dependent(runs[:2], runs[2:])


@pytest.mark.parametrize("where", ["uuid", "distinct_id", "timestamp", "$set"])
def test_every_part_of_an_event_is_compared(sent, event, run_with, where):
    runs = [run_with(sent(event() | {where: digest(who)})) for who in "aab"]
    assert (("started", where, "value")) in found(runs[:2], runs[2:])


def test_json_inside_a_text_is_read(saying):
    def run(host):
        return saying(p=json.dumps({"t": secrets.token_hex(4), "in": {"host": digest(host)}}))

    assert found([run("a"), run("a")], [run("b")]) == {
        ("started", "properties.p.(JSON).in.host", "value")
    }


@pytest.mark.parametrize("name", ["X-Device", "User-Agent", "Cookie"])
def test_headers_are_compared_by_name(sent, event, run_with, name):
    runs = [run_with(sent(event(), headers=((name, digest(who)),))) for who in "aab"]
    assert found(runs[:2], runs[2:]) == {("POST /batch/", f"header.{name.lower()}", "value")}


def test_lengths_are_chance(sent, event, run_with):
    runs = [run_with(sent(event(), headers=(("Content-Length", n),))) for n in ("1", "1", "2")]
    assert not dependent(runs[:2], runs[2:])


def test_the_query_is_compared_by_key(sent, event, run_with):
    runs = [
        run_with(sent(event(), path=f"/batch/?_={secrets.token_hex(4)}&d={digest(who)}"))
        for who in "aab"
    ]
    assert found(runs[:2], runs[2:]) == {("POST /batch/", "query.d", "value")}


def test_a_value_in_a_path_is_compared_and_a_random_one_does_not_hide_the_rest(sent, run_with):
    def run(who):
        path = f"/v1/{secrets.token_hex(8)}/{digest(who)}/track"
        return run_with(sent(body=b'{"m": "%s"}' % who.encode(), path=path), kind="telemetry")

    assert found([run("a"), run("a")], [run("b")]) == {
        ("POST /v1/*/*/track", "path.segment 3", "value"),
        ("POST /v1/*/*/track", "body.m", "value"),
    }


def test_a_plain_word_in_a_path_is_another_request(sent, run_with):
    runs = [run_with(sent(body=b"{}", path=f"/u/{who}/track")) for who in ("al", "al", "bo")]
    assert found(runs[:2], runs[2:]) == {
        ("POST /u/al/track", "", "presence"),
        ("POST /u/bo/track", "", "presence"),
    }


def test_a_host_named_after_a_person_is_found(sent, event, run_with):
    runs = [run_with(sent(event()), host=f"{who}.telemetry.example") for who in "aab"]
    assert {one.place for one in dependent(runs[:2], runs[2:])} == {
        Place("a.telemetry.example", of="presence"),
        Place("b.telemetry.example", of="presence"),
    }


def test_a_name_that_was_only_looked_up_is_a_host_too():
    runs = [Run(name="", asked=(f"{who}.telemetry.example",)) for who in "aab"]
    assert len(dependent(runs[:2], runs[2:])) == 2


def test_json_of_any_form_is_compared(sent, run_with):
    def run(who):
        span = {"attributes": [{"key": "host.id", "value": digest(who)}], "t": secrets.token_hex(8)}
        body = json.dumps({"resourceSpans": [span]}).encode()
        return run_with(sent(body=body, path="/v1/traces", packed=True), kind="telemetry")

    assert found([run("a"), run("a")], [run("b")]) == {
        ("POST /v1/traces", "body.resourceSpans[0].attributes[0].value", "value")
    }


def test_how_many_things_a_body_lists_is_chance(sent, run_with):
    bodies = [b'{"l": [1, 1]}', b'{"l": [1, 1]}', b'{"l": [1]}']
    runs = [run_with(sent(body=body, path="/v1/logs")) for body in bodies]
    assert not dependent(runs[:2], runs[2:])


def test_lines_of_json_are_compared(sent, run_with):
    runs = [
        run_with(sent(body=b'{"id": "%s"}\n{"u": "%s"}\n' % (secrets.token_hex(4).encode(), who)))
        for who in (b"a", b"a", b"b")
    ]
    assert found(runs[:2], runs[2:]) == {("POST /batch/", "body[1].u", "value")}


def test_a_form_is_compared_by_key(sent, run_with):
    runs = [
        run_with(
            sent(body=b"v=1&cid=%s&z=%s" % (who * 9, secrets.token_hex(4).encode()), path="/g")
        )
        for who in (b"a", b"a", b"b")
    ]
    assert found(runs[:2], runs[2:]) == {("POST /g", "body.cid", "value")}


def test_of_a_body_that_is_no_json_the_words_are_compared(sent, run_with):
    def run(who):
        noise = secrets.token_bytes(secrets.randbelow(40)) + secrets.token_hex(6).encode()
        return run_with(
            sent(body=b"\x0a\x07\xff\x12host.name\x1a" + digest(who).encode() + b"\x00" + noise)
        )

    (one,) = dependent([run("a"), run("a")], [run("b")])
    assert (one.place.what, one.place.text, one.place.of) == ("POST /batch/", "body", "words")
    assert not dependent([run("a"), run("a")], [run("a")])


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"NaN", b'"' + b"9" * 5_000 + b'"', b"9" * 5_000],
    ids=["nothing", "half", "deep", "bytes", "no number", "long", "huge"],
)
def test_a_body_of_any_form_breaks_nothing(sent, run_with, body):
    run = run_with(sent(body=body, path="/v1/anything"))
    assert not dependent([run, run], [run])


# Confirming, and what can be told apart


def test_a_place_counts_when_a_second_pair_shows_it_too(saying):
    lasting = dependent([saying(m=1, c=1), saying(m=1, c=1)], [saying(m=2, c=2)])
    assert len(lasting) == 2
    kept = confirmed(lasting, [saying(m=1, c=1), saying(m=1, c=1)], [saying(m=2, c=1)])
    assert [one.place.text for one in kept] == ["properties.m"]


def test_what_agreed_by_chance_does_not_agree_again(saying):
    chance = dependent([saying(c=0), saying(c=0)], [saying(c=1)])
    assert chance
    assert not confirmed(chance, [saying(c=1), saying(c=1)], [saying(c=0)])


def test_a_third_person_confirms_with_a_value_of_their_own(saying):
    first = dependent([saying(m="a"), saying(m="a")], [saying(m="b")])
    second = [saying(m="a"), saying(m="a")], [saying(m="c")]
    assert confirmed(first, *second, same_other=False)
    assert not confirmed(first, *second)


def test_what_can_be_told_apart_is_found_by_changing_one_thing_at_a_time(saying):
    def run(host, card):
        return saying(id=digest(host + card), host=digest(host), fixed=1)

    ones = [run("h1", "c1"), run("h1", "c1")]
    changed = {"host": run("h2", "c1"), "card": run("h1", "c2"), "name": run("h1", "c1")}
    told = told_apart(dependent(ones, [run("h2", "c2")]), ones, changed)
    assert {one.place.text: one.by for one in told} == {
        "properties.host": ("host",),
        "properties.id": ("host", "card"),
    }


def test_what_only_several_things_together_change_is_told_apart_by_none(saying):
    ones = [saying(m="a"), saying(m="a")]
    (one,) = told_apart(dependent(ones, [saying(m="b")]), ones, {"host": saying(m="a")})
    assert one.by == ()


# Programs made at random: what is said of each field is what it was made to be

KINDS = ("random", "time", "constant", "hash", "counter", "nested hash", "mixed")


def value_of(kind, *, person, clock, number):
    match kind:
        case "random":
            return secrets.token_hex(8)
        case "time":
            return clock + number
        case "constant":
            return "constant"
        case "hash":
            return hashlib.md5(b"salt" + person.encode()).hexdigest()
        case "counter":
            return number
        case "nested hash":
            return {"deep": [{"n": number, "id": digest(person)}]}
    return f"{digest(person)}-{secrets.token_hex(4)}"  # Rule 4 of the module: the part is seen


PROGRAMS = st.dictionaries(
    st.sampled_from(["started", "used", "ended"]),
    st.tuples(
        st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(KINDS), min_size=1),
        st.integers(1, 3),
        st.booleans(),
    ),
    min_size=1,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(program=PROGRAMS, order=st.randoms(use_true_random=False))
def test_fields_of_programs_made_at_random_are_classed_right(program, order, sent, event, run_with):
    def run(person, clock):
        events = []
        for name, (fields, times, sometimes) in program.items():
            # One that comes sometimes comes once at least, and once more by chance.
            for number in range(times + (sometimes and order.random() < 0.5)):
                at = {"person": person, "clock": clock, "number": number}
                events.append(
                    event(name, **{key: value_of(kind, **at) for key, kind in fields.items()})
                )
        order.shuffle(events)
        cut = order.randint(0, len(events))
        return run_with(*(sent(*part) for part in (events[:cut], events[cut:]) if part))

    ones, others = [run("a", 100), run("a", 300)], [run("b", 200)]
    again = [run("a", 400), run("a", 600)], [run("b", 500)]
    told = {
        (one.place.what, one.place.path[1])
        for one in confirmed(dependent(ones, others), *again)
        if one.place.of != "number"
    }
    made = {
        (name, key)
        for name, (fields, _, _) in program.items()
        for key, kind in fields.items()
        if kind in ("hash", "nested hash", "mixed")
    }
    assert told == made


def test_other_hosts_are_kept_apart(sent, event, run_with):
    def run(who):
        other = Host(name="b.example", kind="telemetry", requests=(sent(event(m=who)),))
        return run_with(sent(event(m="same")), others=(other,), person=OTHER)

    (one,) = dependent([run("a"), run("a")], [run("b")])
    assert one.place.host == "b.example"


@pytest.mark.parametrize("shape", ["{chance}.{who}", "{who}{chance}", "{chance}-{who}-{chance}"])
def test_a_part_that_follows_the_person_is_seen_beside_one_that_is_random(saying, shape):
    def run(who):
        chance = secrets.token_hex(16)
        return saying(id=shape.format(chance=chance, who=digest(who)[:12]))

    pair = dependent([run("a"), run("a")], [run("b")])
    assert [one.place.text for one in pair] == ["properties.id"]
    assert digest("a")[1:11] in pair[0].seen[0]
    assert confirmed(pair, [run("a"), run("a")], [run("b"), run("b")])


def test_a_part_that_moves_within_a_value_is_not_seen(saying):
    """The limit that the module names: only the same characters are compared."""

    def run(who, before):
        return saying(id=f"{'x' * before}{digest(who)[:12]}{secrets.token_hex(8)}")

    assert not dependent([run("a", 3), run("a", 4)], [run("b", 3)])


def test_a_time_is_no_part_that_follows_a_person(saying):
    """Runs are by turns: what two runs of one person share, the one between them has, too."""
    before, between, after = (saying(at=f"1764406{n}99{secrets.randbelow(10)}") for n in (1, 2, 3))
    assert not dependent([before, after], [between])


def test_random_values_of_one_shape_share_no_part_by_chance(saying):
    def run():
        return saying(ids=[f"install-{secrets.token_hex(16)}" for _ in range(40)])

    assert not dependent([run(), run()], [run()])


KEYS = ("a", "b", "c", "d", "e")


def ordered(saying, order):
    return saying(**dict.fromkeys(order, 1))


def test_the_order_of_many_keys_is_a_place(saying):
    assert len(KEYS) == ORDERED
    mine = [ordered(saying, KEYS) for _ in range(2)]
    (one,) = dependent(mine, [ordered(saying, KEYS[::-1])])
    assert (one.place.text, one.place.of) == ("properties", "order")
    assert "the order of the keys of properties" in spoken(one.place)


def test_an_order_of_keys_that_is_chance_is_no_finding(saying):
    runs = [ordered(saying, order) for order in (KEYS, KEYS[::-1], KEYS)]
    assert not dependent(runs[:2], runs[2:])


def test_a_few_keys_are_in_one_order_by_chance(saying):
    mine = [ordered(saying, KEYS[1:]) for _ in range(2)]
    assert not dependent(mine, [ordered(saying, KEYS[:0:-1])])


def test_a_key_that_one_side_alone_has_is_not_told_as_an_order_too(saying):
    mine = [ordered(saying, KEYS) for _ in range(2)]
    (one,) = dependent(mine, [ordered(saying, (*KEYS, "f"))])
    assert one.place.of == "keys"
