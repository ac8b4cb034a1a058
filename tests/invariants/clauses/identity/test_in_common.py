"""What the ids of two fresh homes have in common: I3 an id drawn at random."""

import uuid

import pytest

from payloadproof.clauses.identity.ids import in_common

ONE = "0b8f2d1c-7e44-4a19-9c35-61d0fae2b873"
#: The same but for the first eight of its digits, as one that is made of a machine's address is.
NEAR = "ffffffff-7e44-4a19-9c35-61d0fae2b873"
OTHER = "9d37c6a0-15be-4f62-8ba8-f24e0917d5c1"


@pytest.mark.parametrize(
    ("theirs", "what"),
    [(ONE, "the same distinct id"), (NEAR, "a distinct id that is worked out")],
)
def test_an_id_that_is_the_same_or_nearly_so_was_not_drawn(theirs, what):
    observed, found = in_common({ONE}, {OTHER, theirs})
    assert found == what
    assert ONE not in observed  # it is somebody's, and is shown in part


@pytest.mark.parametrize("theirs", [OTHER, "7", "somebody"])
def test_what_was_drawn_twice_has_nothing_in_common(theirs):
    assert in_common({ONE}, {theirs}) is None


def test_many_drawn_ids_have_nothing_in_common():
    mine, theirs = ({str(uuid.uuid4()) for _ in range(200)} for _ in range(2))
    assert in_common(mine, theirs) is None


def test_an_id_of_version_7_says_the_time_and_draws_the_rest():
    mine = "019aa3b2-7c1d-7e0f-a111-0b8f2d1c7e44"
    theirs = "019aa3b2-7c1d-7e0f-9c35-61d0fae2b873"
    assert in_common({mine}, {theirs}) is None
    # Half of a random id's digits may not be those of another one.
    assert in_common({mine.replace("7e0f", "4e0f")}, {theirs.replace("7e0f", "4e0f")})
