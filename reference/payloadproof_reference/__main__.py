"""``python -m payloadproof_reference COMMAND``: the commands of a person."""

from __future__ import annotations

import sys

from payloadproof_reference.worker.cli import main

if __name__ == "__main__":
    sys.exit(main())
