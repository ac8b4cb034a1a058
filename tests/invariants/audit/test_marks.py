"""What is said of a whole column is what is said of each of it."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payloadproof.audit import marks
from payloadproof.audit.marks import NO_DAY, NO_TIME, ORIGIN, TICK
from payloadproof.audit.records import PARTITIONS, partition_of
from payloadproof.clauses.allow.fields import are_plain_ids, plain_id
from payloadproof.recorder.ingest import moment_of

PLAIN = "6606ed0b-baac-4003-8672-ccdbb25a0670"
IDS = st.one_of(
    st.uuids(version=4).map(str),
    st.uuids(version=1).map(str),
    st.sampled_from(
        [
            *(PLAIN, PLAIN.upper(), PLAIN[:-1], PLAIN + "0", f"{PLAIN[:14]}0{PLAIN[15:]}"),
            *(
                f"{PLAIN[:14]}9{PLAIN[15:]}",
                PLAIN.replace("-", "0"),
                "\u0661" + PLAIN[1:],
                "",
                7,
                None,
            ),
            *("00000000-0000-0000-0000-000000000000", "\ud800", PLAIN + "\n", [PLAIN]),
        ]
    ),
)


@given(column=st.lists(IDS, min_size=1, max_size=4))
def test_a_column_of_plain_ids_is_one_where_each_of_it_is(column):
    assert are_plain_ids(column) == all(map(plain_id, column))


def test_ids_that_are_cut_elsewhere_are_not_plain():
    assert not are_plain_ids([PLAIN[:-1], PLAIN[-1] + PLAIN])


@given(ids=st.lists(st.uuids(version=4).map(str), min_size=1, max_size=5))
def test_digests_of_a_column_are_those_of_each(ids):
    assert [*marks.keys_of("a", ids)] == [marks.key_of("a", one) for one in ids]
    assert [*marks.digests_of_who(ids, ids)] == [marks.digest_of_who(one) for one in ids]
    assert all(0 <= one < 2**64 for one in marks.keys_of("a", ids))


def test_equal_objects_are_not_one():
    assert len(marks.each_once([True, True])) == 1
    assert len(marks.each_once([{}])) == 1
    assert len(marks.each_once([True, 1])) == 2
    assert len(marks.each_once([1.0, True])) == 2


@pytest.mark.parametrize(
    "make",
    [
        lambda n: str(uuid.UUID(int=n, version=4)),
        lambda n: f"{n:08x}-0000-1000-8000-000000000000",  # as the time in version 1 goes up
        lambda n: f"{n % 16:x}" * 8 + "-0000-4000-8000-" + f"{n:012x}",
        lambda n: f"{n:08x}-{n % 9:04x}-4000-8000-{n:012x}",
    ],
)
def test_ids_that_are_made_by_a_rule_have_digests_of_their_own_in_all_partitions(make):
    ids = list(dict.fromkeys(map(make, range(4096))))
    found = set(marks.keys_of("a", ids))
    assert len(found) == len(ids)
    assert found.isdisjoint(marks.keys_of("b", ids))
    assert len(set(map(partition_of, found))) == PARTITIONS


TIMES = st.one_of(
    st.datetimes().flatmap(
        lambda at: st.sampled_from(
            [
                at.isoformat(timespec="milliseconds") + "Z",
                at.isoformat(timespec="microseconds") + "+00:00",
                at.isoformat(timespec="seconds") + "Z",
                at.isoformat(timespec="seconds") + "+01:00",
                at.isoformat(timespec="milliseconds") + "-00:00",
                at.isoformat(sep=" ") + "Z",
            ]
        )
    ),
    st.sampled_from(
        [
            *("2026-02-31T10:10:10.000Z", "2026-02-01T24:10:10.000Z", "2026-02-01T23:60:10.000Z"),
            *("2026-02-01T24:00:00Z", "2026-02-01T23:10:10.0\u06610Z", "then", "", 7, None, ["a"]),
            *("0000-01-01T10:10:10.000Z", "0001-01-01T00:00:00+23:00", "\ud800"),
        ]
    ),
)


@given(column=st.lists(TIMES, min_size=1, max_size=4))
def test_times_of_a_column_are_those_of_each(column):
    times, said = marks.times_of(column)
    for time, timestamp in zip(times, column, strict=True):
        moment = moment_of(timestamp) if isinstance(timestamp, str) else None
        assert time == ((moment - ORIGIN) // TICK + 1 if moment else NO_TIME)
        assert marks.days_of([time])[0] == (moment.toordinal() if moment else NO_DAY)
    assert said == [marks.times_of([one])[1][0] for one in column]


def test_times_that_are_written_otherwise_are_marked_otherwise():
    forms = [
        "2026-02-01T10:10:10Z",
        "2026-02-01T10:10:10.000Z",
        "2026-02-01T10:10:10.000000Z",
        "2026-02-01T10:10:10+00:00",
        "2026-02-01T10:10:10.000+00:00",
        "2026-02-01 10:10:10Z",
    ]
    assert len({marks.times_of([one])[1][0] for one in forms}) == len(forms)
