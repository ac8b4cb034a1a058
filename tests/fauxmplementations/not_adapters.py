"""Named by `direct:`, and no adapters."""

from payloadproof.adapters.serve import Adapter


class NotAnAdapter:
    pass


class Unbuildable(Adapter):
    def __init__(self):
        raise OSError("the data directory is gone")
