"""What a probe says beside its findings; a driver that makes up the runs is stood in."""

import base64
import gzip

import pytest

from payloadproof.blackbox import probe as module
from payloadproof.blackbox.driving import Command, Made
from payloadproof.drive.traffic import Rejection

FAULT = "connections are reset"
BROKEN = Rejection(
    at=0.0, host="h.example", address="127.0.0.2", port=443, reason="reset", untrusted=False
)


@pytest.fixture
def noted(monkeypatch, sent, event, run_with):
    """What a probe notes; runs with this wrong (nothing: ``""``) had a handshake broken off."""

    def notes(where, **said):
        class Driver:
            def __init__(self, *_):
                pass

            def made(self, wanted, *_):
                run = run_with(sent(event(**said)), name=wanted.name, fault=wanted.fault)
                rejected = (BROKEN,) if wanted.fault == where else ()
                return Made(run=run, wanted=wanted, rejected=rejected)

        monkeypatch.setattr(module, "Driver", Driver)
        monkeypatch.setattr(module, "possible", lambda _: None)
        plan = module.Probe(command=Command(argv=("it",)), switches=(), only=(FAULT,))
        return "\n".join(module.probe(plan).notes)

    return notes


def test_a_handshake_that_a_fault_broke_off_is_not_told_as_a_host_that_was_not_caught(noted):
    assert "was not caught" not in noted(FAULT)


def test_a_handshake_that_was_broken_off_with_nothing_wrong_is_told(noted):
    assert "h.example was not caught" in noted("")


def packed(times):
    text = b"nobody looks for a word of this"
    for _ in range(times):
        text = base64.b64encode(gzip.compress(text))
    return text.decode()


def test_what_is_packed_deeper_than_is_unpacked_is_told(noted):
    assert "deeper than is unpacked" in noted("", note=packed(6))


def test_of_what_could_be_searched_whole_nothing_is_told(noted):
    assert "deeper" not in noted("", note=packed(1))
