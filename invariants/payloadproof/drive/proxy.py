"""A proxy that forwards nothing: for a command that has no network of its own.

Rule 1: it is on loopback, and speaks for every host that it is asked for; nothing goes further.
Rule 2: it catches who asks it. A client that reads no proxy variable goes where it wants: whoever
starts the command has to say so.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from payloadproof.drive.certificates import Authority
from payloadproof.drive.names import Names
from payloadproof.drive.namespace import LOOPBACK
from payloadproof.drive.packets import Tally
from payloadproof.drive.policy import Faulty, Policy, Strict
from payloadproof.drive.service import Service
from payloadproof.drive.traffic import Exchange, Rejection
from payloadproof.drive.web import OWNER, Web
from payloadproof.recorder.ledger import Ledger

_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
_LOOPBACK_HOSTS = "localhost,127.0.0.1,::1"


class Proxy:
    """Serves until it is closed; ``address`` is ``http://127.0.0.1:PORT``, and PostHog answers."""

    def __init__(self, policy: Policy | None = None) -> None:
        self._open = ExitStack()
        scratch = TemporaryDirectory(prefix="payloadproof-", ignore_cleanup_errors=True)
        self._authority = Authority(Path(self._open.enter_context(scratch)))
        self._ledger = Ledger()
        names = Names({})
        self._web = Web(self._authority, names, Faulty(policy or Strict(), {}), self._ledger)
        bound = socket.socket()
        bound.bind((LOOPBACK, 0))
        self.address = f"http://{LOOPBACK}:{bound.getsockname()[1]}"
        tally = Tally(lambda *_: True, (), names.name)
        service = Service(self._web, names, tally, {"far": bound}, ())
        self._service = self._open.enter_context(service)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def told(self, env: Mapping[str, str]) -> dict[str, str]:
        """The environment of a command that asks this proxy, and trusts it."""
        told = self._authority.trusted(env) | dict.fromkeys(_VARIABLES, self.address)
        # Node.js heeds the variables from version 24 on, if it is told to.
        return told | {
            "NODE_USE_ENV_PROXY": "1",
            "NO_PROXY": _LOOPBACK_HOSTS,
            "no_proxy": _LOOPBACK_HOSTS,
        }

    def will_be_taken(self) -> None:
        """From here on somebody calls ``take``: what comes waits for room, and none is let go."""
        self._ledger.will_be_taken()

    def take(self) -> tuple[Exchange, ...]:
        """As :meth:`Internet.take`."""
        return tuple(self._web.of(request) for request in self._ledger.take(OWNER))

    def wait_for_requests(self, n: int, timeout: float) -> bool:
        """As :meth:`Internet.wait_for_requests`."""
        return self._ledger.wait_for(lambda: self._ledger.count(OWNER) >= n, timeout)

    def rejections(self) -> tuple[Rejection, ...]:
        """As :meth:`Internet.rejections`."""
        return self._web.rejections()
