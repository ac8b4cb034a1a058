"""The command line: a file for each command."""

from __future__ import annotations

from payloadproof.cli.group import main

__all__ = ["main"]
