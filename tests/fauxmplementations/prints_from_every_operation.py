"""A sound adapter over ``serve()``, whose implementation prints to every stdout there is."""

import os
import sys

from payloadproof.adapters.serve import Adapter, serve


class Printing(Adapter):
    name = "printing"

    def start(self, scenario):
        print("started")  # noqa: T201 - what it is about

    def capture(self, event, properties, *, person, transport):
        print("captured", flush=True)  # noqa: T201 - what it is about
        os.write(1, b"written to descriptor 1\n")
        sys.__stdout__.write("the original stdout\n")
        sys.__stdout__.flush()


serve(Printing())
