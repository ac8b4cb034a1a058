"""Sound adapters whose names lead to what no other process can be handed: only the names can."""

from door_counter import DoorCounterAdapter

#: An object: it says its own name, and is the same in every scenario.
AN_OBJECT = DoorCounterAdapter()


def _made():
    class Local(DoorCounterAdapter):
        """Of no module: its name leads nowhere."""

    return Local


A_CLASS = _made()
A_LAMBDA = lambda: DoorCounterAdapter()  # noqa: E731, PLW0108 - a name for one is the point
