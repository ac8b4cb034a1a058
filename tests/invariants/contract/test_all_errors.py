"""Everything that is wrong with a contract is told in one run, and nothing that is not."""

import pytest

from payloadproof import contract
from payloadproof.contract import ContractError

FIRST_TRY = """\
format = 1
base = ["version"]
[product]
name = "feedr"
[consent]
default = "maybe"
[[consent.layers]]
kind = "swich"
variable = "FEEDR_TELEMETRY"
[variables]
hots = "FEEDR_HOST"
[events.feed_read]
kind = "event"
properties = ["pages", "titel"]
[events.feed_added]
kind = "direct"
description = "A feed was added."
properties = ["pages"]
ceiling_per_day = 0
[events.feed_lost]
kind = "direct"
description = "A feed is gone."
properties = []
[properties]
pages = { type = "count" }
title = { type = "enum", description = "Which." }
"""


@pytest.fixture
def told(tmp_path, refusal):
    def flaws(text):
        path = tmp_path / "contract.toml"
        path.write_text(text)
        return refusal(path).flaws

    return flaws


def test_types_and_contradictions_come_in_one_run(told):
    assert [flaw.key for flaw in told(FIRST_TRY)] == [
        "product.description",
        "consent.layers[0].kind",
        "consent.default",
        "variables.hots",
        "wire",
        "properties.pages.description",
        "events.feed_read.kind",
        "events.feed_read.description",
        "events.feed_added.ceiling_per_day",
        "properties.title.values",
        "base[0]",
        "events.feed_read.properties[1]",
        "events.feed_read",
        "events.feed_lost",
    ]


def test_what_follows_from_a_table_that_is_not_there_is_not_told(told):
    text = FIRST_TRY.partition("[properties]")[0]
    keys = [flaw.key for flaw in told(text)]
    assert "properties" in keys
    assert not [key for key in keys if key.endswith(("properties[0]", "properties[1]", "base[0]"))]


def test_each_is_numbered_with_its_key_and_a_line_to_copy(told, tmp_path):
    told(FIRST_TRY)
    with pytest.raises(ContractError) as refused:
        contract.load(tmp_path / "contract.toml")
    text = str(refused.value)
    assert "contract.toml has 14 errors" in text.splitlines()[0]
    assert text.count("expected:") == text.count("found:") == text.count("example:") == 14
    assert "\n14. events.feed_lost (line 20)\n" in text


def test_two_hundred_errors_are_counted_and_fifty_shown(told, tmp_path):
    names = [f"p{number}" for number in range(200)]
    bad = "".join(f'[properties.{name}]\ntype = "strnig"\ndescription = "It."\n' for name in names)
    assert len(told(FIRST_TRY.partition("[properties]")[0] + bad)) > 200
    with pytest.raises(ContractError, match=r"and \d+ more$") as refused:
        contract.load(tmp_path / "contract.toml")
    assert str(refused.value).count("expected:") == 50


def test_one_error_is_told_without_a_number(told, tmp_path):
    text = 'format = 2\n[product]\nname = "a"\ndescription = "b"\n[consent]\ndefault = "on"\n'
    text += "layers = []\n[wire]\ngeoip_disable = true\ndirectives = []\nstamps = []\n"
    assert len(told(text + "[properties]\n[events]\n")) == 1
    with pytest.raises(
        ContractError, match=r"cannot be used: .*contract\.toml: format \(line 1\)\n"
    ):
        contract.load(tmp_path / "contract.toml")


TWENTY = """\
format = 1
[product]
name = "kettle"
[consent]
default = "on"
[[consent.layers]]
kind = "kill_switch"
variable = "DO_NOT_TRACK"
unset = [""]
[[consent.layers]]
kind = "switch"
variable = "KETTLE"
off = ["OFF"]
[[consent.layers]]
kind = "command"
name = "kettle"
off = ["kettle off"]
[wire]
geoip_disable = "yes"
directives = ["set"]
stamps = []
prefix = "ingest/"
[limits]
shutdown_ms = 0
[events."water boiled"]
kind = "direct"
description = ""
properties = ["litres", "litters"]
sample = { share = 3 }
[events.boiled]
kind = "drect"
properties = []
ceiling_per_day = "many"
[properties.litres]
type = "number"
description = "How much."
min = 3
max = 2
values = ["a"]
[properties."by hand"]
type = "list"
description = "Who."
[properties.said]
typ = "text"
"""


def test_twenty_errors_come_in_one_run_each_with_its_line(told, tmp_path):
    lines = {flaw.key: flaw.line for flaw in told(TWENTY)}
    assert lines == {
        "product.description": 2,
        "consent.layers[1].off": 13,
        "consent.layers[2].off": 17,
        "wire.geoip_disable": 19,
        "wire.directives[0]": 20,
        "wire.prefix": 22,
        "limits.shutdown_ms": 24,
        'events."water boiled"': 25,
        'events."water boiled".description': 27,
        'events."water boiled".properties[1]': 28,
        'events."water boiled".sample.share': 29,
        "events.boiled.kind": 31,
        "events.boiled.description": 30,
        "events.boiled.ceiling_per_day": 33,
        "properties.litres.max": 38,
        "properties.litres.values": 39,
        'properties."by hand".items': 40,
        "properties.said.typ": 44,
        "properties.said.type": 43,
        "properties.said.description": 43,
    }
    with pytest.raises(ContractError) as refused:
        contract.load(tmp_path / "contract.toml")
    text = str(refused.value)
    assert "has 20 errors" in text
    assert text.count("(line ") == 20
