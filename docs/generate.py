"""Writes docs/reference from the code, and some lines of the README; or checks them.

    python docs/generate.py            rewrite the pages
    python docs/generate.py --check    exit 1, with a diff, when a page is not what the code says

Rule 1: a page holds what the code says. What has to be added by hand stands in pages/meanings.toml,
and a field without a meaning stops the run.
Rule 2: the same code gives the same bytes.
Rule 3: figures that the README quotes stand between two comments in it, and are written there from
where the page has them.
"""  # noqa: INP001  # a script beside the pages it writes, not a package

from __future__ import annotations

import difflib
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
from pages import (
    clauses,
    cli,
    collected,
    contract,
    kills,
    protocol,
    recall,
    redaction,
    wrong_programs,
)

REFERENCE = Path(__file__).with_name("reference")
README = Path(__file__).parents[1] / "README.md"
QUOTED = (
    "<!-- Made by `python docs/generate.py` from what the runs left in tests. -->\n",
    "<!-- Here that ends. -->\n",
)
MADE = (
    "<!-- Made by `python docs/generate.py` from {source}. Change that, then run it again. -->\n\n"
)
SOURCES = {
    "clauses.md": ("invariants/payloadproof/clauses", clauses.page),
    "protocol.md": ("invariants/payloadproof/protocol", protocol.page),
    "contract.md": ("invariants/payloadproof/contract/model.py", contract.page),
    "collected.md": ("invariants/payloadproof/contract/shipped", collected.page),
    "redaction.md": ("reference/payloadproof_reference/redaction/rules.py", redaction.page),
    "cli.md": ("invariants/payloadproof/cli", cli.page),
    "wrong-programs.md": ("what the runs left in tests", wrong_programs.page),
}
# Where a reader goes on: no page ends in nothing.
NEXT = {
    "clauses.md": "[why they are judged so](../explanation.md)",
    "protocol.md": "[write an adapter](../adapter-guide.md)",
    "contract.md": "[write your own, with the tutorial](../tutorial.md#say-what-may-be-sent)",
    "collected.md": "[what to ask PostHog of it](../telemetry.md)",
    "redaction.md": "[what redaction cannot do](../telemetry.md#what-redaction-cannot-do)",
    "cli.md": "[what each clause says](clauses.md)",
    "wrong-programs.md": "[why the checks are checked](../explanation.md)",
}


def pages() -> Iterator[tuple[Path, str]]:
    """Each file, and what is to stand in it."""
    for name, (source, page) in SOURCES.items():
        parts = (*page(), f"Next: {NEXT[name]}.")
        yield REFERENCE / name, MADE.format(source=source) + "\n\n".join(parts) + "\n"
    yield REFERENCE / "recall.svg", recall.picture(MADE.format(source="docs/telemetry.md"))
    made = MADE.format(source=SOURCES["wrong-programs.md"][0])
    yield REFERENCE / wrong_programs.PICTURE, kills.picture(made)
    before, begun, rest = README.read_text(encoding="utf-8").partition(QUOTED[0])
    _, ended, after = rest.partition(QUOTED[1])
    if not (begun and ended):
        raise click.ClickException(
            "README.md lacks the two comments that the figures stand between"
        )
    lines = (
        textwrap.fill(
            one, 100, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
        )
        for one in wrong_programs.summary()
    )
    yield README, before + begun + "\n".join(lines) + "\n" + ended + after


@click.command()
@click.option("--check", is_flag=True, help="Only compare: exit 1, with a diff, when one is stale.")
def main(*, check: bool) -> None:
    """Rewrite the reference pages, and the lines of the README."""
    stale = False
    for path, text in pages():
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if not check:
            REFERENCE.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif before != text:
            stale = True
            lines = before.splitlines(keepends=True), text.splitlines(keepends=True)
            click.echo("".join(difflib.unified_diff(*lines, path.name, "from the code")))
    if stale:
        click.echo("next: python docs/generate.py", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
