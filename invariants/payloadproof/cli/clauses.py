"""``payloadproof clauses``."""

from __future__ import annotations

import click

from payloadproof.clauses.clause import every_clause, named
from payloadproof.cli.given import Command
from payloadproof.cli.shared import (
    FORMAT,
    OUT,
    Format,
    answer,
)


@click.command("clauses", cls=Command)
@FORMAT
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def list_clauses(*, output: Format, as_json: bool) -> None:
    """List every clause: its name, level, promise, source and control."""
    if as_json or output == "json":
        answer(every_clause())
        return
    for name, clause in every_clause().items():
        OUT.print(f"[bold]{named(name)}[/] ({clause.level})\n    {clause.text}", highlight=False)
        OUT.print(f"    source: {clause.source}\n    control: {clause.control}", style="dim")
