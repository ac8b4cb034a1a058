"""A contract drafted from the runs of a program.

Rule 1: what goes into it was sent in runs in which nothing was wrong and telemetry was not turned
off: a retry is no event more, and what is sent although it is off is nothing to allow.
Rule 2: it is filled run by run, and holds no run.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from payloadproof.blackbox.driving import Made
from payloadproof.blackbox.wanted import Switch
from payloadproof.contract.draft import Draft
from payloadproof.contract.observed import Observed, Tried
from payloadproof.contract.seen import unnameable
from payloadproof.evidence.runs import Run
from payloadproof.recorder.routes import Neighbour

_RUNS = re.compile(r"python[0-9.]*|node|bun|deno|npx|npm|uvx?|run|env|sh|bash|java|ruby|php")
_NAMED = 20  # hosts of a kind, and events of a switch, that are kept apart


class Drafting:
    """A draft on its way: told of each run as it is made."""

    def __init__(self) -> None:
        self._draft = Draft()
        self._runs: Counter[Switch] = Counter()
        self._still: dict[Switch, dict[str, None]] = {}
        self._events: dict[Switch, dict[str, None]] = {}
        self._telemetry: dict[str, None] = {}
        self._others: dict[str, None] = {}
        self._services: set[str] = set()

    def __call__(self, made: Made) -> None:
        """Look at one run."""
        run, switch = made.run, made.wanted.switch
        if not run.untroubled:
            return
        if switch is not None:
            self._tried(switch, run)
            return
        for said in run.said:
            if said.host.kind == "posthog":
                event = said.event
                self._draft.add(
                    event.name,
                    event.properties,
                    event.top_level,
                    of=event.distinct_id,
                    at=event.timestamp,
                )
        for host in run.hosts:
            if host.requests:
                _keep(self._others if host.kind == "other" else self._telemetry, host.name)
        self._services |= {one.service for one in run.to_posthog if one.service}

    def _tried(self, switch: Switch, run: Run) -> None:
        self._runs[switch] += 1
        still = self._still.setdefault(switch, {})
        names = self._events.setdefault(switch, {})
        for host in run.telemetry:
            _keep(still, host.name)
        for said in run.said:
            if unnameable(said.event.name) is None:
                _keep(names, str(said.event.name))

    @property
    def events(self) -> int:
        """How many were seen."""
        return self._draft.events

    def toml(self, argv: Sequence[str], given: Mapping[str, str]) -> str:
        """The contract, as a file.

        Args:
            argv: the command.
            given: variables that were set in all runs.
        """
        seen = Observed(
            switches=tuple(
                Tried(
                    variable=switch.variable,
                    value=switch.value,
                    command=switch.command,
                    on=_other(given.get(switch.variable, ""), switch.value),
                    runs=times,
                    still=tuple(self._still[switch]),
                    events=tuple(self._events[switch]),
                )
                for switch, times in self._runs.items()
            ),
            set=tuple(sorted(given)),
            hosts=tuple(self._telemetry),
            others=tuple(one for one in self._others if one not in self._telemetry),
            services=tuple(one for one in get_args(Neighbour) if one in self._services),
        )
        return self._draft.toml(_called(argv), seen)


def _other(value: str, off: str) -> str:
    """What a variable was set to otherwise; empty where that was the same."""
    return "" if value.strip().casefold() == off.strip().casefold() else value


def _called(argv: Sequence[str]) -> str:
    """What a program is called: the first word that is none of who only runs it."""
    words = [Path(word).stem for word in argv if not word.startswith("-")]
    return next((word for word in words if word and not _RUNS.fullmatch(word)), words[0])


def _keep(names: dict[str, None], name: str) -> None:
    if len(names) < _NAMED:
        names[name] = None
