"""Which names are this machine, whoever resolves them.

Rule 1: a name is nobody else's by what it is, and not by what it resolves to here.
"""

from __future__ import annotations

import ipaddress


def is_this_machine(name: str) -> bool:
    """Whether a name, or an address, is never anybody else's."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
