"""A contract drafted by a probe: it loads, says what was seen, and finds what is wrong."""

import secrets
import sys
from pathlib import Path

import pytest

from payloadproof.blackbox.drafted import Drafting
from payloadproof.blackbox.driving import Command
from payloadproof.blackbox.probe import Probe, probe
from payloadproof.blackbox.wanted import Switch
from payloadproof.clauses.registry import judge
from payloadproof.contract import KillSwitch, load
from payloadproof.contract import Switch as Layer
from payloadproof.drive.internet import missing
from payloadproof.evidence.history import History

HERE = Path(__file__).parent
SWITCHES = (
    Switch(variable="DO_NOT_TRACK", value="1", own=False),
    Switch(variable="ACME_TELEMETRY", value="0", own=True),
    Switch(variable="ACME_QUIET", value="Yes", own=True),
)


@pytest.fixture
def drafted(tmp_path):
    """The draft that a probe of a program of this directory makes, and all that was sent."""
    if why := missing():
        pytest.skip(f"no network namespace can be made here: {why}")

    def of(kind, name, *decided):
        script = str(HERE / kind / f"{name}.py")
        typed = Switch(own=True, command=(sys.executable, script, *decided), label="acme off")
        switches = (*SWITCHES, typed) if decided else SWITCHES
        command = Command(
            argv=(sys.executable, script),
            set={
                "ACME_TELEMETRY": "1",
                "ACME_KEY": f"phc_{secrets.token_hex(20)}",
                "ACME_WAIT_S": "20",
                "PYTHONPATH": str(HERE),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )
        only = ["as it is", *(f"with {switch.text}" for switch in switches)]
        plan = Probe(command=command, switches=switches, only=tuple(only), seed="7")
        drafting, made = Drafting(), []

        def watch(one):
            made.append(one)
            drafting(one)

        probe(plan, watch=watch)
        path = tmp_path / "draft.toml"
        path.write_text(drafting.toml(command.argv, command.set))
        sent = [request for one in made for request in one.run.to_posthog]
        return path.read_text(), load(path), tuple(sent)

    return of


def test_the_switches_that_silence_it_are_layers_and_what_it_sent_passes(drafted):
    text, contract, sent = drafted("sound", "asks_for_flags_while_off")
    common, own = contract.consent.layers
    assert isinstance(common, KillSwitch)
    assert common.variable == "DO_NOT_TRACK"
    assert isinstance(own, Layer)
    assert (own.variable, own.off, own.on) == ("ACME_TELEMETRY", ("0",), ("1",))
    assert '# TODO "ACME_QUIET=Yes" did not silence it: "us.i.posthog.com" was told' in text
    assert contract.product.name == "asks_for_flags_while_off"
    assert contract.wire.hosts == ("us.i.posthog.com",)
    assert contract.wire.services == ("flags",)
    assert [*contract.events] == ["acme_started"]
    assert '"ACME_KEY"' in text
    assert "phc_" not in text
    found = judge(History(contract=contract, requests=sent), ("A1", "A2", "A3", "A4", "A6"))
    assert not found.findings
    assert {"A1", "A4"} <= found.exercised


def test_what_is_sent_although_it_is_off_is_no_layer_and_no_event(drafted):
    text, contract, _ = drafted("wrong", "sends_that_it_was_turned_off")
    assert not [one for one in contract.consent.layers if one.name == "ACME_TELEMETRY"]
    assert [*contract.events] == ["acme_started"]
    (marked,) = [line for line in text.splitlines() if '"ACME_TELEMETRY=0" did not' in line]
    assert marked.startswith("# TODO")
    assert "off" in marked.rpartition("was told")[2]


def test_a_command_that_silences_it_is_a_layer(drafted):
    text, contract, _ = drafted("sound", "forgets_what_a_command_decided", "telemetry", "off")
    layer = contract.consent_command
    assert layer.off[-2:] == ("telemetry", "off")
    assert layer.on == ()
    assert 'name = "' in text
    assert len(contract.consent.layers) == 3


def test_what_was_set_to_be_sent_anything_says_nothing_of_the_default(drafted):
    text, contract, _ = drafted("sound", "second_host")
    assert contract.consent.default == "off"
    assert '"ACME_TELEMETRY"' in text
    assert 'set; "on" if it sends without, too' in text


def test_every_line_that_was_guessed_is_marked(drafted):
    text, _, _ = drafted("sound", "second_host")
    guesses = ("default", 'kind = "kill', 'kind = "switch', "unset", "hosts", "services", "exact")
    for line in text.splitlines():
        assert "# TODO" in line or not line.startswith(guesses), line
