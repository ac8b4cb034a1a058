"""``python -m payloadproof``."""

from __future__ import annotations

from payloadproof.cli import main

main(prog_name="payloadproof")
