"""Text in a page is shown as it is, by a reader of Markdown."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from payloadproof.syntax import markdown

READER = MarkdownIt("commonmark").enable("table")
PRINTED = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), max_size=20)
HARD = st.text("`|\\*_<>[]()&~! ab1", max_size=12)


def cells(content):
    """What the tokens of the second cell of a table are, as kinds and contents."""
    tokens = READER.parse(f"| a | b | c |\n|---|---|---|\n| 1 | {content} | 3 |\n")
    row = [token for token in tokens if token.type == "inline"][3:]
    assert [row[0].content, row[2].content, len(row)] == ["1", "3", 3]
    return [(child.type, child.content) for child in row[1].children if child.content]


def shown(kinds):
    assert {kind for kind, _ in kinds} <= {"text", "text_special"}
    return "".join(content for _, content in kinds)


@given(PRINTED | HARD)
@example("_private_ and snake_case, __init__")
@example("<script>alert(1)</script> &amp; [a](b) ![c](d)")
@example("a|b\\|c")
def test_text_in_a_cell_is_shown_as_it_is(text):
    assert shown(cells(markdown.text(text))) == text.strip(" ")


@given(PRINTED | HARD)
@example("``")
@example("a|b\\|c`")
@example(" a ")
@example("")
def test_code_in_a_cell_is_shown_as_it_is(text):
    # What a table says of a bar and a backslash before it cannot be said in code: see below.
    ((kind, content),) = cells(markdown.code(text, cell=True))
    assert kind == "code_inline"
    assert content == (text or "  ")


@given(PRINTED | HARD)
@example("`")
def test_code_in_a_line_is_shown_as_it_is(text):
    tokens = READER.parseInline(f"see {markdown.code(text)}.")[0].children
    assert [token.type for token in tokens] == ["text", "code_inline", "text"]
    assert tokens[1].content == (text or "  ")


@pytest.mark.parametrize("write", [markdown.text, markdown.code])
def test_what_cannot_be_printed_is_shown_escaped(write):
    assert "u001b[2J" in write("\x1b[2J\n").replace("\\[", "[")
    assert write("\x1b[2J\n\u202e\ud83e").isprintable()
