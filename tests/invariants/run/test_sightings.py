"""How often a breach has to be seen until it stands."""

from payloadproof.clauses.clause import clauses
from payloadproof.clauses.finding import Finding
from payloadproof.run.sightings import SIGHTINGS, standing


def seen(observed, *, definite):
    clause = next(iter(clauses()))
    return Finding(clause=clause, expected="nothing", observed=observed, definite=definite)


def test_what_is_definite_stands_when_it_was_seen_once():
    late = seen("a byte", definite=True)
    assert standing([late]) is late


def test_what_is_definite_stands_though_something_doubtful_was_seen_first():
    definite = seen("a byte", definite=True)
    assert standing([seen("too late", definite=False), definite]) is definite


def test_what_rests_on_absence_or_time_stands_when_each_run_showed_it():
    doubtful = [seen(f"too late, run {run}", definite=False) for run in range(SIGHTINGS)]
    assert standing(doubtful) is doubtful[0]
    assert standing(doubtful[:-1]) is None


def test_nothing_seen_is_nothing_that_stands():
    assert standing([]) is None
