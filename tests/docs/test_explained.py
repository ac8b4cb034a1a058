"""``payloadproof explain`` names a section of the plan's page: it has the words."""

import re

import pytest

from payloadproof.clauses.clause import every_clause
from payloadproof.report.explained import PAGE, SECTIONS, explained


def below(text, heading):
    """What stands under a heading of a page, its smaller headings included."""
    found = re.search(rf"^(##+) {re.escape(heading)}\n", text, re.MULTILINE)
    assert found, heading
    next_one = rf"^#{{2,{len(found[1])}}} "
    return re.split(next_one, text[found.end() :], maxsplit=1, flags=re.MULTILINE)[0]


def test_what_is_below_a_heading_ends_at_the_next_of_its_size():
    text = "## One\n> a\n### Two\n> b\n## Three\n> c\n"
    assert below(text, "One") == "> a\n### Two\n> b\n"
    assert below(text, "Two") == "> b\n"


@pytest.mark.parametrize("clause", every_clause())
def test_the_sections_that_are_named_have_the_sentences_that_the_source_quotes(clause, page):
    its = explained(clause)
    quoted = re.findall(r'"([^"]+)"', its.source)
    assert bool(quoted) == bool(its.sections)
    there = "".join(below(page(PAGE).text, one) for one in its.sections)
    assert [one for one in quoted if f"\n> {one}\n" not in there] == []
    assert all(f"> {one}" in page(PAGE).text for one in quoted)


def test_every_section_is_named_by_some_source():
    named = {one for clause in every_clause() for one in explained(clause).sections}
    assert named == {*SECTIONS.values()}


@pytest.mark.parametrize("clause", every_clause())
def test_the_page_of_clauses_has_the_example_and_the_mend(clause, page):
    text = page("docs/reference/clauses.md").text
    its = every_clause()[clause]
    assert f"\n{its.text}\n\n**For example, this breaks it.** {its.broken}\n" in text
    assert f"\n**The usual mend.** {its.mend}\n" in text
