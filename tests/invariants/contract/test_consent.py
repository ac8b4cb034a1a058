"""Consent that a contract cannot mean is refused, and each layer says what it is said to say."""

import pytest

from payloadproof.contract import ConsentFile, KillSwitch, Switch, load

FILE = 'kind = "file"\npath = "settings.json"\n'
COMMAND = 'kind = "command"\nname = "kettle telemetry"\n'
SWITCH = 'kind = "switch"\nvariable = "KETTLE"\n'


@pytest.mark.parametrize(
    ("layers", "key", "said"),
    [
        ((FILE,), "consent.layers[0].key", "a key as TOML writes it"),
        ((FILE + 'key = "a..b"',), "consent.layers[0].key", "a key as TOML writes it"),
        ((FILE + 'key = "a"\nformat = "ini"',), "consent.layers[0].key", "the section and the"),
        (
            (FILE + 'key = "a.b"\nformat = "rc"',),
            "consent.layers[0].key",
            "an rc file has no tables",
        ),
        ((FILE + 'key = "a"\nformat = "plain"',), "consent.layers[0].key", "holds one word"),
        ((FILE + 'key = "a"\nformat = "xml"',), "consent.layers[0].format", '"yaml"'),
        ((FILE + 'key = "a"\npresent = "off"',), "consent.layers[0].present", "being there"),
        ((FILE + 'key = "a"\ninstall_id = "a"',), "consent.layers[0].install_id", "another key"),
        ((FILE + 'key = "a"\non = []\noff = []',), "consent.layers[0].off", "values that turn"),
        ((FILE + 'key = "a"\non = [true]\noff = [true]',), "consent.layers[0].on", "not listed"),
        ((FILE + 'key = "a"\nwhere = "etc"',), "consent.layers[0].where", '"home"'),
        (('kind = "file"\nkey = "a"\npath = "/etc/k"',), "consent.layers[0].path", "a path below"),
        (('kind = "file"\nkey = "a"\npath = "~/k"',), "consent.layers[0].path", "a path below"),
        (('kind = "file"\nkey = "a"\npath = "../k"',), "consent.layers[0].path", "a path below"),
        ((FILE + 'key = "a"', FILE + 'key = "b"'), "consent.layers[1].kind", "one file"),
        ((SWITCH,), "consent.layers[0].off", "values that turn it on, or off"),
        ((SWITCH + 'off = ["1"]\non = ["1"]',), "consent.layers[0].on", "not listed under off"),
        ((SWITCH + 'off = ["OFF"]',), "consent.layers[0].off", "in small letters"),
        ((SWITCH + 'off = ["off"]\nother = "silent"',), "consent.layers[0].other", "falls through"),
        (('kind = "notice"\ntext = "We count."',), "consent.layers[0].kind", '"kill_switch"'),
        ((COMMAND,), "consent.layers[0].off", "a command that turns it off"),
        ((COMMAND + 'off = "kettle off"',), "consent.layers[0].off", "a list of strings"),
        ((COMMAND + 'off = ["kettle off"]',), "consent.layers[0].off", "a list of words"),
        ((COMMAND + 'off = ["", "off"]',), "consent.layers[0].off", "a program and its"),
        ((COMMAND + 'off = ["k", "\\u0000"]',), "consent.layers[0].off", "a program and its"),
        ((COMMAND + 'off = ["k"]\non = ["k"]',), "consent.layers[0].on", "another command"),
        ((COMMAND + 'off = ["k"]\nrun = ["k"]',), "consent.layers[0].run", "one of the keys"),
        (('kind = "command"\noff = ["k"]',), "consent.layers[0].name", "a string"),
        (('kind = "command"\nname = " "\noff = ["k"]',), "consent.layers[0].name", "own status"),
        ((COMMAND + 'off = ["k"]',) * 2, "consent.layers[1].kind", "or one command"),
        ((FILE + 'key = "a"', COMMAND + 'off = ["k"]'), "consent.layers[1].kind", "one file, or"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_key(refusal, kettle, layers, key, said):
    flaws = refusal(kettle(*layers)).flaws
    (told,) = [flaw for flaw in flaws if flaw.key == key]
    assert said in told.expected


@pytest.mark.parametrize(
    "layers",
    [
        (),
        (SWITCH + 'off = ["0"]',),
        (FILE + 'key = "a"\non = []',),
        (COMMAND + 'off = ["kettle", "off"]',),
    ],
)
def test_telemetry_that_nobody_can_turn_on_is_refused(refusal, kettle, layers):
    error = refusal(kettle(*layers, default="off"))
    assert [flaw.key for flaw in error.flaws] == ["consent.default"]


def test_a_command_says_what_was_run_last(kettle):
    text = 'off = ["kettle", "off"]\non = ["kettle", "on"]'
    contract = load(kettle(COMMAND + text, default="off"))
    layer = contract.consent_command
    assert contract.consent_file is None
    assert [layer.says(text) for text in layer.texts] == ["falls through", "on", "off"]
    assert [layer.argv(text) for text in layer.texts] == [(), layer.on, layer.off]
    assert contract.consent.decide({}, layer.holding("on")) == ("on", "kettle telemetry")
    assert contract.consent.decide({}, None) == ("off", "default")
    assert "kettle telemetry" not in contract.variable_names


def test_a_program_without_any_switch_has_a_contract(kettle):
    assert load(kettle()).consent.layers == ()


@pytest.mark.parametrize(
    ("layer", "value", "said"),
    [
        (KillSwitch(variable="K", unset=()), "0", "off"),
        (KillSwitch(variable="K", unset=()), "", "falls through"),
        (KillSwitch(variable="K", unset=(), empty_is_off=True), "", "off"),
        (KillSwitch(variable="K", unset=("0",)), " 0", "off"),
        (KillSwitch(variable="K", unset=("0",), folded=True), " 0", "falls through"),
        (KillSwitch(variable="K", unset=("no",), folded=True), "NO", "falls through"),
        (Switch(variable="K", off=("1",)), "1", "off"),
        (Switch(variable="K", off=("1",)), "0", "falls through"),
        (Switch(variable="K", off=("1",), other="on"), "0", "on"),
        (Switch(variable="K", off=("1",), other="on"), "", "silent"),
        (Switch(variable="K", on=("1",), other="off"), "yes", "off"),
        (Switch(variable="K", on=("1",), other="off"), " 1", "on"),
        (Switch(variable="K", on=("on",), exact=True, other="off"), "ON", "silent"),
        (Switch(variable="K", off=("off",), exact=True), "OFF", "silent"),
        (Switch(variable="K", off=("off",), exact=True, off_should=("no",)), "no", "silent"),
    ],
)
def test_a_variable_says(layer, value, said):
    assert layer.says({"K": value}) == said
    assert layer.says({}) == "falls through"


@pytest.mark.parametrize(
    ("layer", "text", "said"),
    [
        (ConsentFile(path="s", key="a.b"), '{"a": {"b": false}}', "off"),
        (ConsentFile(path="s", key="a.b"), '{"a": {}}', "falls through"),
        (ConsentFile(path="s", key="a.b"), '{"a": null}', "falls through"),
        (ConsentFile(path="s", key="a.b"), '{"a.b": false}', "falls through"),
        (ConsentFile(path="s", key="a.b"), '{"a": false}', "silent"),
        (ConsentFile(path="s", key="a.b"), '{"a": {"b": 0}}', "silent"),
        (ConsentFile(path="s", key="a", on=(False,), off=(True,)), '{"a": true}', "off"),
        (ConsentFile(path="s", key="a", on=(1,), off=(0,)), '{"a": 1}', "on"),
        (ConsentFile(path="s", key="a", on=(1,), off=(0,)), '{"a": true}', "silent"),
        (ConsentFile(path="s", key="a", off=("off",)), '{"a": "OFF"}', "silent"),
        (ConsentFile(path="s", key="t.a", format="ini"), "[t]\na = False\n", "off"),
        (ConsentFile(path="s", key="a", format="rc"), "a=TRUE", "on"),
        (ConsentFile(path="s", key="a", format="rc"), "a", "silent"),
        (ConsentFile(path="s", key="a", format="toml"), "", "falls through"),
        (ConsentFile(path="s", key="a", format="json"), "", "silent"),
        (ConsentFile(path="s", format="plain", off=("off",)), " Off\n", "off"),
        (ConsentFile(path="s", format="plain", present="off"), "anything", "off"),
    ],
)
def test_a_file_says(layer, text, said):
    assert layer.says(text) == said
    assert layer.says(None) == "falls through"


@pytest.mark.parametrize(
    ("notice", "key"),
    [
        ("says = []", "consent.notice.says"),
        ('says = ["We count.", " "]', "consent.notice.says"),
        ('text = "We count."', "consent.notice"),
        ('says = ["We count."]\nsends = "never"', "consent.notice.sends"),
    ],
)
def test_a_notice_that_says_nothing_is_refused_by_its_key(refusal, kettle, notice, key):
    path = kettle(SWITCH + 'off = ["0"]')
    path.write_text(f"{path.read_text()}\n[consent.notice]\n{notice}\n")
    assert any(flaw.key.startswith(key) for flaw in refusal(path).flaws)
