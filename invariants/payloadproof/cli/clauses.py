"""``payloadproof clauses``."""

from __future__ import annotations

import click

from payloadproof.clauses.clause import every_clause, named
from payloadproof.cli.shared import (
    OUT,
)


@click.command("clauses")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_clauses(*, as_json: bool) -> None:
    """List every clause: its name, level, promise, source and control."""
    import msgspec

    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(every_clause()), indent=2))
        return
    for name, clause in every_clause().items():
        OUT.print(f"[bold]{named(name)}[/] ({clause.level})\n    {clause.text}", highlight=False)
        OUT.print(f"    source: {clause.source}\n    control: {clause.control}", style="dim")
