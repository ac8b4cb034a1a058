"""What stands in a report as it is, and what is covered."""

import pytest

from payloadproof.evidence.quoting import masked, named, whole_names


@pytest.mark.parametrize(
    "name", ["llmApiKey", "ClientStartEvent", "Pipeline run (3.x)", "$feature/of-ours", "naïve"]
)
def test_where_all_was_invented_a_name_is_whole_and_elsewhere_it_is_covered(name):
    with whole_names():
        assert named(name) == f'"{name}"'
    assert named(name) == masked(name) != f'"{name}"'


def test_a_whole_name_moves_no_cursor_and_has_an_end():
    with whole_names():
        assert named("a\x1b[2Jb\u202e") == '"a\\u001b[2Jb\\u202e"'
        assert len(named("Xy" * 10_000)) < 300
        assert "\n" not in named("one\ntwo")


def test_a_value_stays_covered_where_names_are_whole():
    with whole_names():
        assert "verysecret" not in masked({"llmApiKey": "verysecret"})
        assert '"llmApiKey"' in masked({"llmApiKey": "verysecret"})
