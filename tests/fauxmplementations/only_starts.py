"""An adapter that overrides nothing but what it has to."""

from payloadproof.adapters.serve import Adapter


class OnlyStarts(Adapter):
    name = "only-starts"

    def start(self, scenario):
        pass
