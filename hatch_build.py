"""The long description of the package: the README, as an index shows it.

Rule 1: a page of an index has neither the repository's files nor the ids of the README's headings,
so that a relative link is broken there. With the address of the repository (``Repository`` in
``[project.urls]``) such a link leads there; without it, the name of the file stands in its place.
Rule 2: what an index draws no picture of is left out: a mermaid block.
Rule 3: what stands in a block of code is left as it is.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_FENCED = re.compile(r"^(```+).*?^\1[ \t]*\n", re.DOTALL | re.MULTILINE)
# Its text may hold code, go on in a second line, and hold brackets that are escaped.
_LINK = re.compile(r"\[((?:[^\[\]\\]|\\.)+)\]\(([^()\s]+)\)")
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def long_description(readme: str, repository: str | None) -> str:
    """The README with links that hold anywhere."""
    parts, end = [], 0
    for block in _FENCED.finditer(readme):
        parts.append(_linked(readme[end : block.start()], repository))
        if not block[0].startswith("```mermaid"):
            parts.append(block[0])
        end = block.end()
    parts.append(_linked(readme[end:], repository))
    return "".join(parts)


def _linked(prose: str, repository: str | None) -> str:
    def absolute(link: re.Match[str]) -> str:
        text, target = link[1], link[2]
        if _ABSOLUTE.match(target):
            return link[0]
        file, _, heading = target.partition("#")
        if repository is None:
            return f"{text} (`{file}`)" if file and file not in text else text
        page = f"{repository.rstrip('/')}/blob/main/{file or 'README.md'}"
        return f"[{text}]({page}#{heading})" if heading else f"[{text}]({page})"

    return _LINK.sub(absolute, prose)


def get_metadata_hook() -> type:
    """What hatchling asks for."""
    from hatchling.metadata.plugin.interface import MetadataHookInterface

    class LongDescription(MetadataHookInterface):  # type: ignore[misc]
        """Puts the long description into the package's metadata."""

        def update(self, metadata: dict[str, Any]) -> None:
            """As hatchling calls it."""
            readme = Path(self.root, "README.md").read_text(encoding="utf-8")
            repository = metadata.get("urls", {}).get("Repository")
            text = long_description(readme, repository)
            metadata["readme"] = {"content-type": "text/markdown", "text": text}

    return LongDescription
