import json

import msgspec
import pytest

from payloadproof.clauses.timeline import decide
from payloadproof.contract import ConsentFile, load
from payloadproof.errors import HarnessError
from payloadproof.generate.ground import Ground
from payloadproof.protocol.messages import Capabilities
from payloadproof.run.first_light import first_light, lights_out

WHOLE = load("claude_mem")
CHAINS = [WHOLE.consent.layers[begin:] for begin in range(len(WHOLE.consent.layers))]


def ground(layers):
    consent = msgspec.structs.replace(WHOLE.consent, layers=layers)
    contract = msgspec.structs.replace(WHOLE, consent=consent)
    return Ground(contract, Capabilities(ops=("capture",)), 0)


@pytest.mark.parametrize("layers", CHAINS, ids=len)
def test_on_is_on_and_off_is_off_whatever_the_chain_has(layers):
    on, off = (make(ground(layers)) for make in (first_light, lights_out))
    contract = ground(layers).contract
    assert decide(contract, on.env, on.consent_text)[0] == "on"
    assert decide(contract, off.env, off.consent_text)[0] == "off"


def test_a_chain_of_a_file_alone_is_turned_off_by_the_file():
    scenario = lights_out(ground(CHAINS[-1]))
    assert isinstance(CHAINS[-1][0], ConsentFile)
    assert json.loads(scenario.consent_text) == {CHAINS[-1][0].key: False}


def test_a_chain_that_cannot_say_off_is_no_silent_pass():
    with pytest.raises(HarnessError, match="can never say off"):
        lights_out(ground(()))
