"""A sample rate: what a contract may say of it, and what chance rules out."""

import random

import pytest

from payloadproof.contract import load
from payloadproof.contract.catalogue import plainly_sent, sendable
from payloadproof.contract.sample import Sample, captures, too_few, too_many, unjudged


@pytest.mark.parametrize(
    ("table", "key", "said"),
    [
        (("{ share = 0 }", "direct"), "events.boiled.sample.share", "above 0 and below 1"),
        (("{ share = 1 }", "direct"), "events.boiled.sample.share", "above 0 and below 1"),
        (("{ share = 10.0 }", "direct"), "events.boiled.sample.share", "above 0 and below 1"),
        (("{ share = nan }", "direct"), "events.boiled.sample.share", "above 0 and below 1"),
        (('{ share = "10%" }', "direct"), "events.boiled.sample.share", "a number"),
        (("{ rate = 0.1 }", "direct"), "events.boiled.sample.share", "a number"),
        (('{ share = 0.1, by = "user" }', "direct"), "events.boiled.sample.by", '"install"'),
        (("0.1", "direct"), "events.boiled.sample", "a table"),
        (("{ share = 0.1 }", "exception"), "events.boiled.sample", "no sample rate"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_key(refusal, sampled, table, key, said):
    (told,) = [flaw for flaw in refusal(sampled(*table)).flaws if flaw.key == key]
    assert said in told.expected


def test_a_sample_rate_is_read(sampled):
    sample = load(sampled('{ share = 0.25, by = "install" }')).events["boiled"].sample
    assert sample == Sample(share=0.25, by="install")


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9, 0.99])
def test_always_and_never_are_told_from_the_share_and_the_share_is_not_found(share):
    made = captures(Sample(share=share), 2_000)
    assert too_few(Sample(share=share), made, 0)
    assert too_many(Sample(share=share), made, made)
    drawn = random.Random(7)
    for _ in range(200):
        came = sum(drawn.random() < share for _ in range(made))
        assert not too_few(Sample(share=share), made, came)
        assert not too_many(Sample(share=share), made, came)


def test_one_that_nothing_is_known_of_is_never_found():
    sample = Sample(share=0.1)
    assert not too_few(sample, 1, 0)
    assert not too_many(sample, 1, 1)
    assert not too_many(sample, 0, 0)
    assert not too_few(sample, 3, 7)  # some of them were captured otherwise
    assert not too_many(sample, 3, 7)


@pytest.mark.parametrize(
    ("sample", "ceiling", "said"),
    [
        (Sample(share=0.1), 500, None),
        (Sample(share=0.1), 50, "more captures than"),
        (Sample(share=0.001), None, "more captures than"),
        (Sample(share=0.1, by="session"), None, "no capture says"),
        (Sample(share=0.1, by="install"), None, "all or none"),
    ],
)
def test_what_is_not_judged_of_it_is_said(sample, ceiling, said):
    told = unjudged(sample, ceiling)
    assert told is None if said is None else said in told


def test_what_is_always_sent_comes_first_and_is_what_scenarios_count_on(sampled):
    path = sampled("{ share = 0.1 }")
    plain = '[events.filled]\nkind = "direct"\nceiling_per_day = 5\nproperties = []\n'
    alone = load(path)
    assert [*plainly_sent(alone)] == ["boiled"]
    path.write_text(path.read_text() + f'{plain}description = "It was filled."\n')
    assert [*sendable(load(path))] == ["filled", "boiled"]
    assert [*plainly_sent(load(path))] == ["filled"]
