import re

import pytest

from payloadproof.generate import error_texts, unseen_texts
from payloadproof.scenario import canaries
from payloadproof.scenario.steps import kinds_in

FORMS = [
    (kind, form)
    for forms in (error_texts.KINDS, error_texts.UNSEEN)
    for kind, some in forms.items()
    for form in some
]


def test_both_splits_have_every_kind_in_forms_of_their_own():
    assert error_texts.KINDS.keys() == error_texts.UNSEEN.keys()
    for kind, forms in error_texts.KINDS.items():
        assert not {*forms} & {*error_texts.UNSEEN[kind]}, kind


@pytest.mark.parametrize("split", ["seen", "unseen"])
def test_a_text_follows_from_its_kind_and_its_seed(split):
    for make in error_texts.MAKERS.values():
        assert make("password", 7, split, 1) == make("password", 7, split, 1)
        assert {make("password", seed, split, 1) for seed in range(40)} > {
            make("password", 7, split, 1)
        }
    assert error_texts.ordinary(7, split) == error_texts.ordinary(7, split)


def test_the_splits_share_no_carrier_and_no_ordinary_text():
    seen, unseen = (
        {error_texts.ordinary(seed, split).text for seed in range(3_000)}
        for split in ("seen", "unseen")
    )
    assert not seen & unseen
    assert not {text for text, _ in unseen_texts.MESSAGES} & {
        text for text, _ in error_texts._MESSAGES
    }


@pytest.mark.parametrize(("kind", "form"), FORMS)
def test_every_hole_of_a_form_is_filled_with_a_kind_that_is_drawn(kind, form):
    assert set(re.findall(r"<([a-z0-9]+)>", form)) <= canaries.KINDS.keys(), kind


def test_each_form_is_a_text_of_its_own():
    texts = list(error_texts.each_form(0, 1_000, first=1))
    faults = [text.text for text in texts if text.text.startswith("invalid value: ")]
    assert len(texts) - len(faults) == sum(map(len, error_texts.KINDS.values()))
    assert len({text.text for text in texts}) == len(texts)
    # What is behind a fault is one of the others, and begins with its key.
    assert len(faults) > 20
    bare = {re.sub(r"canary:\d+", "canary", text.text) for text in texts}
    assert {re.sub(r"canary:\d+", "canary", f"Gave up on {one[15:]}") for one in faults} < bare
    assert all(re.match(r"\w+ ?[:=]", one[15:]) for one in faults)


@pytest.mark.parametrize("left", [8, 24])
def test_a_cut_leaves_as_much_of_a_secret_as_was_asked_for(left):
    text = error_texts.halved(error_texts.Text("key", "{canary:1:mixed}"), 500, left)
    assert text.text.index("{canary") == 500 - left
    assert kinds_in(text.text)[1] == "mixed"


@pytest.mark.parametrize("around", error_texts.WRAPPINGS)
def test_what_stands_around_a_secret_stays_as_it_is(around):
    before, after = around.format("\0").split("\0")
    for made in error_texts.wrapped(around, 1):
        assert made.text.startswith(before)
        assert made.text.endswith(after)
        assert "{canary:" in made.text.removeprefix(before).removesuffix(after)
