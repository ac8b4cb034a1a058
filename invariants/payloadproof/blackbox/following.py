"""What a command says in its small internet, told while it runs.

Rule 1: whoever is told only looks on: the record stays whole where it is, and a run does not wait.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from payloadproof.blackbox.caught import Said, Tell, nobody
from payloadproof.blackbox.hosts import Manners
from payloadproof.drive.internet import Internet
from payloadproof.recorder.ledger import RecorderBroken, RecorderFull

_LOOK_S: Final = 0.2  # how late one is told


@contextmanager
def followed(internet: Internet, tell: Tell) -> Iterator[None]:
    """Meanwhile tell of each request, from a thread of its own; at the end of all that came."""
    if tell is nobody:
        yield
        return
    over = threading.Event()
    follower = threading.Thread(target=_follow, args=(internet, tell, over), daemon=True)
    follower.start()
    try:
        yield
    finally:
        over.set()
        follower.join()


def _follow(internet: Internet, tell: Tell, over: threading.Event) -> None:
    manners = Manners()  # who is PostHog here, by what was said
    told = 0
    ended = False
    while not ended:
        ended = over.is_set()  # and one more look
        if not ended:
            internet.wait_for_requests(told + 1, _LOOK_S)
        try:
            fresh = internet.exchanges()[told:]
        except (RecorderBroken, RecorderFull):
            return  # the run itself meets this, and says it
        for one in fresh:
            tell(Said(one.request, one.host, not manners.is_posthog(one.host, one.request)))
        told += len(fresh)
