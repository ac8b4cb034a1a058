"""The commands of a person: ``python -m payloadproof_reference COMMAND``.

Rule 1: the default is never silent: whatever is run first shows the notice, on stderr.
Rule 2: ``status`` names the layer that decides (C10). A decision is recorded for good; a variable
that overrules it is named.
Rule 3: a command sends at most one event, in one POST, and waits two seconds at most for it. Its
uuid and timestamp are made once, so that one that arrives twice is known as the same.
"""

# ruff: noqa: T201 - a command answers on the terminal
from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from payloadproof_reference.clock import SystemClock
from payloadproof_reference.consent import FILE, Consent, DamagedError
from payloadproof_reference.files import data_dir
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.worker.notice import TEXT, first

CLI_S = 2.0


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    asked = _parser().parse_args(arguments)
    directory = data_dir(os.environ)
    consent = Consent(os.environ, directory)
    # Who turns it off need not be told how to.
    if asked.command != "disable" and consent.allowed() and first(directory):
        print(TEXT, file=sys.stderr)
    match asked.command:
        case "status":
            return _status(consent)
        case "enable" | "disable":
            return _decide(consent, on=asked.command == "enable")
        case "uninstall":
            _send(directory, "uninstall_completed", {})
        case _:
            _install(directory, asked)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m payloadproof_reference")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    decisions = commands.add_parser("telemetry", help="whether anything is sent").add_subparsers(
        dest="command", required=True
    )
    decisions.add_parser("status", help="say whether it is on, and what decides")
    decisions.add_parser("enable", help="turn it on")
    decisions.add_parser("disable", help="turn it off")
    install = commands.add_parser("install", help="note that the installer ran")
    install.set_defaults(command="install")
    install.add_argument("--ide", help="editor that it is set up for")
    install.add_argument("--update", action="store_true", help="a release was there before")
    install.add_argument("--failed", metavar="CATEGORY", help="the installer gave up")
    uninstall = commands.add_parser("uninstall", help="note that the program was removed")
    uninstall.set_defaults(command="uninstall")
    return parser


def _status(consent: Consent) -> int:
    layer, on = consent.verdict()
    print(f"telemetry is {'on' if on else 'off'}, decided by {layer}")
    if consent.debug:
        print("debug mode: what would be sent is printed, and nothing is sent")
    return 0


def _decide(consent: Consent, *, on: bool) -> int:
    try:
        consent.decide(on=on)
    except (DamagedError, OSError) as problem:
        print(f"nothing changed: {problem}", file=sys.stderr)
        return 1
    layer, holds = consent.verdict()
    if holds is on:
        return _status(consent)
    stays = "on" if holds else "off"
    print(f"written to {FILE}; telemetry stays {stays} while {layer} is set")
    return 0


def _install(directory: Path, asked: argparse.Namespace) -> None:
    interactive = sys.stdin is not None and sys.stdin.isatty()
    if asked.failed is None:
        said = {"ide": asked.ide, "is_update": asked.update, "outcome": "ok"}
        _send(directory, "install_completed", {**said, "interactive": interactive})
    else:
        said = {"error_category": asked.failed, "interactive": interactive}
        _send(directory, "install_failed", said)


def _send(directory: Path, event: str, properties: Mapping[str, object]) -> None:
    pipeline = Pipeline(os.environ, directory, SystemClock())
    pipeline.capture(event, properties, person=True, transport="cli")
    pipeline.shutdown(CLI_S)
