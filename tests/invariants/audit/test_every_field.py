"""A secret is found wherever it stands, and ordinary events have none."""

import base64
import itertools
import json
import secrets
import string
import uuid
from pathlib import Path

import pytest

from payloadproof.audit.audit import Audit
from payloadproof.contract.secrets import leak_in
from payloadproof.evidence.files import read

INSTALL = "1d0f8e8c-6c0c-4f0e-9a6e-7a3f0c1b2d3e"


def token(length, alphabet=string.ascii_letters + string.digits):
    return "".join(secrets.choice(alphabet) for _ in range(length - 1)) + secrets.choice(
        "0123456789"
    )


def card():
    digits = "4" + token(14, string.digits)
    for last in string.digits:
        numbers = [int(one) for one in (digits + last)[::-1]]
        if sum(sum(divmod(d * (1 + n % 2), 10)) for n, d in enumerate(numbers)) % 10 == 0:
            return digits + last
    raise AssertionError


def iban():
    account = token(18, string.digits)
    check = 98 - int(account + "131400") % 97
    return f"DE{check:02}{account}"


KINDS = {
    "an e-mail": lambda: f"{token(8).lower()}@{token(8, string.ascii_lowercase)}.org",
    "a home": lambda: f"/home/{token(6).lower()}/{token(6)}",
    "a home of Windows": lambda: f"C:\\Users\\{token(6)}",
    "a key of OpenAI": lambda: "sk-" + token(40),
    "a key of Anthropic": lambda: "sk-ant-api03-" + token(40),
    "a key of GitHub": lambda: "ghp_" + token(36),
    "a key of npm": lambda: "npm_" + token(36),
    "a key of Groq": lambda: "gsk_" + token(50),
    "a key of AWS": lambda: "AKIA" + token(16, string.ascii_uppercase + string.digits),
    "a JWT": lambda: f"eyJ{token(20)}.eyJ{token(20)}.{token(30)}",
    "an address": lambda: f"203.0.113.{secrets.randbelow(250)}",
    "an address of six": lambda: f"2001:db8:0:1:{secrets.randbelow(9999)}:2:3:4",
    "a MAC": lambda: ":".join(f"{secrets.randbelow(256):02x}" for _ in range(6)),
    "a phone": lambda: "+49 30 " + token(8, string.digits),
    "a card": card,
    "a bank account": iban,
    "a URL with a query": lambda: f"https://h.example/p?q={token(6)}",
}


def plain(number=1):
    return {
        "event": "search_performed",
        "distinct_id": INSTALL,
        "uuid": f"00000000-0000-4000-8000-{number:012}",
        "timestamp": f"2026-11-{1 + number % 28:02}T12:00:00.{number:06}+00:00",
        "properties": {
            "result_count": number % 9,
            "outcome": "ok",
            "$process_person_profile": False,
            "$lib": "posthog-python",
            "$lib_version": "7.91.1",
            "$os": "Linux",
        },
    }


def in_event(change):
    def make(secret):
        event = plain()
        change(event, secret)
        return event, {}

    return make


PLACES = {
    "distinct_id": in_event(lambda e, s: e.update(distinct_id=s)),
    "uuid": in_event(lambda e, s: e.update(uuid=s)),
    "timestamp": in_event(lambda e, s: e.update(timestamp=s)),
    "a stamp of the library": in_event(lambda e, s: e["properties"].update({"$lib": s})),
    "a stamp of the system": in_event(lambda e, s: e["properties"].update({"$os": s})),
    "beside the properties": in_event(lambda e, s: e.update(type=s)),
    "a property": in_event(lambda e, s: e["properties"].update(outcome=s)),
    "a person": in_event(lambda e, s: e["properties"].update({"$set": {"version": s}})),
    "a header": lambda s: (plain(), {"headers": [["X-Trace", s]]}),
    "a cookie": lambda s: (plain(), {"headers": [["Cookie", f"who={s}"]]}),
    "the query": lambda s: (plain(), {"path": f"/batch/?who={s}"}),
    "the batch": lambda s: (plain(), {"sent_at": s}),
}


def recorded(*events, headers=(), path="/batch/", **envelope):
    body = json.dumps({"api_key": "phc_of_a_test", "batch": events, **envelope}).encode()
    line = {
        "number": 1,
        "at": 0.0,
        "connection": 1,
        "method": "POST",
        "path": path,
        "headers": [["Host", "127.0.0.1:8000"], ["User-Agent", "posthog-python/7.91.1"], *headers],
        "wire": base64.b64encode(body).decode(),
    }
    pieces = [{"recording": 1, "payloadproof": "1"}, line, {"requests": 1}]
    return b"".join(json.dumps(piece).encode() + b"\n" for piece in pieces)


def exported(event, **_):
    return json.dumps(event | {"team_id": 1, "person_id": "p", "created_at": "later"}).encode()


@pytest.fixture
def failed(tmp_path, contract):
    def judge(content):
        path = tmp_path / "e.jsonl"
        path.write_bytes(content)
        audit = Audit(contract)
        audit.add(read(path))
        return {one.clause for one in audit.report("c").verdicts if one.verdict == "failed"}

    return judge


#: What an export has no place for: it tells of events, and of no request.
NOT_EXPORTED = ("beside the properties", "a header", "a cookie", "the query", "the batch")
PAGE = Path(__file__).parents[3] / "docs" / "ci.md"


def table(heading, rows, found, column):
    """How many of those that were planted are found, by one of the three that they differ in."""
    lines = [f"| {heading} | recording | export |", "| --- | --- | --- |"]
    for row in rows:
        cells = []
        for form in ("recording", "export"):
            mine = [ok for key, ok in found.items() if key[0] == form and key[column] == row]
            cells.append(f"{sum(mine)} of {len(mine)}" if mine else "no such place")
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def test_every_planted_secret_is_found_in_every_place_and_form(failed):
    found, missed = {}, []
    for place, kind in itertools.product(PLACES, KINDS):
        secret = KINDS[kind]()
        event, around = PLACES[place](secret)
        forms = {"recording": recorded(event, **around)}
        if place not in NOT_EXPORTED:
            forms["export"] = exported(event)
        for form, content in forms.items():
            found[form, place, kind] = "A6" in failed(content)
            if not found[form, place, kind]:
                missed.append((form, place, kind, secret))
    said = f"{table('Place', PLACES, found, 1)}\n{table('Kind', KINDS, found, 2)}"
    print(said)  # noqa: T201 - pytest keeps it, and shows it with -s
    assert not missed
    assert said in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["events", "export", "recording"])
def test_a_thousand_ordinary_events_raise_no_alarm(failed, form):
    some = [plain(number) for number in range(1000)]
    content = {
        "events": lambda: b"".join(json.dumps(one).encode() + b"\n" for one in some),
        "export": lambda: b"".join(exported(one) + b"\n" for one in some),
        "recording": lambda: recorded(*some),
    }
    assert failed(content[form]()) == set()


@pytest.mark.parametrize("who", ["undefined", "[object Object]", "None", "null", " NaN ", "", None])
def test_an_id_that_stands_for_nobody_is_found(failed, who):
    assert "A6" in failed(json.dumps(plain() | {"distinct_id": who}).encode())


@pytest.mark.parametrize(
    "text",
    [
        "posthog-python/7.91.1",
        "Linux 6.1.0-13-amd64 x86_64",
        "10.0.22631",
        "2026-11-29T10:11:12.123456+01:00",
        "sk-SK",
        "1764400000000",
        "application/json; charset=utf-8",
        "claude-sonnet-4-20250514",
        "gzip, deflate, br, zstd",
        "Europe/Berlin",
        "12:34:56",
        "bytes 0-1023/146515",
        "4111111111111112",
        "DE00123456789012345678",
        pytest.param(f"phc_{token(43)}", id="a project's public key"),
    ],
)
def test_an_ordinary_text_is_no_leak(text):
    assert leak_in(text, ids=True) is None


def test_an_id_is_told_where_any_text_may_stand_and_not_where_an_id_belongs():
    one = str(uuid.uuid4())
    assert leak_in(one)
    assert leak_in(one, ids=True) is None
