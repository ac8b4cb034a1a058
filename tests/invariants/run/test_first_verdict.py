"""How soon a person sees a verdict: by the order of what a run says, not by a clock."""

import shlex
import sys

import pytest

from payloadproof.adapters.connect import REFERENCE
from payloadproof.outcome.events import ScenarioRan, Standing
from payloadproof.run.check import check
from payloadproof.run.planning import planned
from payloadproof.run.properties import PROFILES, SUITE

CHILD = f"cmd:{shlex.quote(sys.executable)} -m payloadproof_reference.adapter"
SOON = 25  # scenarios; they take a second, and a whole run has some two thousand


def before_the_first(told):
    """How many scenarios had run when a clause was first said to hold; None where none was."""
    ran = 0
    for one in told:
        if isinstance(one, ScenarioRan):
            ran += 1
        elif isinstance(one, Standing) and any(of.verdict == "passed" for of in one.verdicts):
            return ran
    return None


@pytest.mark.parametrize("adapter", [REFERENCE, CHILD], ids=["in process", "as a child"])
def test_a_clause_holds_before_the_scenario_number_25_of_the_profile_quick(adapter, tmp_path):
    told = []
    plan = planned(adapter, profile="quick", seed=1)._replace(home=tmp_path)

    def soon():
        ran = sum(isinstance(one, ScenarioRan) for one in told)
        return before_the_first(told) is not None or ran >= SOON

    check(plan, told.append, enough=soon)
    ran = before_the_first(told)
    # A kind that is ended by its number of scenarios says what holds, too, and says it too late.
    assert ran is not None
    assert ran < SOON


def test_the_kind_that_a_run_begins_with_makes_few_scenarios_and_shows_a_clause_of_its_own():
    first = SUITE[0]
    assert first.order == min(prop.order for prop in SUITE) < 0
    assert PROFILES["quick"].examples * first.share < SOON
