"""The specification, read from the ``clauses.toml`` of each family."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from payloadproof.contract import Contract, Switch
from payloadproof.errors import HarnessError
from payloadproof.protocol.messages import Capabilities

#: The families, in the order in which reports have them: each is a folder of this package.
FAMILIES = (
    "silence",
    "consent",
    "allow",
    "bound",
    "backfill",
    "errors",
    "profile",
    "wire",
    "log",
    "identity",
    "time",
    "delivery",
    "host",
)

VIRTUAL_CLOCK = "virtual clock"

# What a run can lack, and the reason that its report then gives.
SURROUNDINGS = {
    "child process": "needs the adapter in its own process: --adapter cmd:COMMAND",
    "deep profile": "needs --profile deep",
    "memory figures": "needs /proc to read memory figures, which this platform lacks",
    "network namespace": "needs a network namespace: unshare --user --net true fails here",
    "own switch": "needs a switch of the program's own: --off VARIABLE=VALUE",
    "due counts": "needs counts of what is due: --due EVENT=N",
    "listed hosts": "needs a contract that lists the hosts",
    "posthog": "needs something said to PostHog",
}


class Clause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One promise, in one testable sentence. ``README.md`` beside this explains the attributes."""

    name: str
    level: Literal["MUST", "SHOULD", "INFO"]
    text: str
    broken: str  # an example of a program that breaks it, and what comes of that
    mend: str  # what usually mends it
    source: str
    control: str
    family: str = ""  # the folder that it was read from
    needs: tuple[str, ...] = ()
    within: tuple[
        Literal[
            "child process",
            "deep profile",
            "memory figures",
            "network namespace",
            "own switch",
            "due counts",
            "listed hosts",
            "posthog",
        ],
        ...,
    ] = ()
    wire: Literal["event", "request"] | None = None
    requires: (
        Literal[
            "sessions",
            "consent file",
            "install id",
            "switch",
            "debug mode",
            "window rollup",
            "ceiling",
            "backfill",
            "person profile",
            "second set of properties",
            "log file",
            "errors",
            "error switch",
            "error count",
            "first time",
            "promise about a fork",
            "promise about SIGTERM",
        ]
        | None
    ) = None

    def not_applicable(self, contract: Contract) -> str | None:
        """The rule by which the contract does not know what this clause is about."""
        file = contract.consent_file
        events = contract.events.values()
        lacking = {
            "window rollup": not any(e.grain == "window" and e.fold for e in events),
            "backfill": contract.backfill is None,
            "first time": not any(
                tally.op == "first_time"
                for event in events
                if event.fold
                for tally in event.fold.properties.values()
            ),
            "ceiling": not any(event.ceiling_per_day for event in events),
            "sessions": not any(event.grain == "session" for event in events),
            "consent file": file is None,
            "install id": file is None or file.install_id is None,
            "switch": not any(isinstance(layer, Switch) for layer in contract.consent.layers),
            "debug mode": contract.variables.debug is None,
            "person profile": not any(event.profile for event in events),
            "log file": not contract.files.log,
            "errors": not contract.errors,
            "error switch": not (contract.errors and contract.variables.errors),
            "error count": not any(error.count for error in contract.errors.values()),
            "promise about a fork": contract.process.fork is None,
            "promise about SIGTERM": contract.process.sigterm in (None, "loses"),
            "second set of properties": len({frozenset(e.properties) for e in events}) == 1,
        }
        if self.requires is None or not lacking[self.requires]:
            return None
        called = {"sessions": "session rollup", "first time": "rollup that says when it began"}
        return f"the contract has no {called.get(self.requires, self.requires)}"

    def not_run(self, surroundings: Collection[str]) -> str | None:
        """What this run lacks to judge it, whatever the implementation can do."""
        return next((SURROUNDINGS[one] for one in self.within if one not in surroundings), None)

    def unsupported(self, capabilities: Capabilities) -> str | None:
        """What the adapter lacks to be judged by this clause."""
        offered = {*capabilities.ops}
        if capabilities.clock == "virtual":
            offered.add(VIRTUAL_CLOCK)
        offered |= {*capabilities.signals}
        offered |= {f"errors by way of {via}" for via in capabilities.errors}
        missing = [need for need in self.needs if need not in offered]
        return f"the adapter has no {', '.join(missing)}" if missing else None


@cache
def clauses() -> dict[str, Clause]:
    """Every clause that scenarios or recordings are judged by, family by family, by id."""
    return _read("clauses.toml")


@cache
def clauses_of_runs() -> dict[str, Clause]:
    """Those that only the runs of a program as it is are judged by."""
    return _read("runs.toml")


@cache
def every_clause() -> dict[str, Clause]:
    """All of them, family by family."""
    both = [*clauses().items(), *clauses_of_runs().items()]
    return dict(sorted(both, key=lambda one: FAMILIES.index(one[1].family)))


def _read(name: str) -> dict[str, Clause]:
    found: dict[str, Clause] = {}
    for family in FAMILIES:
        file = files("payloadproof.clauses") / family / name
        if file.is_file():
            read = msgspec.toml.decode(file.read_text(encoding="utf-8"), type=dict[str, Clause])
            found |= {name: msgspec.structs.replace(c, family=family) for name, c in read.items()}
    return found


def named(clause: str) -> str:
    """A clause as people read it: ``A7 planted secrets``; an unknown id stays as it is."""
    known = every_clause().get(clause)
    return f"{clause} {known.name}" if known else clause


def all_named(ids: Iterable[str]) -> str:
    """Several, in one line."""
    return ", ".join(named(clause) for clause in ids)


def selected(only: str | None, option: str = "--only") -> tuple[str, ...]:
    """The ids in a comma-separated list, all of them for None.

    Raises:
        HarnessError: an id that no clause has.
    """
    if only is None:
        return tuple(clauses())
    wanted = tuple(part.strip().upper() for part in only.split(",") if part.strip())
    for one in wanted:
        if one not in clauses():
            near = difflib.get_close_matches(one, clauses(), n=3, cutoff=0.3)
            raise HarnessError(
                code="clause-unknown",
                message=f"there is no clause {one!r}",
                causes=(f"did you mean {', '.join(near)}?",) if near else (),
                next="run payloadproof clauses to list them all",
            )
    if not wanted:
        raise HarnessError(
            code="clause-unknown",
            message=f"{option} names no clause",
            next="give it ids with commas between, as in --only C1,A7",
        )
    return wanted
