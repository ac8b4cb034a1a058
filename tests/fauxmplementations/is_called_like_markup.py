"""A sound door counter whose name a terminal library could take for its own."""

from door_counter import DoorCounterAdapter


class IsCalledLikeMarkup(DoorCounterAdapter):
    name = "door [beta][/red]"
