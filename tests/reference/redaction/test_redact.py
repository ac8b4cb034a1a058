from __future__ import annotations

import base64
import secrets
import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payloadproof_reference.redaction.frames import Frame
from payloadproof_reference.redaction.redact import (
    MESSAGE_CHARS,
    RAW_CHARS,
    STACK_CHARS,
    TYPE_CHARS,
    Redactor,
    redact,
)
from payloadproof_reference.redaction.rules import RULES

KINDS = ("message", "stack", "type")
CAPS = {"message": MESSAGE_CHARS, "stack": STACK_CHARS, "type": TYPE_CHARS}

# Made at run time: nothing in the format of a real key stands in a file.
NAME = "quaddle" + secrets.token_hex(4)
HEX = secrets.token_hex(20)
TOKEN = secrets.token_urlsafe(24) + "7x9"
JWT = ".".join(
    base64.urlsafe_b64encode(each).decode().rstrip("=")
    for each in (b'{"alg":"HS256"}', b'{"sub":"%s"}' % NAME.encode(), secrets.token_bytes(16))
)
PEM = f"-----BEGIN {'PRIVATE'} KEY-----\n{TOKEN}\n{TOKEN}\n-----END {'PRIVATE'} KEY-----"

SECRETS = {
    "home directory": (f"cannot read /home/{NAME}/notes.txt", NAME),
    "home on a Mac": (f"cannot read /Users/{NAME}/notes.txt", NAME),
    "absolute path": (f"open /srv/{NAME}/data.db failed", NAME),
    "path with spaces": (f"open '/srv/My {NAME} Files/a b.db' failed", NAME),
    "path with spaces, bare": (f"open /srv/My {NAME} Files/data.db failed", NAME),
    "path ending in words": (f"/Users/al/Big {NAME} Project is not a directory", NAME),
    "path with a quote": (f"open '/home/o'brien {NAME}/x.db' failed", NAME),
    "path in Unicode": (f"open /home/jürgen/Straße-{NAME}/x.db", NAME),
    "path with parentheses": (f"/srv/Files ({NAME})/app/x.db is gone", NAME),
    "relative path": (f"src/{NAME}/config.yaml is missing", NAME),
    "relative path of two": (f"{NAME}/config is missing", NAME),
    "home, by tilde": (f"~{NAME}/x and ~/{NAME}/y", NAME),
    "drive": (rf"C:\Users\{NAME}\x.docx not found", NAME),
    "drive, doubled": (rf"C:\\Users\\{NAME}\\x.docx not found", NAME),
    "UNC": (rf"\\server\{NAME}\x.docx not found", NAME),
    "WSL": (f"/mnt/c/Users/{NAME}/x.docx not found", NAME),
    "file URL": (f"file:///home/{NAME}/x.db failed", NAME),
    "file URL with spaces": (f"file:///home/al/My {NAME}/x.db failed", NAME),
    "e-mail": (f"no mailbox for {NAME}@example.com", NAME),
    "e-mail in Unicode": (f"no mailbox for ü{NAME}@exämple.de", NAME),
    "e-mail in words": (f"write to {NAME} [at] example.com", NAME),
    "sk- key": (f"bad key sk-{TOKEN}", TOKEN),
    "phc_ key": (f"bad key phc_{TOKEN}", TOKEN),
    "token of a host of git": (f"bad key gh{'p'}_{TOKEN}", TOKEN),
    "token without prefix": (f"got {TOKEN} instead", TOKEN),
    "JWT": (f"cannot verify {JWT}", JWT[-12:]),
    "long hex": (f"object {HEX} is missing", HEX),
    "UUID": (f"no session {uuid.uuid4()}", "-"),
    "URL query": (f"GET https://example.com/a?name={NAME} failed", NAME),
    "URL path": (f"GET https://example.com/{NAME} failed", NAME),
    "URL of this machine": (f"GET http://localhost:3000/{NAME} failed", NAME),
    "DSN": (f"postgres://{NAME}:pw@db.internal:5432/main refused", NAME),
    "PEM": (f"bad key {PEM} here", TOKEN),
    "PEM cut off": (f"bad key {PEM[:60]}", TOKEN[:8]),
    "authorization": (f"sent Authorization: Basic {NAME}", NAME),
    "cookie": (f"sent Cookie: sid={NAME}; b={NAME}", NAME),
    "x-api-key": (f'sent {{"x-api-key": "{NAME}"}}', NAME),
    "bearer": (f"with Bearer {TOKEN}", TOKEN),
    "curl": (f"curl -u {NAME}:x \\\n -d {NAME} https://example.com", NAME),
    "environment": (f"SHELL=/bin/sh AUTHOR=Al {NAME} TERM=xterm", NAME),
    "password": (f"password={NAME}", NAME),
    "password in JSON": (f'{{"password": "{NAME} x"}}', NAME),
    "password in a sentence": (f"the password is {NAME}", NAME),
    "option": (f"run with --token {NAME}", NAME),
    "user": (f'authentication failed for user "{NAME}"', NAME),
    "user with an e": ("user: elephant", "elephant"),
    "password of letters": ("password: Eleanor", "Eleanor"),
    "IPv4": ("no route to 10.20.30.40", "20.30"),
    "IPv6": ("no route to 2001:db8::8a2e:370:7334", "8a2e"),
    "MAC": ("card 00:1a:2b:3c:4d:5e is down", "2b:3c"),
    "phone": ("call +49 170 1234567", "1234567"),
    "phone in groups": ("call 415-555-2671", "555"),
    "card": ("card 4111 1111 1111 1111 declined", "1111"),
    "IBAN": ("pay to DE89 3704 0044 0532 0130 00", "0532"),
    "prompt in quotes": (f'asked "please mend the {NAME} module" twice', NAME),
    "prompt in curly quotes": (f"asked “please mend the {NAME} module” twice", NAME),
    "prompt without an end": (f'asked "please mend the {NAME} module', NAME),
    "prompt by key": (f"prompt: mend {NAME} now", NAME),
    "prompt in a tag": (f"<prompt>mend {NAME}</prompt>", NAME),
    "percent-encoded": (f"%2Fhome%2F{NAME}", NAME),
    "escaped": (rf"\u0068\u006f\u006d{NAME}", NAME),
    "base64": (base64.b64encode(f"{NAME} at home".encode()).decode(), "cXVh"),
    "source line": (f'  File "a.py", line 3, in f\n    {NAME} = 1\nValueError: x', NAME),
    "numbered source": (f"bad syntax\n  12 | {NAME} = 1\n     | ^^^", NAME),
    "full-width": (f"open /home/{NAME}/x".replace("/", "\uff0f"), NAME),
    "zero-width": (f"open /ho\u200bme/{NAME}/x", NAME),
    "format of music": (f"sk-proj-4f9Q2r7T\U0001d173{NAME}9", NAME),
    "note between lines": (f"sk-proj-4f9Q2r7T\ufff9{NAME}9", NAME),
    "line through a letter": (f"sk-proj-4f9Q2r7T\u0336{NAME}9", NAME),
    "big backslash": (f"open C:\u29f9Users\u29f9{NAME}\u29f9x", NAME),
}

ORDINARY = """\
ENOENT: no such file or directory
connect ECONNREFUSED 127.0.0.1:5432
listen EADDRINUSE: address already in use :::37777
TypeError: Cannot read properties of undefined (reading 'x')
'NoneType' object has no attribute 'foo'
Request failed with status code 503 after 3 retries in 1204 ms (HTTP/1.1)
SQLITE_CONSTRAINT: UNIQUE constraint failed: sessions.id
column "user_id" of relation "users" does not exist
Unexpected token '<', "<!DOCTYPE "... is not valid JSON
model claude-sonnet-4-20250514 not found (type=not_found_error)
UnhandledPromiseRejectionWarning: ERR_HTTP_HEADERS_SENT
ModuleNotFoundError: No module named 'chromadb'
expected str, bytes or os.PathLike object, not NoneType
started at 2024-01-15T10:23:45.123Z with pid 12345 and 104857600 bytes
content type application/json; charset=utf-8 is not text/html
read/write and TCP/IP at 10/12
Node.js v20.11.1 and Python 3.12.1
curl: (7) Failed to connect
password authentication failed for user "postgres"
worker.ts:12:5 in handleRequest
segfault at 0x7f8b2c001230
maximum recursion depth exceeded while calling a Python object""".splitlines()


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS)
def test_what_the_plan_lists_never_survives(text, secret):
    for kind in KINDS:
        redacted = redact(text, kind=kind)
        pieces = {secret[at : at + 8] for at in range(max(1, len(secret) - 7))}
        assert not [piece for piece in pieces if piece.lower() in redacted.lower()]


@pytest.mark.parametrize("text", ORDINARY)
def test_what_only_describes_the_error_survives(text):
    assert redact(text) == text


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if not isinstance(rule, Frame)], ids=lambda rule: rule.name
)
def test_each_rule_is_needed_by_something_listed(rule):
    class Without(Redactor):
        rules = tuple(each for each in RULES if each is not rule)

    plain = ["Bearer abc/ef", "ENOTFOUND db.quaddle.internal", "the password is swordfish"]
    plain += ["token=swordfish", "run with --token swordfish", "title: blue invoice"]
    plain += [
        "<title>blue invoice",
        "<setting>blue</setting>",
        "it was 'quaddle'",
        "no session in -Users-quaddle-code",
        "unbalanced quotes in quaddle",
        "real_name = ada of quaddle",
        "members = quaddle, wibble",
        "AuthPassword quaddle",
    ]
    texts = [*(text for text, _ in SECRETS.values()), *plain]
    assert any(Without().redact(text) != redact(text) for text in texts)


@pytest.mark.parametrize("name", ["/home/al/x.py", "C:\\x\\x.py", "file:///x/x.py", "a/b/c/x.py"])
def test_of_a_path_stays_the_name_of_a_code_file_with_line_and_column(name):
    assert redact(f"at {name}:12:3 in f") == "at x.py:12:3 in f"
    assert redact(f"at {name.replace('x.py', 'x.txt')}:12:3 in f") == "at <path> in f"


def test_what_is_known_by_name_is_taken_out_in_any_case_and_form():
    known = ["/home/quaddle", "/srv/wibbleproject", "wibbleproject", "Al"]
    text = "WibbleProject in -srv-wibbleproject of /HOME/QUADDLE/x.txt: Al called"
    assert redact(text, known=known) == "<name> in <name> of <path>: Al called"


def test_a_short_known_name_is_no_part_of_another_word():
    assert redact("kim met akimbo and kim_x", known=["kim"]) == "<name> met akimbo and <name>x"


def test_a_stack_keeps_ten_frames_and_no_source():
    frames = [f'  File "/home/{NAME}/m{n}.py", line {n}, in f{n}\n    {NAME}()' for n in range(30)]
    text = "\n".join(["Traceback (most recent call last):", *frames, f"ValueError: /x/{NAME}"])
    lines = redact(text, kind="stack").splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1] == 'File "m0.py", line 0, in f0'
    assert sum(line.startswith("File") for line in lines) == 10
    assert lines[-1] == "ValueError: <path>"


def test_a_stack_of_node_keeps_its_frames():
    text = (
        "TypeError: x is not a function\n"
        f"    at Object.<anonymous> (/home/{NAME}/index.js:3:11)\n"
        "    const x = 1\n"
        f"    at async load (file:///home/a b/{NAME}/x.mjs:1:2)\n"
        "    at node:internal/main/run:23:47"
    )
    assert redact(text, kind="stack").splitlines() == [
        "TypeError: x is not a function",
        "at Object.<anonymous> (index.js:3:11)",
        "at async load (x.mjs:1:2)",
        "at node:internal/main/run:23:47",
    ]


@pytest.mark.parametrize("offset", range(0, RAW_CHARS + 60, 13))
def test_no_half_of_a_secret_survives_a_cut(offset):
    words = ("word " * (offset // 5 + 1))[:offset]
    redacted = redact(f"{words} /home/{NAME}/x sk-{TOKEN} tail")
    assert len(redacted) <= MESSAGE_CHARS
    assert NAME[:8] not in redacted
    assert TOKEN[:8] not in redacted


def test_a_text_without_a_space_to_cut_at_is_withheld():
    assert redact("a," * 5000) == "<text>"


awkward = st.text(
    st.sampled_from("ab1 .:/\\'\"@=<>-_%+|\n\t(){}[]~$ABé\u200b\ud800\x00")
) | st.text(st.characters())
fragments = st.lists(
    st.sampled_from([text for text, _ in SECRETS.values()] + ORDINARY) | awkward, max_size=6
).map(" ".join)


@given(fragments, st.sampled_from(KINDS), st.lists(st.text(max_size=8), max_size=2))
@example("\ud800" * 3, "message", [])
@example("npm err! " * 400 + "-x", "message", [])
@example("\x1b[1m\ud800", "message", [])
@example('"' * 700, "message", [])
@example("word " * 99 + "/home/al b/c", "message", ["al"])
def test_it_is_total_bounded_and_idempotent(text, kind, known):
    once = redact(text, kind=kind, known=known)
    assert len(once) <= CAPS[kind]
    once.encode()
    assert redact(once, kind=kind, known=known) == once


@given(st.sampled_from(sorted(SECRETS)), st.integers(0, 520), st.sampled_from(KINDS))
def test_a_long_text_is_bounded_and_idempotent_at_its_caps(name, length, kind):
    text = f"{('word ' * 120)[:length]}{SECRETS[name][0]} {'tail ' * 500}"
    once = redact(text, kind=kind)
    assert len(once) <= CAPS[kind]
    assert redact(once, kind=kind) == once


def hexes(length):
    rest = st.text("0123456789abcdef", min_size=length - 2, max_size=length - 2)
    return st.builds(str.__add__, st.sampled_from(["a1", "1a"]), rest)


#: Its check digits are an account's, as those of one digest in a hundred and seventy are.
ACCOUNT_LIKE = "ff51" + "d85376eca2146a91c9ff6cfe7560"


@given(
    st.sampled_from([32, 40, 64]).flatmap(lambda n: st.tuples(hexes(n), hexes(n))),
    st.sampled_from(
        ["object {} is gone", "key sk-{}", "/home/{}/x.db", "got ({})", "got {{{}}}", "got <{}>"]
    ),
)
@example(("1a" * 16, ACCOUNT_LIKE), "got {{{}}}")
def test_two_secrets_of_one_kind_and_length_look_alike(pair, text):
    one, other = pair
    assert redact(text.format(one)) == redact(text.format(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("d27be6c1-9186-7271-774b-2a221ca3ef57", "127be6c1-9186-7271-774b-2a221ca3ef57"),
        ("e2:97:84:7c:17:b3", "12:97:84:7c:17:b3"),
    ],
)
def test_in_brackets_an_id_that_begins_with_a_digit_looks_like_one_that_does_not(one, other):
    assert redact(f"got ({one})") == redact(f"got ({other})") != f"got ({one})"
    assert redact("got (3, 4)") == "got (3, 4)"
    assert redact("got (7 rows)") == "got (7 rows)"


def test_no_pattern_is_one_that_backtracks():
    assert {type(rule.pattern.made).__module__ for rule in RULES} == {"re2"}


def test_each_rule_says_why_and_none_is_written_twice():
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.why for rule in RULES)


def test_a_class_is_named_without_the_traceback_that_somebody_put_into_its_name():
    named = (
        'Broken File "/usr/lib/app/main.py", line 12, in run load(job)  # ask the miller KeyError'
    )
    assert redact(named, kind="type") == "Broken"
    assert "main.py" in redact(named)


@pytest.mark.parametrize("before", ["", "call ", "tel:", "sip:"])
def test_no_digit_is_left_of_a_number_whose_last_group_is_long(before):
    assert redact(f"{before}+49 158 {'4187' * 2} refused") in (
        f"{before}<number> refused",
        f"{before}+<number> refused",
    )
