"""``payloadproof init``."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

import click

from payloadproof.cli.given import Command
from payloadproof.cli.shared import OUT
from payloadproof.errors import HarnessError
from payloadproof.syntax import shell

Language = Literal["python", "node", "any"]

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,40}")
_FOLDER: Final = Path("telemetry")
_NODE_SETUP: Final = """\
      - uses: actions/setup-node@v4
        with:
          node-version: "24"
      - run: npm install
        working-directory: ."""
_SETUP: Final[dict[Language, str]] = {
    "python": '      - run: python -m pip install "posthog>=7"',
    "node": _NODE_SETUP,
    "any": "      # TODO install here what the program needs to run",
}
_STAMPS: Final[dict[Language, str]] = {
    "python": '["$lib", "$lib_version"]',
    "node": '["$lib", "$lib_version", "$is_server"]',
    "any": '["$lib", "$lib_version"]',
}
_ADAPTERS: Final[dict[Language, str]] = {
    "python": "cmd:python adapter.py",
    "node": "cmd:node adapter.mjs",
    "any": "cmd:TODO",
}
#: Files by where they go, and the template of each.
_WRITTEN: Final[dict[Language, dict[str, str]]] = {
    "python": {
        "telemetry/sender.py": "python/sender.py.txt",
        "telemetry/adapter.py": "python/adapter.py.txt",
    },
    "node": {
        "telemetry/sender.mjs": "node/sender.mjs.txt",
        "telemetry/adapter.mjs": "node/adapter.mjs.txt",
        "telemetry/serve.mjs": "node/serve.mjs",
        "telemetry/hostile.mjs": "node/hostile.mjs",
    },
    "any": {},
}
_EVERY: Final = {
    "telemetry/contract.toml": "contract.toml.txt",
    ".github/workflows/telemetry.yml": "ci.yml.txt",
}
#: What a project may have already, and then is not touched.
_SHARED: Final[dict[Language, tuple[str, str]]] = {
    "python": ("noxfile.py", "python/noxfile.py.txt"),
    "node": ("package.json", "node/package.json.txt"),
}


@click.command(cls=Command)
@click.option(
    "--language",
    type=click.Choice(["python", "node", "any"]),
    help="What the program is written in. Without it, it is guessed, or asked.",
)
@click.option("--name", help="What the program is called. Without it, as the directory is.")
@click.option("--no-smoke", is_flag=True, help="Only write the files.")
def init(*, language: Language | None, name: str | None, no_smoke: bool) -> None:
    """Write what a project needs to test its telemetry, and take a first look.

    Adapter, contract, CI file, and a nox session (Python) or an npm script (Node), with a small
    sender through PostHog's package to start from: for a program that sends nothing yet. Of one
    that sends already, payloadproof probe --draft FILE -- COMMAND writes a contract, and --language
    any writes no sender. Files that are there are never written over.
    """
    language = language or _guessed()
    if name is None:
        name = re.sub(r"[^a-z0-9]+", "-", Path.cwd().name.lower()).strip("-") or "program"
    if not _NAME.fullmatch(name):
        raise HarnessError(
            code="init-name",
            message=f"--name {name}: a name begins with a small letter, and goes on with letters,"
            " digits and hyphens",
            next="payloadproof init --name my-program",
        )
    made = dict(_made(language, name))
    _must_be_new(made)
    shared = _SHARED.get(language)
    if shared and not Path(shared[0]).exists():
        made[shared[0]] = _filled(shared[1], language, name)
    for path, text in made.items():
        _write(Path(path), text)
        OUT.print(f"wrote {path}", highlight=False, markup=False)
    _sends_already()
    if shared and shared[0] not in made:
        OUT.print(f"{shared[0]} is there already and was left as it is; add to it:")
        text = _filled(shared[1], language, name)
        OUT.print(_to_add(text) if language == "python" else text, highlight=False, markup=False)
    if language == "any":
        OUT.print("next: write an adapter, as docs/adapter-guide.md has it")
    else:
        _look(language, smoke=not no_smoke)


def _sends_already() -> None:
    """What whoever has telemetry begins with instead."""
    OUT.print(
        "of a program that sends already, payloadproof probe --draft FILE -- COMMAND writes the"
        " contract",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _guessed() -> Language:
    signs: dict[Language, tuple[str, ...]] = {
        "node": ("package.json",),
        "python": ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "noxfile.py"),
    }
    found = [one for one, names in signs.items() if any(Path(name).exists() for name in names)]
    if len(found) == 1:
        return found[0]
    if sys.stdin.isatty():
        asked: Language = click.prompt("Language", type=click.Choice(["python", "node", "any"]))
        return asked
    raise HarnessError(
        code="init-language",
        message="nothing here tells which language the program is written in",
        next="payloadproof init --language python",
    )


def _made(language: Language, name: str) -> Iterator[tuple[str, str]]:
    from payloadproof.schema import schema

    for path, template in {**_WRITTEN[language], **_EVERY}.items():
        yield path, _filled(template, language, name)
    yield "telemetry/contract.schema.json", json.dumps(schema("Contract"), indent=2) + "\n"


def _filled(template: str, language: Language, name: str) -> str:
    text = files("payloadproof.cli").joinpath("templates", template).read_text(encoding="utf-8")
    known = {
        "{{name}}": name,
        "{{NAME}}": name.upper().replace("-", "_"),
        "{{stamps}}": _STAMPS[language],
        "{{setup}}": _SETUP[language],
        "{{adapter}}": _ADAPTERS[language],
    }
    for placeholder, value in known.items():
        text = text.replace(placeholder, value)
    return text


def _must_be_new(made: dict[str, str]) -> None:
    there = [path for path in made if Path(path).exists() or Path(path).is_symlink()]
    if there:
        raise HarnessError(
            code="init-exists",
            message=f"{', '.join(there)}: there already, and never written over",
            causes=("payloadproof init was run here before",),
            next="move what is there, or run payloadproof init in another directory",
        )


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        if not isinstance(error, FileExistsError):
            with suppress(OSError):  # where there is no directory, there is no half of it
                path.unlink()  # half of it would be in the way of the next init
        raise HarnessError(
            code="init-unwritable",
            message=f"{path} cannot be written: {error.strerror}",
            next="run payloadproof init in a directory that you may write to",
        ) from error


def _to_add(noxfile: str) -> str:
    return noxfile.removeprefix("import nox\n\n\n")


def _look(language: Language, *, smoke: bool) -> None:
    """Take a quick look where the program can run already, and say what to type."""
    given = shell.command(["--adapter", _ADAPTERS[language], "--contract", "contract.toml"])
    if language == "node" and not Path("node_modules", "posthog-node").is_dir():
        smoke = False
        OUT.print("next: npm install", highlight=False)
    if language == "python" and find_spec("posthog") is None:
        smoke = False
        OUT.print('next: python -m pip install "posthog>=7"', highlight=False)
    if language == "node" and shutil.which("node") is None:
        smoke = False
        OUT.print("next: install Node, which is not on the path", highlight=False)
    if not smoke:
        OUT.print(
            f"then: cd telemetry && payloadproof smoke {given}", highlight=False, markup=False
        )
        return
    from payloadproof.report.terminal import smoked
    from payloadproof.run.check import smoke as run
    from payloadproof.run.planning import planned

    python = f"cmd:{shell.command([sys.executable, 'adapter.py'])}"
    adapter = python if language == "python" else _ADAPTERS[language]
    OUT.print(f"cd telemetry && payloadproof smoke {given}", highlight=False, markup=False)
    with contextlib.chdir(_FOLDER):
        plan = planned(adapter, "contract.toml")
        code = smoked(run(plan), plan, OUT)
    if not code:
        OUT.print("next, in the folder telemetry: the check that is named above")
    sys.exit(code)
