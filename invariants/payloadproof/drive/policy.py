"""What the hosts of a small internet are, and what each does to who sends to it.

Rule 1: a policy is asked on the loop's thread, for each request that was read; it waits for
nothing.
Rule 2: the recorder's own address is PostHog's, whatever is said to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from payloadproof.drive.faults import EVERY, Fault, Treatment
from payloadproof.drive.namespace import LOOPBACK
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.project import ANY, Project
from payloadproof.recorder.script import Answer, Cut, Hang, Healthy, LoseAnswer, Reset


class Policy(Protocol):
    """What the hosts are; ``project``: what PostHog's know of the project."""

    project: Project

    def route(self, path: str) -> str:
        """The path as PostHog would know it, without a proxy's prefix."""

    def behaviour(self, host: str, request: Request) -> Treatment:
        """What is done to the sender; ``Healthy`` is what PostHog would answer."""


class Strict:
    """All hosts are PostHog: each request is answered as it would be there."""

    project: Project = ANY

    def route(self, path: str) -> str:
        """The path itself."""
        return path

    def behaviour(self, host: str, request: Request) -> Treatment:  # noqa: ARG002 - a policy's
        """What PostHog would answer."""
        return Healthy


class Faulty:
    """Another policy, and what goes wrong with some of its hosts."""

    def __init__(self, healthy: Policy, faults: Mapping[str, Fault]) -> None:
        self._healthy = healthy
        self._faults = faults
        self.project = healthy.project

    def route(self, path: str) -> str:
        """As the other has it."""
        return self._healthy.route(path)

    def behaviour(self, host: str, request: Request) -> Treatment:
        """The fault of this host, where it is one of the service; else as the other has it."""
        # Asked first, and always: it learns what a host is from what is said to it.
        healthy = self._healthy.behaviour(host, request)
        fault = self._faults.get(host, self._faults.get(EVERY))
        if isinstance(fault, Answer | Hang | Reset | LoseAnswer | Cut):
            return fault
        return Healthy if host == LOOPBACK else healthy
