"""Hears SIGTERM."""

import sys

from payloadproof.adapters.serve import Adapter, serve


class Says(Adapter):
    name = "says"

    def start(self, scenario):
        pass

    def terminate(self):
        sys.stderr.write("terminated\n")


serve(Says())
