"""``python -m payloadproof_reference.worker [--port N]``."""

from __future__ import annotations

from payloadproof_reference.worker.worker import main

if __name__ == "__main__":
    main()
