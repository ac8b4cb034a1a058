from pathlib import Path

import pytest

from payloadproof import contract

CLAUDE_MEM = Path(contract.__file__).with_name("shipped") / "claude_mem.toml"
DOOR_COUNTER = Path(__file__).parents[2] / "contracts" / "door_counter.toml"


@pytest.fixture(scope="module")
def claude_mem():
    return contract.load("claude_mem")


# The shipped contract


def test_it_declares_107_properties_and_17_events(claude_mem):
    assert len(claude_mem.properties) == 107
    assert len(claude_mem.events) == 17


def test_every_description_says_something_of_its_own(claude_mem):
    declared = [*claude_mem.properties.values(), *claude_mem.events.values()]
    declared += [own for e in claude_mem.events.values() for own in e.own_properties.values()]
    said = [thing.description for thing in declared]
    assert all(text.strip().endswith(".") for text in said)
    assert len(said) == len({text.casefold() for text in said})


def test_every_property_is_sent_or_recorded_by_something(claude_mem):
    used = {*claude_mem.base, *claude_mem.person}
    used.update(*(event.properties for event in claude_mem.events.values()))
    used.update(*(occurrence.properties for occurrence in claude_mem.occurrences.values()))
    assert used == set(claude_mem.properties)


def test_every_property_that_is_measured_in_something_says_in_what(claude_mem):
    units = {"_ms": "ms", "_mb": "MB", "_usd": "USD", "_seconds": "s", "_days": "days"}
    for name, prop in claude_mem.properties.items():
        for ending, unit in units.items():
            if name.endswith(ending):
                assert prop.unit == unit, name


def test_only_the_install_and_its_life_may_build_a_profile(claude_mem):
    assert {name for name, event in claude_mem.events.items() if event.profile} == {
        "install_completed",
        "install_failed",
        "uninstall_completed",
        "worker_started",
        "install_inferred",
    }


def test_the_ceilings_are_those_of_the_design(claude_mem):
    ceilings = {name: event.ceiling_per_day for name, event in claude_mem.events.items()}
    assert ceilings == {
        **dict.fromkeys(("install_completed", "install_failed", "uninstall_completed"), 48),
        **dict.fromkeys(("worker_started", "worker_stopped"), 48),
        "search_performed": 1000,
        "hook_failed": 200,
        **dict.fromkeys(
            ("trial_email_submitted", "trial_link_sent", "trial_activated", "trial_poll_timeout"),
            48,
        ),
        "error_occurred": 200,
        "$exception": 1200,
        "context_injected_rollup": 289,
        **dict.fromkeys(("observer_turn_rollup", "historical_activity", "install_inferred")),
    }


def test_every_property_of_a_rollup_follows_from_what_was_folded(claude_mem):
    assert set(claude_mem.rollups) == {"observer_turn_rollup", "context_injected_rollup"}
    for event in claude_mem.rollups.values():
        fold = event.fold
        told = {*fold.properties, fold.reason, fold.sequence} - {None}
        assert told == set(event.properties)


def test_a_past_day_carries_nothing_of_today(claude_mem):
    past = claude_mem.events["historical_activity"]
    assert not past.base
    assert not set(past.properties) & set(claude_mem.base)


def test_the_session_is_no_property(claude_mem):
    assert not [name for name in claude_mem.properties if name.startswith("session_id")]
    assert claude_mem.occurrences["session_compressed"].key == "session"


def test_the_consent_chain_ends_with_the_file(claude_mem):
    tags = [type(layer).__name__ for layer in claude_mem.consent.layers]
    assert tags == ["KillSwitch", "Switch", "ConsentFile"]
    assert claude_mem.consent_file.install_id == "installId"


# Where a contract is found


def test_it_is_found_by_either_spelling_and_by_its_path(claude_mem):
    assert contract.load("claude-mem") == claude_mem
    assert contract.load(CLAUDE_MEM) == claude_mem
    assert contract.load(str(CLAUDE_MEM)) == claude_mem
    assert contract.shipped() == ("claude_mem",)


def test_a_product_of_another_kind_has_a_contract_too():
    door_counter = contract.load(DOOR_COUNTER)
    assert len(door_counter.events) == 3
    assert not door_counter.rollups
    assert not door_counter.occurrences
    assert door_counter.consent_file is None


def test_a_missing_file_is_told_with_the_names_that_would_do(refusal):
    error = refusal("no-such.toml")
    assert error.file == "no-such.toml"
    assert error.key == ""
    assert "claude_mem" in error.expected
    assert error.found == "no such file"


def test_a_directory_is_told_as_what_cannot_be_read(refusal, tmp_path):
    error = refusal(tmp_path)
    assert error.file == str(tmp_path)
    assert "directory" in error.found


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_a_name_that_no_file_can_have_is_told(refusal, name):
    assert refusal(name).file == name


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"format = 1\nproduct = = 2", "line 2"),
        (b'format = 1\nproduct = "', "end of document"),
        (b"\xff\xfe", "utf-8"),
        (b"x = " + b"[" * 5000, "recursion"),
        (b"", "nothing"),
    ],
    ids=["slip", "cut", "binary", "nested", "empty"],
)
def test_a_file_that_is_no_contract_is_told(refusal, tmp_path, content, found):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    error = refusal(path)
    assert error.file == str(path)
    assert found in error.found
    assert error.example


def test_the_error_reads_as_four_lines(refusal, tmp_path):
    path = tmp_path / "mine.toml"
    text = CLAUDE_MEM.read_text().replace('kind = "exception"', 'kind = "exeption"')
    path.write_text(text)
    line = text.splitlines().index('kind = "exeption"') + 1
    assert str(refusal(path)).splitlines() == [
        f'the contract cannot be used: {path}: events."$exception".kind (line {line})',
        '  expected: one of "direct", "exception", "historical", "lifecycle", "rollup"',
        '  found:    "exeption"; did you mean "exception"?',
        '  example:  kind = "direct"',
    ]
