"""Which runs a probe makes of a command, and in which order.

Rule 1: every run is fresh, but for the next starts in one home, which follow at once.
Rule 2: people come by turns (first, other, first, other), or what moves with time would look like a
person.
Rule 3: a fault is tried on the telemetry hosts of the first run; where there are none, none is.
Rule 4: what only answers a question that nobody has asked yet (a second pair, one thing changed at
a time, a fault with telemetry off, a third late end) is not run until somebody does.
Rule 5: what is run beside others has one run of them for its control (:data:`BESIDE`), with nothing
wrong in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from payloadproof.drive.faults import BlackHole, Fault, NameNotFound
from payloadproof.evidence.runs import (
    FIRST,
    GIVEN_A_DIRECTORY,
    GIVEN_MISSING,
    HOME_READ_ONLY,
    OTHER,
    STDOUT_CLOSED,
    Aspect,
    Given,
)
from payloadproof.recorder.script import Answer, Hang, Refuse, Reset

DO_NOT_TRACK = "DO_NOT_TRACK=1"
CI = "CI=1"
AS_IT_IS = "as it is"
AGAIN = f"{AS_IT_IS}, again"
BESIDE = f"{AS_IT_IS}, beside another run"
HOME = "the first home"

#: What goes wrong with the telemetry hosts, by its name in reports.
FAULTS: dict[str, Fault] = {
    "connections are refused": Refuse(),
    "connections are reset": Reset(),
    "the server answers 500": Answer(status=500, body=""),
    "the server never answers": Hang(),
    "the name is not found": NameNotFound(),
    "nothing comes back": BlackHole(),
}
#: What goes wrong on the machine itself.
TROUBLES = (STDOUT_CLOSED, HOME_READ_ONLY)
#: What is wrong with the file that ``{path}`` names.
GIVENS: tuple[Given, ...] = (GIVEN_MISSING, GIVEN_A_DIRECTORY)
_PATH = "{path}"


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """A variable, a file, or a command, that is said to turn telemetry off.

    ``own``: whether the program, or its contract, promises to obey it. ``file``: below the home,
    with what it holds; the variable beside it says where that is, ``{home}`` in its value.
    ``command``: the program's own, run in the same home before the start.
    """

    variable: str = ""
    value: str = ""
    own: bool
    file: str = ""
    content: str = ""
    command: tuple[str, ...] = ()
    label: str = ""  # of a file or a command: what it says, for a person

    @property
    def text(self) -> str:
        """``VARIABLE=VALUE``, what the file says, or the command."""
        return self.label or f"{self.variable}={self.value}"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One run that is to be made; the fields are those of :class:`Run`.

    ``time``: which of several that ask one thing it is, from 1.
    """

    name: str
    person: str = FIRST
    changed: Aspect | None = None
    home: str = ""
    start: int = 1
    switch: Switch | None = None
    fault: str = ""
    time: int = 1

    @property
    def given(self) -> Given:
        """What is wrong with the file that it is given."""
        return next((one for one in GIVENS if one == self.fault), "")

    @property
    def rank(self) -> tuple[int, bool, int, str]:
        """Its place among those that are run beside others, whichever of them ends first."""
        kinds = ("", *GIVENS, *FAULTS, *TROUBLES)
        return (self.time, self.switch is not None, kinds.index(self.fault), self.name)


def basic(switches: Sequence[Switch]) -> Iterator[Wanted]:
    """The runs that every probe makes, the first of them first."""
    yield Wanted(name=AS_IT_IS, home=HOME)
    yield Wanted(name="the next start", home=HOME, start=2)
    yield Wanted(
        name="the next start, its home read-only", home=HOME, start=3, fault=HOME_READ_ONLY
    )
    for switch in switches:
        yield Wanted(name=f"with {switch.text}", switch=switch)
    yield Wanted(name="as another person", person=OTHER)
    yield Wanted(name=AGAIN)


def givens(texts: Iterable[str]) -> Iterator[Wanted]:
    """The runs in which the file it is given is none; ``texts``: the command, and its files."""
    if any(_PATH in text for text in texts):
        for given in GIVENS:
            yield Wanted(name=given, fault=given)


def faults() -> Iterator[Wanted]:
    """The runs in which something is wrong, where there is telemetry."""
    for fault in FAULTS:
        yield Wanted(name=fault, fault=fault)
    for trouble in TROUBLES:
        yield Wanted(name=trouble, fault=trouble)
    # An id that cannot be kept is drawn anew, or it was worked out: one run does not tell which.
    yield Wanted(name=f"{HOME_READ_ONLY}, again", fault=HOME_READ_ONLY)


def second_pair() -> Iterator[Wanted]:
    """To confirm a difference between two people."""
    yield Wanted(name="as another person, again", person=OTHER)
    yield Wanted(name=f"{AS_IT_IS}, once more")


def one_at_a_time(aspects: Sequence[Aspect]) -> Iterator[Wanted]:
    """To say what a difference between two people hangs on."""
    for aspect in aspects:
        yield Wanted(name=f"{AS_IT_IS}, but for the {aspect}", changed=aspect)


def with_telemetry_off(fault: str, switch: Switch) -> Wanted:
    """The measure of a run in which something is wrong."""
    when = f"{fault}, " if fault else ""
    return Wanted(name=f"{when}with {switch.text}", fault=fault, switch=switch)


def another(wanted: Wanted, number: int) -> Wanted:
    """The same run once more, in a home of its own: three of three."""
    name = f"{wanted.name}, time {number}"
    return msgspec.structs.replace(wanted, name=name, home="", start=1, time=number)


def usual(switches: Sequence[Switch], texts: Sequence[str]) -> int:
    """How many runs a probe makes where nothing is late and nothing depends on the person."""
    return len([*basic(switches), *givens(texts), *faults()])


def at_most(switches: Sequence[Switch], texts: Sequence[str]) -> int:
    """How many runs a probe makes at the most."""
    measured = len(FAULTS) + len(TROUBLES)
    late = 2 * (measured + 1)  # each is late three times, and so are the untroubled
    aspects = 7
    beside = 2  # the control, and once more the run that it disturbed
    pairs = len([*second_pair()])
    return usual(switches, texts) + pairs + measured + late + aspects + beside
