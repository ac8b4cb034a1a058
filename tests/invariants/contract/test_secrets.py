import secrets
import string

import pytest

from payloadproof.contract.secrets import shape_in

BODY = "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(20))


@pytest.mark.parametrize(
    "prefix", ["sk-", "AKIA", "AIza", "hf_", "npm_", "gsk_", "SG.", "sk_live_"]
)
def test_a_key_with_its_prefix_is_seen_wherever_a_word_begins(prefix):
    assert shape_in(f"bad key {prefix}{BODY}.") == "a key"
    assert shape_in(f'{{"key":"{prefix}{BODY}"}}') == "a key"


@pytest.mark.parametrize(
    "text",
    ["sk-learn-compatible-estimator", "hf_hub_download_of_models", "MSG.UserWasCreatedToday"],
)
def test_a_name_made_of_words_is_no_key(text):
    assert shape_in(f"cannot load {text}") is None
