"""Forks as it is told by the event: the child ends well, raises, or prints at its end."""

import atexit
import os

from payloadproof.adapters.serve import Adapter, in_a_child, serve


class Forks(Adapter):
    name = "forks"

    def start(self, scenario):
        self.parent = os.getpid()

    def fork(self, event, properties, *, person, transport):
        in_a_child(lambda: self.child(event))

    def child(self, event):
        atexit.register(lambda: os.write(2, b"exit hook of the child\n"))
        if event == "raises":
            raise LookupError("no such event")
        if event == "dies":
            os._exit(3)

    def flush(self):
        assert os.getpid() == self.parent


serve(Forks())
