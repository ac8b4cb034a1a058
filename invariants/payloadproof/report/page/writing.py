"""Templates filled in: the one way by which a text gets into a page.

Rule 1: whatever a template prints has been made safe to print and is escaped: no text becomes
markup, whoever forgot it. Styles and script are files of this package and hold nothing of a run.
Rule 2: a page asks for nothing: its policy allows the style and the script that it brings, by their
digests, and no request, frame, form or plug-in. One that is served while a run goes on asks whoever
served it, and nobody else.
Rule 3: a page has a bounded size, whatever was found.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from payloadproof.syntax.printable import printable

LIMIT: Final = 1_900_000  # bytes of a page
_LONGEST = 2_000  # characters of one text
_FOLDER = "templates"


def written(template: str, **values: Any) -> bytes:
    """A page in UTF-8."""
    style, script = (_own(name) for name in ("style.css", "script.js"))
    page = _environment().get_template(template)
    text = page.render(style=style, script=script, policy=policy(str(style), str(script)), **values)
    return text.encode()


@cache
def live() -> tuple[str, str]:
    """The page that is served while a run goes on, and its policy; it holds nothing of a run."""
    style, script = Markup().join(map(_own, ("style.css", "live.css"))), _own("live.js")
    allowed = policy(str(style), str(script), asks="'self'")
    page = _environment().get_template("live.html.j2")
    return page.render(style=style, script=script, policy=allowed), allowed


def policy(style: str, script: str, asks: str = "'none'") -> str:
    """The content security policy of a page with this style and this script.

    ``asks``: whom it may ask.
    """
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)};"
        f" connect-src {asks}; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


@cache
def _own(name: str) -> Markup:
    return Markup((files(__package__) / _FOLDER / name).read_text(encoding="utf-8"))  # noqa: S704 - ours


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(__package__, _FOLDER),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        finalize=_seen,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _seen(value: object) -> object:
    """What a template prints, made safe; what it has made itself has been so before."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    text = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
    return printable(text, lines=True)
