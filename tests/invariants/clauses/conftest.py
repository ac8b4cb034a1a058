"""Judging runs by one clause."""

from __future__ import annotations

import pytest

from payloadproof.clauses.allow import people  # noqa: F401 - fills the table
from payloadproof.clauses.host import endings  # noqa: F401
from payloadproof.clauses.identity import ids  # noqa: F401
from payloadproof.clauses.run_checks import judge_runs


@pytest.fixture(scope="session")
def judged():
    """The findings of one clause on runs."""
    return lambda clause, *runs: judge_runs(runs, [clause]).findings


@pytest.fixture(scope="session")
def exercised():
    """Whether the control of one clause fired on runs."""
    return lambda clause, *runs: clause in judge_runs(runs, [clause]).exercised
