"""Each frame takes its data and leaves its diagnosis; diagnostics that look like data stay."""

from __future__ import annotations

import secrets
from itertools import cycle, product
from pathlib import Path
from string import ascii_lowercase
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payloadproof_reference.redaction import vocabulary, words
from payloadproof_reference.redaction.redact import Gate, Redactor, redact
from payloadproof_reference.redaction.rules import FRAMES, RULES

#: Made at run time, and of letters alone: nothing but its frame says that it is data.
WORD = "".join(secrets.choice("bdfgklmnprst") + secrets.choice("aeiou") for _ in range(5))
#: How software writes data: in quotes, in brackets, bare.
QUOTED = (f"'{WORD}'", f'"{WORD}"', f"({WORD}, 4)", f"[{WORD}]", WORD)
OF_ITS_OWN = {
    "shells": (f"'-p{WORD}'",),
    "AWS": (f":123456789012:user/{WORD}",),
    "LDAP": (f"CN={WORD},DC=example,DC=org",),
    "pgpass": (f"db:5432:main:{WORD}:{WORD}",),
    "crypt": (f"$apr1${WORD}${WORD}",),
    "SQL: WHERE name IN": (f"('{WORD}', 'x')",),
    "Prisma: Invalid `prisma.user.create()` invocation:": (f'{{\n  data: {{ a: "{WORD}" }}\n}}',),
    "Rails: SELECT 1 LIMIT $1": (f'[["name", "{WORD}"]]',),
    "Ecto: Changeset<changes: %": (f'{{name: "{WORD}"}}',),
    "Elasticsearch: unknown unit": (f"[{WORD}]",),
    "parsers: Invalid number": (f"({WORD})",),
    "csv": (f"{WORD},4",),
    "Apache logs": (WORD,),
    "forms": (f"{WORD}&age=3",),
    "toml: 1>": (f"port = {WORD}",),
    "jq": (f'("{WORD}")',),
    "coreutils": (f"\u2018{WORD}\u2019",),
    "shadow": (f"{WORD}:x",),
    "Oracle: jdbc:oracle:thin:": (f"{WORD}/{WORD}",),
    "documents: undefined entity &": (WORD,),
}

SPARED = """\
cannot open: permission denied
unable to read: operation not permitted
could not write: quota exceeded
does not compile: warning: unused
login failed
user: not found
user is not allowed to do this
user agent is missing
user session expired
password hash algorithm is unknown
password authentication is disabled
account creation is disabled
owner differs from before
secret rotation is pending
contact your administrator
the sender rejected the message
members: must not be empty
users: expected a list
name = value pairs expected
multiple users not found
@anthropic-ai/claude-agent-sdk is not installed
@scope/package@1.2.3 needs react@^18.2.0
npm ERR! peer dep missing: react@^18.2.0
parse error:\\nexpected a comma
fn:\\tindent is wrong
Kernel 5.15.167.4-microsoft-standard is too old
UTF-8/UTF-16 mismatch
512MB/4096MB in use
java.lang.Object@4b1c1ea0 is closed
java.io.IOException: Stream closed
sk-learn-compatible estimator expected
index pk_observations_session is missing
name 'foo' is not defined
'NoneType' object has no attribute 'split'
Unexpected token '<', "<!DOCTYPE "... is not valid JSON
unsupported operand type(s) for +: 'int' and 'str'
column "user_id" of relation "users" does not exist
got an unexpected keyword argument 'timeout'
Cannot find module 'express'
invalid input: expected string, got number
token: rejected by the server
all 12 tests pass: ok
UNIQUE constraint failed: sessions.id
query: missing required field
input: expected string
cannot resolve module graph
expected ',' or '}'""".splitlines()


#: What databases, runtimes and tools say of themselves, one message a line.
ORDINARY = Path(__file__).with_name("ordinary.txt").read_text().splitlines()


def shapes(frame):
    return OF_ITS_OWN.get(frame.name) or OF_ITS_OWN.get(frame.software, QUOTED)


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.name)
def test_a_frame_takes_its_data_and_leaves_every_word_of_its_diagnosis(frame):
    found = [frame.apply(frame.example.replace("{}", shape)) for shape in shapes(frame)]
    taken = [text for text in found if WORD not in text]
    assert taken
    assert frame.example.replace("{}", frame.marker).rstrip("]") in {t.rstrip("]") for t in taken}


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.name)
def test_what_a_frame_made_is_settled_and_holds_nothing_of_the_data(frame):
    for shape in shapes(frame):
        text = frame.example.replace("{}", shape)
        if WORD in frame.apply(text):
            continue
        once = redact(text)
        assert WORD not in once
        assert redact(once) == once


def gone_through(pairs):
    """What goes out of a frame's data when it begins with a letter that another frame minds."""
    for letter, frame in pairs:
        word = letter + WORD
        for shape in (one.replace(WORD, word) for one in shapes(frame)):
            text = frame.example.replace("{}", shape)
            if word not in frame.apply(text) and word in redact(text):
                yield text, redact(text)


def test_no_letter_of_its_data_turns_a_frame_against_another():
    # Each frame with one letter, in turn, and with what nil, null and none begin with.
    assert list(gone_through({*zip(cycle(ascii_lowercase), FRAMES), *product("n", FRAMES)})) == []


@pytest.mark.night
def test_no_letter_that_data_begins_with_turns_one_frame_against_another():
    assert list(gone_through(product(ascii_lowercase, FRAMES))) == []


def test_without_the_frames_most_of_their_data_goes_out():
    class Without(Redactor):
        rules = tuple(r for r in RULES if r not in FRAMES and r.name != "cited")

    bare = Without()
    texts = [frame.example.replace("{}", f"'{WORD}'") for frame in FRAMES]
    assert sum(WORD in bare.redact(text) for text in texts) > len(texts) // 2
    assert not [text for text in texts if WORD in redact(text) and "'" in text and "$" in text]


@pytest.mark.parametrize("text", SPARED)
def test_a_diagnosis_that_looks_like_data_stays(text):
    assert redact(text) == text


@pytest.mark.parametrize("text", ORDINARY)
def test_what_software_says_of_itself_stays(text):
    assert redact(text) == text


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.name)
@pytest.mark.parametrize("plain", ["5", "null", "<value>"])
def test_a_frame_lets_be_what_names_nobody(frame, plain):
    text = frame.example.replace("{}", plain)
    assert frame.apply(text) == text


@pytest.mark.parametrize("word", ["quaddle", "jane", "x"])
def test_only_the_words_of_the_closed_list_are_markers(word):
    assert redact(f"password=<{word}{WORD}>") == "password=<secret>"
    assert redact(f"expected:<{word}{WORD}> but was:<5>") == "expected:<<value>> but was:<5>"
    assert redact("password=<secret>") == "password=<secret>"


def test_words_of_somebody_after_a_fault_on_the_same_line_are_taken():
    assert redact(f"input: expected string; title: {WORD} blue") == (
        "input: expected string; title: <text>"
    )


def test_what_stands_above_carets_is_source_code():
    assert redact(f"bad syntax\n{WORD} = (\n       ^") == "bad syntax"


#: In sentences that no frame has: a place for a value, and the value without quotes.
FAULTED = """\
unbalanced quotes in {}
syntax error near the {}
Unexpected {} at line 3
unclosed tag {}
cannot interpret {} here
offending token {}, giving up
no converter for {}
expected a number, not {}
junk around {} (line 3)""".splitlines()

#: The same, with a word that messages use, or one that only programs spell.
PLAIN = """\
unbalanced quotes in the template
syntax error near line 3
Unexpected end at line 3
unclosed tag at the end
cannot interpret the pattern here
offending token of a statement
no converter for user_id
expected a number, not a mapping
a bad radix-10 number
cannot convert to myType
unexpected call to run()
parse error in config.toml
invalid escape in a two-line string""".splitlines()


@pytest.mark.parametrize("text", FAULTED)
def test_a_word_that_a_fault_names_is_taken_without_quotes_too(text):
    assert redact(text.format(WORD)) == text.format("<value>")


@pytest.mark.parametrize("text", PLAIN)
def test_a_word_that_messages_use_stays_in_the_place_of_a_value(text):
    assert redact(text) == text


def test_a_word_in_no_sentence_about_a_value_stays():
    assert redact(f"the queue for {WORD} is full") == f"the queue for {WORD} is full"


def test_the_gate_of_faults_opens_for_no_word_that_stays():
    (rule,) = (rule for rule in RULES if rule.name == "faulted")
    gate = Gate((rule,))
    stays = sorted(vocabulary.VOCABULARY)
    assert not [word for word in stays if list(gate.open(f"unbalanced quotes in {word}"))]
    assert list(gate.open(f"unbalanced quotes in {WORD}"))
    # A word that only begins as one of the list does, and one that is only the beginning of one.
    assert list(gate.open("unbalanced quotes in parserquaddle"))
    assert list(gate.open("unbalanced quotes in pars"))


#: Lines of settings of no software that any frame knows, with one or several words of data.
DIRECTIVES = """\
kettle_user {}
heater-password 7 {}
login user {}
user {} {}
rocommunity {} default
pass phrase {}
real_name = {} of {}
display name: {} {}
members = {}, {}
valid users: [{}, {}]
remoteuser = {}
kettlepass ?= {}""".splitlines()


@pytest.mark.parametrize("line", DIRECTIVES)
@pytest.mark.parametrize("around", ["{}", "cannot read {}: permission denied", "got {}, giving up"])
def test_what_a_line_of_settings_sets_is_taken_and_its_key_stays(line, around):
    once = redact(around.format(line.replace("{}", WORD)))
    assert WORD not in once
    assert line.split("{}")[0].split()[0] in once
    assert redact(once) == once


def test_one_marker_stands_for_all_words_of_a_setting():
    assert redact(f"motd = {WORD} {WORD} {WORD}") == redact(f"motd = {WORD}")
    assert redact(f"rwuser {WORD} {WORD} is gone") == redact(f"rwuser {WORD} is gone")


@pytest.mark.parametrize("key", ["user", "login", "password", "account"])
def test_the_gate_of_directives_opens_for_no_word_that_stays(key):
    (rule,) = (rule for rule in RULES if rule.name == "directive")
    gate = Gate((rule,))
    stays = sorted(vocabulary.FOLLOWERS)
    assert not [word for word in stays if rule.apply(f"{key} {word}") != f"{key} {word}"]
    assert list(gate.open(f"{key} {WORD}"))


QUOTES = {
    "single, doubled": "''{}''",
    "double, doubled": '""{}""',
    "TeX": "``{}''",
    "backtick, doubled": "``{}``",
    "three single": "'''{}'''",
    "three double": '"""{}"""',
    "formatted": "f'{}'",
    "raw bytes": "rb'{}'",
    "wide": 'L"{}"',
    "French, single": "\u2039{}\u203a",
    "German, single": "\u201a{}\u2018",
    "Japanese": "\u300c{}\u300d",
    "two words, the first short": '"a {}"',
}


@pytest.mark.parametrize("quoted", QUOTES.values(), ids=QUOTES)
@pytest.mark.parametrize("around", ["it stumbled over {} today", "odd thing: {}", "odd.{}"])
def test_a_word_is_cited_in_quotes_of_every_sort(quoted, around):
    assert WORD not in redact(around.format(quoted.format(WORD)))


def test_empty_quotes_are_no_doubled_ones():
    assert redact("got '' and '' instead") == "got '' and '' instead"
    assert redact('got "" and "" instead') == 'got "" and "" instead'


@pytest.mark.parametrize("noun", ["image file", "mode", "level", "selector", "state"])
def test_what_is_called_by_a_word_for_data_too_is_data(noun):
    assert WORD not in redact(f"cannot use {noun} '{WORD}'")


@pytest.mark.parametrize("part", ["command", "column", "function", "event", "module"])
def test_behind_a_fault_and_a_colon_a_part_of_a_program_stays(part):
    assert redact(f"unsupported {part}: frobnicate") == f"unsupported {part}: frobnicate"
    assert redact(f"unsupported voltage: {WORD}") == "unsupported voltage: <value>"


@pytest.mark.parametrize(
    "key", ["title", "assistant", "users", "api_key", "nickname", "db_password"]
)
@pytest.mark.parametrize("sign", [": ", " = ", "="])
@pytest.mark.parametrize(
    "fault", ["invalid value:", "key not found:", "Unknown string format:", "cannot use mode"]
)
def test_what_stands_under_a_key_goes_where_the_key_stands_for_a_wrong_value(fault, key, sign):
    """The sentence took the key, and no rule knew any more what stood behind it."""
    assert WORD not in redact(f"{fault} {key}{sign}{WORD}")


def test_no_word_is_in_two_lists():
    lists = [words._FAULTS_OF_FILES, words.FAULTS - words._FAULTS_OF_FILES, words._LINKS]
    lists += [words._THINGS, vocabulary.VOCABULARY, vocabulary.FOLLOWERS]
    assert len(frozenset().union(*lists)) == sum(map(len, lists))


SECRETS = {
    "pass in JSON": '{{"pass":"{}"}}',
    "pass with a prefix": "db_pass={}",
    "pass in YAML": "SMTP_PASS: {}",
    "pass among words": "{{user: a, pass: {}}}",
    "auth, spaced": "REDIS_AUTH = {}",
    "user in JSON": '{{"user":"{}"}}',
    "user, quoted": 'username="{}"',
    "a column": "sessions.project='{}'",
    "SQL's quotes": "password=''{}''",
    "JSON in JSON": '{{\\"password\\":\\"{}\\"}}',
    "an element": "<observation><title>{} invoice</title></observation>",
    "an element with a key's name": "<password>{}</password>",
    "a paragraph": "<p>{}</p>",
    "an answer": "assistant: {} is blue",
    "a title": "title: {} is blue",
    "a phone behind a scheme": "a call of {} at tel:+33 6 12 34 56 78",
    "a folder": "no session in -Users-{}-code-acme",
    "OneDrive": "D:\\OneDrive - {} GmbH\\q\\x.docx",
    "mail of two words": '"{} doe"@acme.com',
    "define": "define('DB_PASSWORD', '{}')",
    "netrc": "login a password {}",
    "a list of arguments": "['mysql', '-p{}']",
}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_a_value_under_a_key_or_between_tags_is_taken(text):
    if "tel:" in text:
        assert "34 56" not in redact(text)
    else:
        assert WORD not in redact(text.format(WORD))


@pytest.mark.parametrize("key", ["title", "summary", "input", "query"])
@pytest.mark.parametrize("first", ["Fixed", "renaming", "Migration", "payment", "table"])
def test_a_title_whose_first_word_ends_as_a_message_might_is_taken(key, first):
    assert redact(f"{key}: {first} the {WORD}") == f"{key}: <text>"


@pytest.mark.parametrize("ending", ["ed", "ing", "able", "ible", "tion", "ment"])
def test_a_token_that_ends_as_a_message_might_is_taken(ending):
    assert redact(f"token: {WORD}{ending}") == "token: <secret>"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_gate_hides_a_text_from_its_rule(rule):
    gate = Gate((rule,))
    examples = [frame.example.replace("{}", shape) for frame in FRAMES for shape in shapes(frame)]
    examples += [text.format(WORD) for text in SECRETS.values()] + SPARED
    hidden = [text for text in examples if rule.apply(text) != text and not list(gate.open(text))]
    assert not hidden


def test_where_the_scan_cannot_tell_each_rule_is_asked_by_itself():
    told, gate = Gate(RULES), Gate(RULES)
    gate._set = SimpleNamespace(Match=lambda text: None)
    for text in ("anything", f"password={WORD} in /home/{WORD}/notes"):
        assert list(gate.open(text)) == list(told.open(text))
    assert list(told.open(f"password={WORD}"))
    assert not gate.lets("anything")


def test_a_text_with_nothing_for_any_rule_is_done_in_one_scan():
    class Counting(Gate):
        scans = 0

        def open(self, text):
            self.scans += 1
            return super().open(text)

    redactor = Redactor()
    redactor._gate = counting = Counting(RULES)
    assert redactor.redact("the stream has ended") == "the stream has ended"
    assert not counting.scans


@given(
    st.text(st.sampled_from("abcXYZ019_-./=~+"), min_size=8, max_size=40)
    | st.from_regex(r"([A-Z]{0,3}[a-z]{1,4}){3,12}", fullmatch=True)
    | st.text(st.sampled_from("abcdefABCDEF"), min_size=10, max_size=40)
)
def test_no_gate_hides_a_run_that_is_judged_a_secret(run):
    (rule,) = (rule for rule in RULES if rule.name == "run")
    if rule.apply(run) != run:
        assert list(Gate((rule,)).open(run))


@pytest.fixture
def blind(monkeypatch):
    """A set that cannot tell what it found, as one whose states outgrew its memory."""

    seen = Redactor()
    monkeypatch.setattr(seen, "_gate", Gate(seen.rules))
    monkeypatch.setattr(seen._gate, "_set", SimpleNamespace(Match=lambda text: []))
    return seen


def texts_of_frames():
    """What each frame is tried with, by frame."""
    return [[frame.example.replace("{}", one) for one in shapes(frame)] for frame in FRAMES]


#: Of each frame one text, in turn by the shape of its data, or all of them.
OF_EACH = {
    "one": [many[number % len(many)] for number, many in enumerate(texts_of_frames())],
    "every": [text for many in texts_of_frames() for text in many],
}


@pytest.mark.parametrize("how_many", ["one", pytest.param("every", marks=pytest.mark.night)])
def test_a_set_that_gives_up_changes_no_redaction(blind, capfd, how_many):
    told = Redactor()
    texts = (*OF_EACH[how_many], *SPARED)
    assert [one for one in texts if blind.redact(one) != told.redact(one)] == []
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("sentence", ["Invalid UUID string: {}", "unsupported voltage: {}"])
def test_a_word_that_is_data_may_have_a_colon_behind_it(sentence):
    text = f"Failed to process {sentence.replace('{}', WORD)}: unexpected end of input"
    assert redact(text) == text.replace(WORD, "<value>")
