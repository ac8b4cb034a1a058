import secrets
import string

import pytest

from payloadproof.contract.property import Shape
from payloadproof.contract.secrets import leak_in, shape_in
from payloadproof.contract.values import misfits

# A digit at its end: of some services, what has none is a name.
BODY = "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(20)) + "7"

PREFIXES = [
    *("sk-", "phc_", "phx_", "phs_", "phr_", "ghp_", "gho_", "ghs_", "ghu_", "ghr_"),
    *("github_pat_", "hf_", "sk_live_", "pk_live_", "rk_live_", "sk_test_", "rk_test_", "whsec_"),
    *("npm_", "gsk_", "lin_api_", "dop_v1_", "dckr_pat_", "nvapi-", "pypi-", "xapp-", "sbp_"),
    *("re_", "r8_", "ntn_", "shpat_", "shpss_", "shpca_", "sntrys_", "pat_", "nvapi_", "xai-"),
    *("pplx-", "tvly-", "dp.pt.", "GOCSPX-", "AGE-SECRET-KEY-", "glpat-", "gldt-", "xoxb-"),
    *("xoxp-", "AKIA", "ASIA", "AIza", "SG.", "ya29."),
]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_key_is_seen_in_a_text_and_in_a_value(prefix):
    assert shape_in(f"bad key {prefix}{BODY}.") == "a key"
    assert shape_in(f'{{"key":"{prefix}{BODY}"}}') == "a key"
    if prefix != "phc_":  # no secret where it is a project's own
        assert leak_in(f"{prefix}{BODY}", ids=True) == "a key"
    said = misfits(Shape(type="slug"), string_max_chars=200)(f"{prefix}{BODY}")
    assert said == "looks like a key"


@pytest.mark.parametrize(
    "text",
    [
        *("sk-learn-compatible-estimator", "hf_hub_download_of_models", "MSG.UserWasCreatedToday"),
        *("re_compile_of_the_pattern", "feature_Flags_Of_The_Team"),
    ],
)
def test_a_name_made_of_words_is_no_key(text):
    assert shape_in(f"cannot load {text}") is None
