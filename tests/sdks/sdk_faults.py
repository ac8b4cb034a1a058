"""What may happen to a request on its way, and what PostHog has in the end of three events.

``KEPT``: after the SDK has tried again as often as it does, and PostHog has thrown away what came
twice. It is all three or none: an SDK that is told nothing gives up, and one that may try once more
gets everything through. What is not so is said of the SDK that does it.
"""

from payloadproof.recorder.script import (
    Answer,
    Cut,
    Hang,
    HangBeforeReading,
    Healthy,
    LoseAnswer,
    NotPersisted,
    OverQuota,
    Refuse,
    Reset,
    Slow,
    Times,
)

FAULTS = {
    "healthy": Healthy,
    "refuse": Refuse(),
    "hang": Hang(),
    "hang once": Times(1, Hang()),
    "hang before reading": HangBeforeReading(),
    "reset": Reset(),
    "reset once": Times(1, Reset()),
    "answer lost": LoseAnswer(),
    "answer lost once": Times(1, LoseAnswer()),
    "answer cut": Cut(),
    "answer cut once": Times(1, Cut()),
    "503": Answer(status=503),
    "503 once": Times(1, Answer(status=503)),
    "500 once": Times(1, Answer(status=500)),
    "429 once, retry after": Times(1, Answer(status=429, headers={"Retry-After": "1"})),
    "503 once, retry after": Times(1, Answer(status=503, headers={"Retry-After": "1"})),
    "408 once": Times(1, Answer(status=408)),
    "413": Answer(status=413),
    "413 once": Times(1, Answer(status=413)),
    "400": Answer(status=400),
    "401": Answer(status=401),
    "402": Answer(status=402),
    "404": Answer(status=404),
    "slow": Slow(head_s=0.2, body_s=0.2),
    "garbage": Answer(status=200, body="<html>"),
    "redirect to itself": Answer(status=302, headers={"Location": "/batch/"}),
    "over quota": OverQuota(),
    "not persisted": NotPersisted(every=2),
    "not persisted once": Times(1, NotPersisted(every=2)),
}
NONE = {
    *("refuse", "hang", "hang before reading", "reset", "503", "413", "400", "401", "402", "404"),
    *("redirect to itself", "over quota"),
}
CUPS = [1, 2, 3]
KEPT = {fault: [] if fault in NONE else CUPS for fault in FAULTS}
