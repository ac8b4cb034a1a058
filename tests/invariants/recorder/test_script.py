import msgspec
import pytest

from payloadproof.recorder.script import (
    Answer,
    Behaviour,
    Cut,
    Hang,
    Healthy,
    Refuse,
    Reset,
    Withhold,
)


@pytest.mark.parametrize(
    "behaviour",
    [
        Healthy,
        Answer(status=503, body="no", headers={"Retry-After": "1"}),
        Withhold(),
        Hang(),
        Reset(),
        Cut(),
        Refuse(),
    ],
)
def test_a_behaviour_survives_json(behaviour):
    assert msgspec.json.decode(msgspec.json.encode(behaviour), type=Behaviour) == behaviour


def test_the_kind_tells_behaviours_apart():
    assert msgspec.json.encode(Hang()) == b'{"kind":"hang"}'


def test_an_answer_that_no_server_could_send_is_refused():
    with pytest.raises(ValueError, match="status 99 is not a final one"):
        Answer(status=99)
    with pytest.raises(msgspec.ValidationError, match="control character"):
        msgspec.json.decode(b'{"kind":"answer","headers":{"A":"b\\r\\nC: d"}}', type=Behaviour)
