"""When circles among objects are not looked for.

Rule 1: only where none can be made: of decoded lines and of numbers. What reads other forms may
make some, and goes without this.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Without looks for circles: each would go over all that is held, which costs more than it."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
