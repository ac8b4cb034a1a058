"""What came of a saved scenario, as it is printed and as a value."""

import io

import pytest

from payloadproof.clauses.finding import Finding
from payloadproof.outcome.plan import Replayed
from payloadproof.report.answers import replay_answer
from payloadproof.report.console import Terminal
from payloadproof.report.terminal import replayed
from payloadproof.scenario import steps as do
from payloadproof.scenario.store import Saved

SAVED = Saved(clause="C4", message="m", scenario=do.Scenario(steps=(do.Flush(),), now_ms=0))
SEEN = Finding(clause="C4", expected="nothing", observed="something")


@pytest.mark.parametrize(
    ("result", "said", "code"),
    [
        (Replayed(None, 0, 3, 1), "FIXED", 0),
        (Replayed(None, 2, 3, 1), "UNSTEADY", 1),
        (Replayed(SEEN, 3, 3, 1), "FAILED", 1),
    ],
)
def test_the_value_says_what_is_printed_and_ends_with_the_same_code(result, said, code):
    console = Terminal(file=io.StringIO(), width=100)
    assert replayed(result, SAVED, console) == code
    assert said in console.file.getvalue()
    answer = replay_answer(result, SAVED)
    assert (answer.result, answer.exit_code) == (said, code)
