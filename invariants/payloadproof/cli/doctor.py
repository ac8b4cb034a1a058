"""``payloadproof doctor``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click
import msgspec
from rich.text import Text

from payloadproof.clauses.clause import every_clause, named
from payloadproof.cli.given import Command
from payloadproof.cli.shared import FORMAT, OUT, Format, answer
from payloadproof.report.ending import command_line
from payloadproof.version import VERSION

if TYPE_CHECKING:
    from payloadproof.drive.machine import Ability

#: What a clause has to have of the machine, by what ``within`` calls it.
WITHIN = {
    "/proc": {"memory figures", "network namespace"},
    "unshare": {"network namespace"},
    "network namespace": {"network namespace"},
}
_ISOLATED = ("payloadproof probe", "payloadproof record, but with --no-isolate")
#: What is not run without it, besides clauses.
COMMANDS = {
    "python": ("payloadproof",),
    "/proc": _ISOLATED,
    "unshare": _ISOLATED,
    "small internet": _ISOLATED,
    "small internet as a plain user": tuple(f"{one}, unless by root" for one in _ISOLATED),
    "extra reference": (
        "payloadproof check without --adapter",
        "payloadproof smoke without --adapter",
    ),
    "extra parquet": ("payloadproof audit of files in Parquet",),
    "extra spark": ("an audit of a cluster's files or data frames (payloadproof.audit.spark)",),
    "node": ("payloadproof init --language node", 'an adapter such as "cmd:node adapter.mjs"'),
    "chromium": ("a page in a browser as the command of record or probe; no clause needs it",),
}
OPTIONAL = {"chromium"}


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked for.

    Attributes:
        name, there, what, get: as in ``Ability``.
        not_run: clauses, by id and name, and commands that are not run for want of it.
    """

    name: str
    there: bool
    what: str
    not_run: tuple[str, ...]
    get: str


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """What ``payloadproof doctor --format json`` prints."""

    payloadproof: str
    system: str
    machine: tuple[Examined, ...]


@click.command("doctor", cls=Command)
@FORMAT
def doctor(*, output: Format) -> None:
    """Say what this machine can do, what is not run because of it, and how to get that.

    The exit code is 0 whatever is missing.
    """
    from payloadproof.drive.machine import abilities, system

    found = Diagnosis(
        payloadproof=VERSION,
        system=system(),
        machine=tuple(_examined(one) for one in abilities()),
    )
    if output == "json":
        answer(found)
    else:
        _print(found)


def _examined(ability: Ability) -> Examined:
    lost = () if ability.there else tuple(_lost(ability.name))
    return Examined(
        name=ability.name,
        there=ability.there,
        what=ability.what,
        not_run=lost,
        get=ability.get,
    )


def _lost(name: str) -> Iterator[str]:
    for one, clause in every_clause().items():
        if WITHIN.get(name, set()) & {*clause.within}:
            yield named(one)
    yield from COMMANDS.get(name, ())


def _print(found: Diagnosis) -> None:
    said = f"payloadproof {found.payloadproof}, {found.system}"
    OUT.print(Text(said, style="bold"), soft_wrap=True)
    for one in found.machine:
        mark, style = ("✓", "green") if one.there else ("✗", "bold yellow")
        OUT.print(Text.assemble((f"{mark} {one.name}: ", style), one.what), soft_wrap=True)
        if not one.there:
            OUT.print(Text(f"    not run: {'; '.join(one.not_run)}"), soft_wrap=True)
            command_line(f"    to get it: {one.get}", OUT)
    wanted = [one.get for one in found.machine if not one.there and one.name not in OPTIONAL]
    command_line(f"next: {wanted[0] if wanted else 'payloadproof init'}", OUT)
