import base64
import gzip
import hashlib
import json
import secrets
import uuid

import pytest

from payloadproof.blackbox.casting import drawn
from payloadproof.evidence.runs import GIVEN_MISSING, HOME_READ_ONLY, OTHER, Host


@pytest.fixture
def stages():
    seed = secrets.token_hex(8)
    return drawn(seed), drawn(seed, OTHER)


@pytest.fixture
def program(sent, event, run_with):
    """What a program says on a stage: ``says(stage)`` gives the properties of its one event."""

    def make(says, stage, **about):
        about.setdefault("name", "another person" if about.get("person") else "as it is")
        properties = {"r": secrets.token_hex(8), **says(stage)}
        said = event(distinct_id=str(uuid.uuid4()), **properties)
        return run_with(sent(said), planted=stage.planted, **about)

    return make


@pytest.fixture
def matrix(program, stages):
    """Two runs of each of two people, by turns."""

    def make(says):
        one, other = stages
        return [
            program(says, one),
            program(says, other, person=OTHER),
            program(says, one),
            program(says, other, person=OTHER),
        ]

    return make


def packed(text):
    return base64.b64encode(gzip.compress(text.encode())).decode()


WRONG = {
    "the host name in base64": lambda s: {"m": base64.b64encode(s.machine.host.encode()).decode()},
    "a key of the environment in gzip in base64": lambda s: {"p": packed(s.secrets[0].value)},
    "an argument in the text of an error": lambda s: {"error": f"cannot open {s.document}: no"},
    "the first 40 characters of the prompt": lambda s: {"task": s.prompt[:40]},
    "the last 8 characters of a key": lambda s: {"k": f"...{s.secret.value[-8:]}"},
    "a key backwards": lambda s: {"k": s.secret.value[::-1]},
    "the working directory": lambda s: {"cwd": f"/tmp/x/{s.cwd}"},
    "the card as a number": lambda s: {"node": int(s.machine.mac.replace(":", ""), 16)},
    "the card in a UUID": lambda s: {"u": str(uuid.uuid1(int(s.machine.mac.replace(":", ""), 16)))},
    "the address": lambda s: {"ip": s.machine.ipv4},
    "the e-mail address as a key": lambda s: {"users": {s.person.email: 1}},
    "the owner of the repository": lambda s: {"remote": f"git@x:{s.project.owner}/y"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a7_finds_what_stands_on_the_stage(matrix, judged, wrong):
    findings = judged("A7", *matrix(WRONG[wrong]))
    assert findings
    assert all("properties." in finding.observed for finding in findings)


@pytest.mark.parametrize("wrong", WRONG)
def test_a9_leaves_what_the_search_finds_to_a7(matrix, judged, wrong):
    assert not judged("A9", *matrix(WRONG[wrong]))


def test_a7_and_a9_pass_a_program_that_says_nothing_of_anybody(matrix, judged, exercised):
    runs = matrix(lambda _: {"version": "1.2.3", "count": 3, "ci": False})
    for clause in ("A7", "A9", "A10"):
        assert not judged(clause, *runs)
        assert exercised(clause, *runs)


def test_a7_says_what_it_was_and_where(matrix, judged, stages):
    (finding,) = judged("A7", *matrix(WRONG["the host name in base64"]))
    assert finding.observed == (
        'the host name, in base64, at eu.telemetry.example, event "started", properties.m'
    )
    assert stages[0].machine.host not in repr(finding)


@pytest.mark.parametrize(
    "headers", [lambda s: (("X-Host", s.machine.host),), lambda s: (("Cookie", s.secret.value),)]
)
def test_a7_searches_what_is_no_event(headers, sent, run_with, stages, judged):
    request = sent(headers=headers(stages[0]))
    assert judged("A7", run_with(request, planted=stages[0].planted))


def test_a7_searches_bodies_that_are_no_json(sent, run_with, stages, judged):
    body = b"\x0a\xff\x08" + stages[0].machine.host.encode() + b"\x00\xfe"
    run = run_with(sent(body=body, path="/v1/traces"), kind="telemetry", planted=stages[0].planted)
    (finding,) = judged("A7", run)
    assert finding.observed.endswith("POST /v1/traces")


def test_a10_lists_what_other_hosts_are_told_and_a7_does_not(sent, event, run_with, stages, judged):
    stage = stages[0]
    key = stage.secrets[0]
    asking = sent(body=b"{}", headers=(("Authorization", f"Bearer {key.value}"),))
    provider = Host(name="api.model.example", requests=(asking,))
    run = run_with(sent(event()), others=(provider,), planted=stage.planted)
    assert not judged("A7", run)
    (finding,) = judged("A10", run)
    assert finding.observed.startswith(f"{key.name}, as it is, in a byte sent: api.model.example")


def test_a10_lists_a_name_that_was_looked_up(sent, event, run_with, stages, judged):
    name = f"{stages[0].machine.host}.corp.example"
    other = Host(name=name)
    run = run_with(sent(event()), others=(other,), planted=stages[0].planted)
    assert not judged("A7", run)
    assert judged("A10", run)


# A9


DEPENDS = {
    "a hash of the host": (
        lambda s: {"m": hashlib.md5(s.machine.host.encode()).hexdigest()},
        "host",
    ),
    "a salted hash of a key": (
        lambda s: {"k": hashlib.sha256(b"salt" + s.secret.value.encode()).hexdigest()[:12]},
        "secrets",
    ),
    "a hash of the directory": (lambda s: {"d": hash_of(str(s.cwd))}, "directory"),
    "a hash of the machine id": (lambda s: {"d": hash_of(s.machine.machine_id)}, "machine id"),
    "a number made of a name": (lambda s: {"n": int(hash_of(s.person.user)[:9], 16)}, "name"),
    "a text in JSON in a text": (
        lambda s: {"j": json.dumps({"t": secrets.token_hex(4), "h": hash_of(s.machine.host)})},
        "host",
    ),
}


def hash_of(text):
    return hashlib.sha1(text.encode()).hexdigest()


@pytest.mark.parametrize("what", DEPENDS)
def test_a9_finds_what_depends_on_the_person_and_by_what(matrix, program, stages, judged, what):
    says, by = DEPENDS[what]
    one, other = stages
    runs = matrix(says)
    changed = [
        program(says, one.changed(aspect, other), changed=aspect)
        for aspect in ("name", "host", "card", "machine id", "directory", "secrets")
    ]
    (finding,) = judged("A9", *runs, *changed)
    told = finding.observed.partition("it tells apart: ")[2]
    assert by in told.split(" and ")
    if what.endswith("directory"):
        return  # the home directory is named after the user
    assert told == by
    assert not judged("A7", *runs, *changed)


def test_a9_waits_for_a_second_pair(matrix, judged, exercised):
    runs = matrix(DEPENDS["a hash of the host"][0])
    assert not judged("A9", *runs[:3])
    assert "tells apart" not in judged("A9", *runs)[0].observed  # nobody has asked yet
    assert not exercised("A9", *runs[:3])
    assert judged("A9", *runs)


def test_a9_needs_no_second_pair_where_the_first_shows_nothing(matrix, exercised):
    assert exercised("A9", *matrix(lambda _: {})[:3])


def test_a9_drops_what_a_second_pair_does_not_show(matrix, judged):
    values = iter(["a", "b", "a", "a"])
    assert not judged("A9", *matrix(lambda _: {"v": next(values)}))


def test_a9_leaves_the_distinct_id_to_the_identity_family(sent, event, run_with, judged, stages):
    def run(stage, **about):
        return run_with(sent(event(distinct_id=hash_of(stage.machine.mac))), **about)

    one, other = stages
    runs = [run(one), run(other, person=OTHER), run(one), run(other, person=OTHER)]
    assert not judged("A9", *runs)
    assert judged("I4", *runs)


def test_a9_leaves_hosts_that_are_no_telemetry_alone(sent, event, run_with, judged, stages):
    def run(stage, **about):
        body = json.dumps({"h": hash_of(stage.machine.host)}).encode()
        other = Host(name="api.example", requests=(sent(body=body, path="/x"),))
        return run_with(sent(event()), others=(other,), **about)

    one, other = stages
    runs = [run(one), run(other, person=OTHER), run(one), run(other, person=OTHER)]
    assert not judged("A9", *runs)


def test_a9_has_no_control_where_one_person_said_nothing(program, run_with, stages, exercised):
    runs = [program(lambda _: {}, stages[0]) for _ in range(2)]
    assert not exercised("A9", *runs)
    assert not exercised("A9", *runs, run_with(person=OTHER))


def test_what_shows_in_several_runs_is_told_of_the_plainest(program, stages, judged):
    odd = (HOME_READ_ONLY, "refused", GIVEN_MISSING, "")
    runs = [
        program(
            lambda one: {"by": one.person.user}, stages[0], fault=fault, name=fault or "as it is"
        )
        for fault in odd
    ]
    for number, name in ((4, "as it is"), (3, GIVEN_MISSING), (2, "refused"), (1, HOME_READ_ONLY)):
        (finding,) = judged("A7", *runs[:number])
        assert finding.evidence[0] == name
