"""Values that only a contract can allow, and what PostHog's own packages say, in recordings."""

import secrets
import uuid

import msgspec
import pytest

from payloadproof.clauses.allow.fields import wrong_as_text
from payloadproof.contract import load
from payloadproof.evidence.history import History

CONTRACT = """
format = 1
base = []
person = ["plan"]
[product]
name = "kettle"
description = "Boils water"
[consent]
default = "on"
layers = []
[wire]
geoip_disable = false
directives = ["$process_person_profile", "$set"]
stamps = []
sdk = ["python"]
flags = { steam = true }

[events.boiled]
kind = "direct"
ceiling_per_day = 10
description = "Water was boiled."
properties = ["cups", "settings", "size", "offset", "command", "log"]
[events."$identify"]
kind = "direct"
ceiling_per_day = 10
description = "Who it is."
properties = []
[events."$create_alias"]
kind = "direct"
ceiling_per_day = 10
description = "Two ids of one install."
properties = []
[events."$groupidentify"]
kind = "direct"
ceiling_per_day = 10
description = "A team."
properties = []
[events."$ai_generation"]
kind = "direct"
ceiling_per_day = 10
description = "A call to a model."
properties = []
[events."$ai_generation".own_properties."$ai_tools"]
type = "list"
items = { type = "slug" }
description = "The names of tools."

[properties]
plan = { type = "slug", description = "Which plan." }
cups = { type = "list", items = { type = "count" }, max_items = 3, description = "Cups." }
size = { type = "count", null = true, description = "Size." }
offset = { type = "number", description = "Offset of local time." }
command = { type = "text", description = "What was typed." }
log = { type = "text", never = ["email"], description = "A line of the log." }

[properties.settings]
type = "object"
keys = { colour = { type = "enum", values = ["red", "blue"] } }
others = { type = "bool" }
max_keys = 3
description = "Settings."
"""


@pytest.fixture(scope="module")
def kettle(tmp_path_factory):
    path = tmp_path_factory.mktemp("kettle") / "kettle.toml"
    path.write_text(CONTRACT)
    return load(path)


@pytest.fixture
def broken(kettle, post, make_event, found):
    """The observations of A1, A2, A3 and A6 on one recorded event."""

    def judged(name="boiled", /, **properties):
        event = make_event(name, properties)
        event["distinct_id"] = str(uuid.uuid4())
        history = History(contract=kettle, requests=(post(event),))
        clauses = ("A1", "A2", "A3", "A6")
        return [(one.clause, one.observed) for clause in clauses for one in found(clause, history)]

    return judged


@pytest.mark.parametrize(
    "properties",
    [
        {"cups": [1, 2], "settings": {"colour": "red", "quiet": True}, "size": None},
        {"cups": [], "settings": {}, "size": 3},
        {"offset": -300},
        {"offset": -0.5},
        {"command": "boil", "log": "done in 3 s"},
        {"log": "no such file: /home/ada/plan"},  # it names what it may not hold
        {"$lib": "posthog-python", "$os": "Linux", "$python_version": "3.13.0"},
        {"$feature/steam": True, "$active_feature_flags": ["steam"]},
    ],
)
def test_what_is_declared_passes(broken, properties):
    assert not broken(**properties)


@pytest.mark.parametrize(
    ("properties", "clause", "said"),
    [
        ({"cups": [1, 2, 3, 4]}, "A6", "longer than 3 items"),
        ({"cups": [1, "/home/ada"]}, "A6", "holds an item that is not a whole number"),
        ({"cups": [[1]]}, "A2", "a list in a list"),
        ({"cups": None}, "A2", "null"),
        ({"cups": {"a": 1}}, "A2", "an object"),
        ({"size": [1]}, "A2", "a list"),
        ({"settings": {"colour": "/home/ada"}}, "A6", "holds a value that is not one of"),
        ({"settings": {"colour": ["red"]}}, "A2", "a list in an object"),
        ({"settings": {"colour": "x" * 300}}, "A2", "text of 300 characters in an object"),
        ({"settings": {"ada@example.org": True}}, "A6", "holds a key that"),
        ({"settings": {"a": True, "b": True, "c": True, "d": True}}, "A6", "longer than 3 keys"),
        ({"command": "/Users/ada/acme-merger/plan.md"}, "A6", "an absolute path"),
        ({"command": "https://git.example/acme?private_token=x"}, "A6", "a URL with a query"),
        ({"command": "ada@example.org"}, "A6", "an e-mail address"),
        ({"command": "no such file: '/home/ada/.ssh/id_ed25519'"}, "A6", "an absolute path"),
        ({"log": "mail to ada@example.org"}, "A6", "an e-mail address"),
        ({"$current_url": "https://a.example/?q"}, "A3", "an address with its query"),
        ({"$feature/other": True}, "A3", "$fea"),
        ({"$browser": "x"}, "A3", "$browser"),
        ({"$ai_input": "hello"}, "A3", "what people said to a model"),
    ],
)
def test_what_is_not_is_found_once(broken, properties, clause, said):
    ((by, observed),) = broken(**properties)
    assert by == clause
    assert said in observed


@pytest.mark.parametrize(
    ("name", "properties"),
    [
        ("$identify", {"$anon_distinct_id": str(uuid.UUID(int=7, version=4))}),
        ("$create_alias", {"alias": str(uuid.UUID(int=7, version=4)), "distinct_id": "7a"}),
        ("$groupidentify", {"$group_type": "team", "$group_set": {"plan": "free"}}),
        ("$ai_generation", {"$ai_model": "gpt-5", "$ai_latency": 0.5, "$ai_input_tokens": 7}),
        ("$ai_generation", {"$ai_tools": ["search"]}),
    ],
)
def test_events_of_posthogs_own_are_known_by_name(broken, name, properties):
    assert not broken(name, **properties)


@pytest.mark.parametrize(
    ("name", "properties", "clause", "said"),
    [
        ("$ai_generation", {"$ai_input": [{"role": "user"}]}, "A3", "what people said to a model"),
        ("$ai_generation", {"$ai_output_choices": "yes"}, "A3", "what a model answered"),
        ("$ai_generation", {"$ai_error": "no such file"}, "A3", "the text of an error"),
        ("$ai_generation", {"$ai_tools": "search"}, "A6", "is not a list"),
        ("$groupidentify", {"$group_set": {"owner": "ada"}}, "A1", "owner"),
        ("boiled", {"alias": "x"}, "A1", "alias"),
        ("boiled", {"$anon_distinct_id": "x"}, "A3", "another id of the same person"),
        ("$ai_generation", {"$ai_model": "sk-" + secrets.token_hex(12)}, "A6", "a key"),
    ],
)
def test_what_is_dangerous_in_them_is_found_unless_declared(broken, name, properties, clause, said):
    seen = broken(name, **properties)
    assert [by for by, _ in seen if by == clause]
    assert any(said in observed for _, observed in seen)


def test_the_envelope_of_older_python_packages_is_known(kettle, post, make_event, found):
    sent = post(make_event("boiled"), sentAt="2026-11-28T10:00:00+00:00")
    assert not found("A1", History(contract=kettle, requests=(sent,)))


CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0"
BRANDS = '"Chromium";v="150.0.7871.100", "Not)A;Brand";v="8.0.0.0"'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("User-Agent", CHROME),
        ("sec-ch-ua-full-version-list", BRANDS),
        ("Origin", "http://127.0.0.1:3000"),
        ("Referer", "http://127.0.0.1:3000/cups"),
        ("Origin", "http://127.0.0.1"),
    ],
)
def test_a6_takes_no_browser_and_no_page_of_this_machine_for_an_address(
    *, kettle, post, make_event, found, name, value
):
    request = post(make_event("boiled"), headers=[(name, value)])
    assert not found("A6", History(contract=kettle, requests=(request,)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("User-Agent", "acme/1.0 (on 192.0.2.17)"),
        ("User-Agent", "acme/192.0.2.17.9 192.0.2.17"),
        ("X-Agent", "acme/192.0.2.17"),
        ("Origin", "http://192.0.2.17:3000"),
        ("Referer", "http://127.0.0.1:3000/?from=192.0.2.17"),
        ("X-Page", "http://127.0.0.1:3000"),
    ],
)
def test_a6_finds_an_address_in_a_header(*, kettle, post, make_event, found, name, value):
    request = post(make_event("boiled"), headers=[(name, value)])
    (finding,) = found("A6", History(contract=kettle, requests=(request,)))
    # A name that is everybody's is no secret, and says where to look.
    assert name != "User-Agent" or 'header "user-agent"' in finding.expected
    assert "network address" in finding.observed


@pytest.mark.parametrize(
    ("key", "value", "wrong"),
    [
        ("$raw_user_agent", CHROME, None),
        ("$raw_user_agent", "acme (192.0.2.17)", "a network address"),
        ("$host", "127.0.0.1:3000", None),
        ("$lib_custom_api_host", "http://127.0.0.1:3000", None),
        ("$current_url", "http://127.0.0.1:3000/cups", None),
        ("$current_url", "http://192.0.2.17/cups", "a network address"),
        ("$current_url", "http://127.0.0.1/?of=192.0.2.17", "a network address"),
        ("note", "127.0.0.1:3000", "a network address"),
        ("note", "acme/192.0.2.17", "a network address"),
    ],
)
def test_a6_reads_of_a_stamp_what_is_somebodys(key, value, wrong):
    assert wrong_as_text(key, value) == (wrong and f"looks like {wrong}")


def test_a1_passes_the_key_and_the_id_of_a_web_event(kettle, post, make_event, found):
    request = post(make_event("boiled", {"token": "phc_of_a_test", "distinct_id": "d"}))
    web = msgspec.structs.replace(kettle, wire=msgspec.structs.replace(kettle.wire, sdk=("web",)))
    assert not found("A1", History(contract=web, requests=(request,)))
    assert len(found("A1", History(contract=kettle, requests=(request,)))) == 2
