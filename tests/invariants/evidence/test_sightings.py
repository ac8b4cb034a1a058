"""Where something planted stands: what is found must not depend on how it is looked for."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from payloadproof.evidence.sightings import _any_of

FEW = st.binary(min_size=1, max_size=4).map(lambda raw: bytes(one % 3 + 91 for one in raw))


@given(st.sets(FEW, min_size=1, max_size=8), FEW | st.lists(FEW, max_size=6).map(b"".join))
@example({b"[", b"[\\]"}, b"\\]")
@example({b"[\\", b"[\\]"}, b"[\\")
@example({b"\n", b"|)("}, b"|)\n")
def test_one_expression_finds_what_a_search_for_each_finds(wanted, text):
    found = re.compile(_any_of(wanted)).search(text)
    assert (found is not None) == any(one in text for one in wanted)
