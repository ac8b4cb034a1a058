"""cli.md: every command with its options, the exit codes, and every error with its code."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

import payloadproof.errors
from pages.markdown import block, table
from payloadproof.cli import main as command_line
from payloadproof.run.properties import PROFILES

PACKAGE = Path(payloadproof.errors.__file__).parent


def page() -> Iterator[str]:
    """The page, part by part."""
    yield "# Command line"
    yield block("payloadproof COMMAND [OPTIONS]", "text")
    yield str(command_line.help)
    commands: Mapping[str, click.Command] = command_line.commands
    yield table(
        ("command", "what it does"),
        (
            (f"[`{name}`](#payloadproof-{name})", str(command.help))
            for name, command in sorted(commands.items())
        ),
    )
    for name, command in sorted(commands.items()):
        yield f"## payloadproof {name}"
        yield inspect.cleandoc(str(command.help))  # an indented paragraph is a listing in Markdown
        # Below the group's own context: click keeps the help option that it makes the first time.
        parent = command_line.make_context("payloadproof", [], resilient_parsing=True)
        context = click.Context(command, info_name=name, parent=parent)
        yield block(
            " ".join([context.command_path, *command.collect_usage_pieces(context)]), "text"
        )
        options = [option for option in command.params if isinstance(option, click.Option)]
        if options:
            yield table(
                ("option", "default", "meaning"), (_option(one, context) for one in options)
            )
    yield "Every command takes `--help`; `payloadproof --version` prints the version."
    yield "## Profiles"
    yield table(
        ("profile", "scenarios for each property, about", "time to reduce a finding, at most"),
        (
            (f"`{name}`", f"{profile.examples:,}", f"{profile.shrink_s:g} s")
            for name, profile in PROFILES.items()
        ),
    )
    yield "## Exit codes"
    yield table(
        ("code", "meaning"),
        (
            ("0", "every clause that counts was put to the test and holds"),
            (
                "1",
                (
                    "a clause that counts is broken or could not be judged, or the baseline has"
                    " entries that are no longer needed"
                ),
            ),
            ("2", "there is no result: the command, the adapter or Payloadproof itself failed"),
            ("130", "interrupted by Ctrl-C, so that there is no result"),
            ("143", "the same by SIGTERM"),
            ("129", "the same by SIGHUP, as when a terminal is closed"),
        ),
    )
    yield "[Verdicts](clauses.md#verdicts) are explained with the clauses."
    yield "## Errors"
    yield (
        "These errors end a run with exit code 2. Each says what was wrong, what came back if"
        " anything did, the usual causes, and what to do next. `…` stands for the details."
    )
    yield table(
        ("code", "message", "what to do"),
        ((f"`{code}`", message, then) for code, message, then in sorted(set(errors()))),
    )
    yield "If a contract cannot be used, the error names the key; see [Contract](contract.md)."


def _option(option: click.Option, context: click.Context) -> tuple[str, ...]:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if not option.is_flag:
        names += f" {option.make_metavar(context)}".replace("|", r"\|")
    default = f"`{option.default}`" if option.show_default else ""
    return names, default, option.help or ""


def errors() -> Iterator[tuple[str, str, str]]:
    """Code, message and next action of every HarnessError that the package can raise."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "HarnessError":
                told = {str(word.arg): word.value for word in node.keywords}
                if "code" not in told:
                    continue  # one of these, come back from another process
                for code in _codes(told["code"]):
                    yield code, _template(told["message"]), _template(told.get("next"))


def _codes(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(code)):
            yield code
        case ast.IfExp(body=body, orelse=orelse):
            yield from _codes(body)
            yield from _codes(orelse)
        case _:
            raise ValueError(f"an error's code is a literal, not {ast.unparse(node)}")


def _template(node: ast.expr | None) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_template(value) for value in values)
        case None:
            return ""
        case _:
            return "…"
