"""Builds the pages as a site with a search: what leads nowhere, or stands in no menu, stops it.

    python docs/site.py DIR                       build into DIR
    python docs/site.py DIR --mermaid FILE        and draw the diagrams, by mermaid.min.js
    python docs/site.py DIR --version 0.1.0       build into DIR/0.1.0, beside other versions

Rule 1: the pages stay where they are read on a code host, links and all: they are copied to the
same places of a scratch directory, with every file that they link to.
Rule 2: what only our own tests read in a page is no part of the site: the name of a file behind the
language of a block of code.
Rule 3: whoever reads it tells no other host: the script that draws the diagrams lies beside the
pages, and without it their text stays.
"""  # noqa: INP001  # a script beside the pages, not a package

from __future__ import annotations

import json
import logging
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

ROOT = Path(__file__).parents[1]
CONFIG = Path(__file__).with_name("mkdocs.yml")
OWN = ("CHANGELOG.md", "CONTRIBUTING.md", "README.md", "SECURITY.md")
MORE = ("invariants/payloadproof/clauses/README.md",)
_FENCE = re.compile(r"^(```\w+) .*$", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s#]+)")


def pages() -> list[Path]:
    """Every page of the site, from the top of the repository; and what they link to as a page."""
    found = (ROOT / "docs").rglob("*.md")
    inside = [one.relative_to(ROOT) for one in found if "node_modules" not in one.parts]
    every = dict.fromkeys([*map(Path, (*OWN, *MORE)), *inside])
    waiting = [*every]
    while waiting:
        for file in _linked(waiting.pop()):
            if file.suffix == ".md" and file.is_file() and file.relative_to(ROOT) not in every:
                every[file.relative_to(ROOT)] = None
                waiting.append(file.relative_to(ROOT))
    return sorted(every)


def _linked(page: Path) -> Iterator[Path]:
    """The files and folders of the repository that a page links to."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in _LINK.findall(_CODE.sub("", text)):
        file = (ROOT / page.parent / target).resolve()
        if "://" not in target and file.exists() and file.is_relative_to(ROOT):
            yield file


def stage(folder: Path) -> None:
    """Copy the pages, and the files that they link to."""
    for page in pages():
        text = _FENCE.sub(r"\1", (ROOT / page).read_text(encoding="utf-8"))
        for file in _linked(page):
            beside = folder / file.relative_to(ROOT)
            beside.parent.mkdir(parents=True, exist_ok=True)
            if file.is_dir():  # which a code host shows, and a site does not
                name = re.escape(file.name)
                text = re.sub(rf"\[([^\]]+)\]\([^)\s]*\b{name}/?\)", r"\1", text)
            elif file.suffix != ".md":
                shutil.copyfile(file, beside)
        put = folder / page
        put.parent.mkdir(parents=True, exist_ok=True)
        put.write_text(text, encoding="utf-8")


def draw(config: Any, folder: Path, mermaid: Path) -> None:
    """Let the pages draw their diagrams, by a script of their own."""
    from pymdownx.superfences import fence_code_format

    script = "assets/mermaid.min.js"
    (folder / script).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(mermaid, folder / script)
    config["extra_javascript"].append(script)
    fence = {"name": "mermaid", "class": "mermaid", "format": fence_code_format}
    config["mdx_configs"].setdefault("pymdownx.superfences", {})["custom_fences"] = [fence]


def listed(out: Path, version: str) -> None:
    """Enter a version that was built: the menu of all of them offers it, the newest first.

    The address of the whole leads to the newest.
    """
    known = {one.parent.name for one in out.glob("*/index.html")} | {version}
    ordered = sorted(known, key=_number, reverse=True)
    menu = [
        {"version": one, "title": one, "aliases": ["latest"] if one == ordered[0] else []}
        for one in ordered
    ]
    (out / "versions.json").write_text(json.dumps(menu, indent=1), encoding="utf-8")
    to = f'<meta http-equiv="refresh" content="0; url={ordered[0]}/">'
    page = f'<!DOCTYPE html>\n<meta charset="utf-8">\n<title>Payloadproof</title>\n{to}\n'
    (out / "index.html").write_text(page, encoding="utf-8")


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


@click.command()
@click.argument("out", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--mermaid", metavar="FILE", type=click.Path(path_type=Path, exists=True))
@click.option("--version", metavar="VERSION", help="Build into a folder of this name in DIR.")
def main(out: Path, mermaid: Path | None, version: str | None) -> None:
    """Build the site into DIR."""
    if version is not None and not re.fullmatch(r"\d[\w.+-]*", version):
        raise click.UsageError(f"--version {version!r}: a version begins with a digit, like 0.1.0")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort, BuildError

    with TemporaryDirectory() as scratch:
        stage(Path(scratch))
        config = load_config(
            str(CONFIG),
            docs_dir=scratch,
            site_dir=str((out / (version or "")).absolute()),
            strict=True,
        )
        if mermaid is not None:
            draw(config, Path(scratch), mermaid)
        if version is not None:
            config["extra"]["version"] = {"provider": "mike"}
        try:
            build(config)
        except (Abort, BuildError) as error:
            click.echo(f"the site is not built: {error}", err=True)
            sys.exit(1)
    if version is not None:
        listed(out, version)


if __name__ == "__main__":
    main()
