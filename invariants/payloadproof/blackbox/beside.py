"""Runs side by side, where those that are under way only wait.

A program that its telemetry holds up waits, and computes nothing meanwhile: another run can be made
in that time. Each has a stage and a network of its own, and sees them where every other does.

Rule 1: a run begins beside others only while all of them wait, so that no start of ours slows down
what is timed.
Rule 2: the first that stands beside another is a control, with nothing wrong. Where it does not end
and print as it does alone, what is outside of a stage is in the way (a lock, a database): from then
on each run is alone, and the one that the control stood beside is made again.
Rule 3: whatever ends a probe ends all of its runs.
"""

from __future__ import annotations

import contextvars
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Final, NamedTuple, Self

from payloadproof.blackbox.driving import Driver, Made
from payloadproof.blackbox.wanted import BESIDE, Wanted
from payloadproof.drive import waiting

WIDTH: Final = 12  # runs at once
_STILL_S: Final = 0.4  # without anything computed, after which a run is said to wait
_LOOK_S: Final = 0.2


class Under(NamedTuple):
    """A run that is under way, and since when."""

    wanted: Wanted
    began_at: float


class Beside:
    """Makes runs, side by side where it can be done.

    Args:
        driver: makes each.
        alone: whether each has to be alone: they share a port of this machine, say.
        undisturbed: whether a control ended and printed as it does alone.
    """

    def __init__(
        self, driver: Driver, undisturbed: Callable[[Made], bool], *, alone: bool = False
    ) -> None:
        self._driver = driver
        self._undisturbed = undisturbed
        self._trusted: bool | None = False if alone else None
        self._disturbed = False
        self._neighbour: Wanted | None = None  # of the control
        self._pool = ThreadPoolExecutor(WIDTH, thread_name_prefix="payloadproof-run")
        self._under: dict[Future[Made], Under] = {}
        self._kept: list[Made] = []  # until the control has ended
        self._looks: deque[tuple[float, waiting.Look]] = deque(maxlen=64)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        while kind is not None and self._under:
            # One that is only just beginning has nothing to be killed yet.
            self._driver.kill()
            over, _ = wait(self._under, _LOOK_S)
            for one in over:
                del self._under[one]
        self._pool.shutdown()

    @property
    def under_way(self) -> tuple[Under, ...]:
        """The runs that have not ended, in the order of their beginnings."""
        return tuple(self._under.values())

    @property
    def disturbed(self) -> bool:
        """Whether a control did not end and print as it does alone."""
        return self._disturbed

    def next(self, queue: list[Wanted]) -> Wanted | None:
        """What is to begin now, taken from the queue unless it is the control; None for nothing."""
        if not self._under:
            return queue.pop(0) if queue and not self._kept else None
        if not queue or self._trusted is False or self._controls or len(self._under) >= WIDTH:
            return None
        if not self._rests() or not waiting.has_room():
            return None
        if self._trusted:
            return queue.pop(0)
        (under,) = self._under.values()
        self._neighbour = under.wanted
        return Wanted(name=BESIDE)

    def begin(self, wanted: Wanted, telemetry: frozenset[str], bound_s: float) -> None:
        """Begin it; the rest as :meth:`Driver.made` has it."""
        self._looks.clear()
        # What is to be masked is a matter of whoever started the probe.
        context = contextvars.copy_context()
        made = self._pool.submit(context.run, self._driver.made, wanted, telemetry, bound_s)
        self._under[made] = Under(wanted, time.monotonic())

    def ended(self) -> tuple[Sequence[Made], Wanted | None]:
        """The runs that have ended since, after a moment's wait; and one to be made again.

        Raises:
            HarnessError: one of them could not be made.
        """
        over, _ = wait(self._under, _LOOK_S, FIRST_COMPLETED)
        for one in sorted(over, key=[*self._under].index):
            del self._under[one]
            self._looks.clear()
            self._kept.append(one.result())
        if self._controls:
            return (), None
        again = None
        for made in [one for one in self._kept if one.wanted.name == BESIDE]:
            self._trusted = self._undisturbed(made)
            if not self._trusted:
                self._disturbed = True
                self._kept.remove(made)
        if self._trusted is False and self._neighbour is not None:
            spoilt = [one for one in self._kept if one.wanted == self._neighbour]
            if spoilt:
                again, self._neighbour = self._neighbour, None
                self._kept = [one for one in self._kept if one not in spoilt]
        made_, self._kept = self._kept, []
        return made_, again

    @property
    def _controls(self) -> bool:
        return any(one.wanted.name == BESIDE for one in self._under.values())

    def _rests(self) -> bool:
        """Whether everybody has waited for a while."""
        now = time.monotonic()
        groups = self._driver.processes()
        begun = len(groups) == len(self._under) and all(groups)
        look = waiting.look([one for group in groups for one in group]) if begun else None
        if look is None:
            self._looks.clear()
            return False
        old = next((one for one in reversed(self._looks) if one[0] <= now - _STILL_S), None)
        self._looks.append((now, look))
        return old is not None and waiting.has_waited(old[1], look, now - old[0])
