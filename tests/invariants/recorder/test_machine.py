"""Which Host headers name this machine."""

import pytest

from payloadproof.recorder.machine import is_meant_here

HERE = [
    *("127.0.0.1", "127.0.0.1:80", "127.0.0.1:", "localhost", "localhost:8000", "LOCALHOST:1"),
    *("127.0.0.2:80", "[::1]:80", "a.localhost:80", "user@localhost"),
]
ELSEWHERE = [
    *("", "example.com", "example.com:80", "localhost.example.com", "127.0.0.1.example.com:80"),
    *("127.0.0.1:80@example.com", "localhost:@example.com", "localhost:1.example.com@b:2", "[::1"),
    *("10.0.0.1:80", "0.0.0.0:80", "127.0.0.1:80@"),
]


@pytest.mark.parametrize("host", HERE)
def test_a_name_of_this_machine_is_meant_here(host):
    assert is_meant_here(host)


@pytest.mark.parametrize("host", ELSEWHERE)
def test_a_name_of_somebody_else_is_not_whatever_stands_before_it(host):
    assert not is_meant_here(host)
