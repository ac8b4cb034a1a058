"""What is said of a corpus: each file, or their number where there are many."""

import pytest

from payloadproof.outcome.gate import CorpusFile
from payloadproof.report.gated import FEW
from payloadproof.report.terminal import as_text


@pytest.fixture
def lines(report_of):
    """The lines below the corpus's title, of so many files with this state."""

    def of(number, state, folder="payloadproof.corpus", *, verbose=False, **also):
        files = tuple(
            CorpusFile(file=f"{folder}/S1-{n}.json", clause="S1", state=state, **also)
            for n in range(number)
        )
        whole = as_text(report_of(corpus=files), verbose=verbose)
        return whole.partition("\nCorpus")[2].split("\n\n")[0].splitlines()[1:]

    return of


@pytest.mark.parametrize("state", ["added", "fixed", "failed", "not_run"])
def test_many_files_of_which_the_same_is_said_are_one_line_with_their_number(lines, state):
    (line,) = lines(42, state)
    assert "  42 files in payloadproof.corpus; --verbose names them" in line
    assert len(lines(42, state, verbose=True)) == 42


def test_new_files_are_to_be_committed_and_news_to_be_moved_up(lines):
    assert "commit them, and every run begins with them" in lines(9, "added")[0]
    (line,) = lines(9, "added", "c d/news", news=True)
    assert "mv 'c d/news'/*.json 'c d'" in line


def test_few_files_have_a_line_each(lines):
    few = lines(FEW, "added")
    assert len(few) == FEW
    assert all("commit it, and every run begins with it" in line for line in few)


def test_a_file_that_two_findings_share_is_counted_once(report_of):
    twice = CorpusFile(file="c/A7-1.json", clause="A7", state="added")
    text = as_text(report_of(corpus=(twice,) * 9))
    assert "9 files" not in text
