"""The command line: a file for each command."""

from __future__ import annotations

from payloadproof.cli.check import main

__all__ = ["main"]
