"""Which names are this machine, whoever resolves them.

Rule 1: a name is nobody else's by what it is, and not by what it resolves to here.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

_USUAL = frozenset({"127.0.0.1", "localhost"})


def is_this_machine(name: str) -> bool:
    """Whether a name, or an address, is never anybody else's."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_meant_here(host: str) -> bool:
    """Whether a Host header names this machine: a name of somebody else's may be rebound to it."""
    name, _, port = host.partition(":")
    if name in _USUAL and (not port or port.isdecimal()):
        return True  # as below, and asked of every request
    try:
        return is_this_machine(urlsplit(f"//{host}").hostname or "")
    except ValueError:  # it is no host's at all
        return False
