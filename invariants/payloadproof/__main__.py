"""``python -m payloadproof``."""

from __future__ import annotations

from payloadproof.cli.check import main

main(prog_name="payloadproof")
