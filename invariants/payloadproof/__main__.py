"""The way in: ``payloadproof`` and ``python -m payloadproof``.

Rule 1: what is imported before a signal can be heard is the standard library's smallest part: while
the rest is fetched nothing was begun, so that a signal ends it with a line and no more.
"""

from __future__ import annotations

import os
import signal

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _end(number: int, _: object) -> None:
    try:
        os.write(2, b"error: interrupted, so there is no result\n")
    finally:
        os._exit(128 + number)


def start() -> None:
    """Run the command line, and exit."""
    before = {one: signal.getsignal(one) for one in _SIGNALS}
    for one, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(one, _end)
    from payloadproof.cli.streams import whole

    with whole():
        from payloadproof.cli import main

        main(prog_name="payloadproof")


if __name__ == "__main__":
    start()
