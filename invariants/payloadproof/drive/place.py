"""Where a command believes itself to be: its machine, its card, its files. Plain values.

Rule 1: what is left out is invented nowhere here: without a name the command sees the machine's
own, without a card's address one that is the same for everybody.
"""

from __future__ import annotations

import msgspec

CARD = "eth0"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A machine, as far as a command can see it.

    Attributes:
        hostname: what ``uname`` and ``gethostname`` say; None is the machine's own.
        machine_id: 32 hexadecimal digits for ``/etc/machine-id`` and D-Bus's file of the same;
            None leaves them as they are. A machine that has no such file gets none: a plain user
            cannot make one in ``/etc``, and :attr:`Internet.gaps` says so.
        mac: the card's address, ``02:00:5e:10:20:30``.
        address: the card's IPv4 address with its prefix; its network's first host is the gateway
            and the resolver.
        files: what stands in files that exist: path and text. Mounted over them.
        read_only: directories that exist and cannot be written to.
    """

    hostname: str | None = None
    machine_id: str | None = None
    mac: str = "02:00:00:00:00:01"
    address: str = "192.168.178.23/24"
    files: tuple[tuple[str, str], ...] = ()
    read_only: tuple[str, ...] = ()
