import random
import string
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payloadproof import contract
from payloadproof.contract import Property
from payloadproof.contract.values import misfit

HEX = "0123456789abcdef"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
PLAIN = ["bool", "count", "number", "slug", "model", "version", "date", "epoch_ms", "text"]


def prop(kind, **extra):
    return Property(type=kind, description="Under test.", **extra)


def why(kind, value, **extra):
    return misfit(prop(kind, **extra), value, string_max_chars=200)


def drawn(alphabet, length, seed):
    return "".join(random.Random(seed).choices(alphabet, k=length))


FITS = [
    ("bool", True),
    ("bool", False),
    ("count", 0),
    ("count", 3),
    ("count", 3.0),
    ("count", 10**400),
    ("number", 0),
    ("number", 0.25),
    ("number", 10**400),
    ("slug", "linux"),
    ("slug", "x86_64"),
    ("slug", "en-GB"),
    ("slug", "sk-SK"),
    ("slug", "en_US.UTF-8"),
    ("slug", "claude-code"),
    ("slug", "task-runner-of-the-observer"),
    ("slug", "chroma_hybrid:recency+semantic"),
    ("slug", "UserPromptSubmitHookContextInjection"),
    ("slug", "z" * 64),
    ("model", "claude-sonnet-4-5-20250929"),
    ("model", "claude-3-5-sonnet-20241022-v2:0"),
    ("model", "anthropic/claude-3.5-sonnet:beta"),
    ("model", "us.anthropic.claude-3-7-sonnet-20250219-v1:0"),
    ("model", "gpt-4o-2024-08-06"),
    ("model", "gemini-2.5-flash-lite-preview-09-2025"),
    ("model", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
    ("model", "Qwen/Qwen2-VL-72B-Instruct-AWQ-Int4"),
    ("model", "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B"),
    ("model", "mistralai/Mixtral-8x22B-Instruct-v0.1"),
    ("model", "z" * 100),
    ("version", "13.15.3"),
    ("version", "1"),
    ("version", "1.4.0-canary.20260101T120000"),
    ("version", "3.13.0rc2+dev"),
    ("version", "6.8.0-45-generic"),
    ("version", "10.0.22631"),
    ("version", "10.0.22631.4602"),
    ("version", "5.15.153.1-microsoft-standard-WSL2"),
    ("version", "6.1.0-1025-azure-fde"),
    ("date", "2024-02-29"),
    ("epoch_ms", 1_700_000_000_000),
    ("epoch_ms", 1_700_000_000_000.0),
    ("epoch_ms", 946_684_800_000),
    ("text", ""),
    ("text", "\N{PILE OF POO}" * 200),
]

MISFITS = [
    ("bool", 1, "true or false"),
    ("bool", "true", "true or false"),
    ("bool", None, "true or false"),
    ("count", True, "whole number"),
    ("count", -1, "negative"),
    ("count", 0.5, "whole number"),
    ("count", float("nan"), "whole number"),
    ("count", float("inf"), "whole number"),
    ("count", "3", "whole number"),
    ("number", True, "not a number"),
    ("number", float("nan"), "finite"),
    ("number", float("inf"), "finite"),
    ("number", [1], "not a number"),
    ("slug", "", "shape"),
    ("slug", "-x", "shape"),
    ("slug", "two words", "shape"),
    ("slug", "/home/alice", "shape"),
    ("slug", "home/alice", "shape"),
    ("slug", "alice@example.org", "shape"),
    ("slug", "café", "shape"),
    ("slug", "١٢", "shape"),
    ("slug", "ide\n", "shape"),
    ("slug", "z" * 65, "longer"),
    ("slug", 7, "text"),
    ("slug", "192.168.1.20", "address"),
    ("slug", "worker:10.0.0.5:8080", "address"),
    ("slug", "2001:db8::1", "address"),
    ("slug", "00:1a:2b:3c:4d:5e", "address"),
    ("model", "home/alice/acme", "shape"),
    ("model", "model/", "shape"),
    ("model", "z" * 101, "longer"),
    ("version", "v1.2.3", "shape"),
    ("version", "next", "shape"),
    ("version", "1_2", "shape"),
    ("version", "10.20.30.40", "address"),
    ("version", 1.5, "text"),
    ("version", "1" * 65, "longer"),
    ("date", "2023-02-29", "calendar"),
    ("date", "20240229", "YYYY-MM-DD"),
    ("date", "2024-02-29T12:00:00Z", "YYYY-MM-DD"),
    ("date", "2024-02-29\n", "YYYY-MM-DD"),
    ("epoch_ms", 1_700_000_000, "between 2000 and 2100"),
    ("epoch_ms", 4_102_444_800_000, "between 2000 and 2100"),
    ("epoch_ms", "1700000000000", "milliseconds"),
    ("text", "x" * 201, "longer than 200"),
    ("text", {}, "not text"),
]


@pytest.mark.parametrize(("kind", "value"), FITS)
def test_an_honest_value_fits(kind, value):
    assert why(kind, value) is None


@pytest.mark.parametrize(("kind", "value", "reason"), MISFITS)
def test_a_value_of_another_kind_does_not_fit(kind, value, reason):
    assert reason in why(kind, value)


def test_an_enum_holds_its_members_and_nothing_else():
    assert why("enum", "stop", values=("start", "stop")) is None
    for value in ("Stop", "stopped", "", None, 1, ["stop"], {"stop": 1}):
        assert "not one of start, stop" in why("enum", value, values=("start", "stop"))


def test_a_text_may_set_a_bound_of_its_own():
    assert why("text", "x" * 300, max_chars=300) is None
    assert "longer than 300" in why("text", "x" * 301, max_chars=300)


# Built here and never written down: a scanner must not take this file for a leak.
SECRETS = {
    "openai": lambda: "sk" + "-proj-" + drawn(string.ascii_letters, 20, 1),
    "posthog": lambda: "phc" + "_" + drawn(string.ascii_letters + string.digits, 43, 2),
    "posthog personal": lambda: "phx" + "_" + drawn(string.ascii_lowercase, 10, 3),
    "github": lambda: "ghp" + "_" + drawn(string.ascii_letters, 36, 4),
    "slack": lambda: "xox" + "b-" + drawn(string.digits, 12, 5),
    "aws": lambda: "AKIA" + drawn(string.ascii_uppercase, 16, 6),
    "jwt": lambda: "ey" + "J" + drawn(string.ascii_letters, 17, 7),
    "prefixed": lambda: "key:" + "gho" + "_" + drawn(string.ascii_lowercase, 10, 8),
    "md5": lambda: drawn(HEX, 32, 9),
    "sha1 inside": lambda: "build-" + drawn(HEX, 40, 10),
    "uuid": lambda: str(uuid.UUID(int=random.Random(11).getrandbits(128))),
    "base62": lambda: drawn(string.ascii_letters + string.digits, 24, 12),
    "base64url": lambda: "x" + drawn(string.ascii_letters + string.digits + "-_", 43, 13),
}


@pytest.mark.parametrize("kind", ["slug", "model"])
@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_does_not_fit_though_its_characters_do(kind, name):
    assert "looks like" in why(kind, SECRETS[name]())


def test_a_version_that_goes_on_as_a_secret_does_not_fit():
    assert "looks like" in why("version", "1.0-" + "AKIA" + drawn(string.ascii_uppercase, 16, 14))
    assert "looks like" in why("version", "0" + drawn(HEX, 39, 15) + "-dirty")


@settings(deadline=None)
@given(st.text(string.ascii_letters + string.digits, min_size=8, max_size=40))
def test_whatever_follows_a_key_prefix_it_does_not_fit(rest):
    assert why("slug", "phc" + "_" + rest) is not None


@pytest.mark.parametrize("seed", range(200))
def test_a_random_token_of_32_characters_does_not_fit(seed):
    assert why("slug", drawn(string.ascii_letters + string.digits, 32, seed)) is not None


@settings(deadline=None)
@given(st.sampled_from(PLAIN), JSON)
def test_it_answers_for_any_json_value_without_quoting_it(kind, value):
    reason = why(kind, value)
    assert reason is None or isinstance(reason, str)
    # The length keeps a chance overlap with the reason's own words out.
    if isinstance(value, str) and len(value) > 20:
        assert reason is None or value not in reason


@settings(deadline=None)
@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:+/-]{0,120}", fullmatch=True))
def test_a_slug_is_always_a_model_id_too(value):
    if why("slug", value) is None:
        assert why("model", value) is None


def test_every_closed_value_of_the_shipped_contract_fits_its_property():
    for declared in contract.load("claude_mem").properties.values():
        for value in declared.values:
            assert misfit(declared, value, string_max_chars=200) is None
