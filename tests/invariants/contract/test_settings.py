"""Settings files: what is written is read back, by us and by those who read them for a living."""

import configparser
import json
import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from payloadproof.contract import settings

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True)
WORDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 ./_-]{0,8}[A-Za-z0-9]", fullmatch=True)
VALUES = st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8)
TREES = st.dictionaries(
    NAMES,
    VALUES
    | st.dictionaries(NAMES, VALUES | st.dictionaries(NAMES, VALUES, min_size=1), min_size=1),
    max_size=4,
)


@pytest.mark.parametrize("kind", ["json", "yaml", "toml"])
@given(tree=TREES)
def test_tables_are_read_back_as_they_were(kind, tree):
    assert settings.read(kind, settings.written(kind, tree)) == tree


@given(tree=TREES)
def test_others_read_the_same_out_of_what_is_written(tree):
    assert tomllib.loads(settings.written("toml", tree)) == tree
    assert (yaml.safe_load(settings.written("yaml", tree)) or {}) == tree


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, WORDS), max_size=3))
def test_sections_are_read_back_by_us_and_by_the_standard_library(tree):
    text = settings.written("ini", tree)
    assert settings.read("ini", text) == tree
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    parser.optionxform = str
    parser.read_string(text)
    assert {name: dict(parser[name]) for name in parser.sections()} == tree


@given(st.dictionaries(NAMES, WORDS, max_size=4))
def test_lines_of_an_rc_file_are_read_back(content):
    assert settings.read("rc", settings.written("rc", content)) == content


@pytest.mark.parametrize("kind", ["json", "yaml", "toml", "ini", "rc", "plain"])
@given(text=st.text() | st.text(alphabet="ab: \n\t-#[]{}\"'=.&*|>!~,0"))
def test_every_reader_is_total(kind, text):
    content = settings.read(kind, text)
    assert content is None or isinstance(content, dict)


@given(st.text(alphabet="ab: \n#\"'~01", max_size=40) | st.text(alphabet="ab:\n ", max_size=60))
def test_yaml_that_is_read_is_read_as_yaml_is(text):
    content = settings.read("yaml", text)
    if content is not None:
        assert content == (yaml.safe_load(text) or {})


YAML = """\
# settings
telemetry:   # what is sent
  enabled: false
  level: "all"
editor:
  font:
    size: 12
name: it's
"""


def test_yaml_as_people_write_it():
    assert settings.read("yaml", YAML) == yaml.safe_load(YAML)


@pytest.mark.parametrize("text", ["a: 1\na: 2", "a: [1]", "- a", "a: &x 1", "a: |\n  b", "\ta: 1"])
def test_what_yaml_cannot_be_read_with_certainty_is_nothing(text):
    assert settings.read("yaml", text) is None


def test_yaml_keeps_words_that_only_some_read_as_a_decision():
    assert settings.read("yaml", "a: no\nb: off") == {"a": "no", "b": "off"}


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("enabled", ("enabled",)),
        ("telemetry.enabled", ("telemetry", "enabled")),
        ('"telemetry.enabled"', ("telemetry.enabled",)),
        ('a."b c".d', ("a", "b c", "d")),
        ("", None),
        ("a..b", None),
        ("a b", None),
        ("a = 1\nb", None),
        ("a = {} #", None),
    ],
)
def test_a_key_is_written_as_in_toml(key, path):
    assert settings.path_of(key) == path


@given(TREES, NAMES, NAMES, VALUES)
def test_what_is_put_is_there_and_nothing_else_is_gone(tree, table, name, value):
    after = settings.put(tree, (table, name), value)
    assert after[table][name] == value
    kept = {path: one for path, one in settings.leaves(tree) if path[0] != table}
    assert kept.items() <= dict(settings.leaves(after)).items()
    assert json.dumps(after)
