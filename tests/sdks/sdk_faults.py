"""What may happen to a request on its way, and what PostHog has in the end of three events.

``KEPT``: after the SDK has tried again as often as it does, and PostHog has thrown away what came
twice. It is all three or none: an SDK that is told nothing gives up, and one that may try once more
gets everything through. What is not so is said of the SDK that does it.
"""

from payloadproof.recorder import script

FAULTS = {
    "healthy": script.Healthy,
    "refuse": script.Refuse(),
    "hang": script.Hang(),
    "hang once": script.Times(1, script.Hang()),
    "hang before reading": script.HangBeforeReading(),
    "reset": script.Reset(),
    "reset once": script.Times(1, script.Reset()),
    "answer lost": script.LoseAnswer(),
    "answer lost once": script.Times(1, script.LoseAnswer()),
    "answer cut": script.Cut(),
    "answer cut once": script.Times(1, script.Cut()),
    "503": script.Answer(status=503),
    "503 once": script.Times(1, script.Answer(status=503)),
    "500 once": script.Times(1, script.Answer(status=500)),
    "429 once, retry after": script.Times(
        1, script.Answer(status=429, headers={"Retry-After": "1"})
    ),
    "503 once, retry after": script.Times(
        1, script.Answer(status=503, headers={"Retry-After": "1"})
    ),
    "408 once": script.Times(1, script.Answer(status=408)),
    "413": script.Answer(status=413),
    "413 once": script.Times(1, script.Answer(status=413)),
    "400": script.Answer(status=400),
    "401": script.Answer(status=401),
    "402": script.Answer(status=402),
    "404": script.Answer(status=404),
    "slow": script.Slow(head_s=0.2, body_s=0.2),
    "garbage": script.Answer(status=200, body="<html>"),
    "redirect to itself": script.Answer(status=302, headers={"Location": "/batch/"}),
    "over quota": script.OverQuota(),
    "not persisted": script.NotPersisted(every=2),
    "not persisted once": script.Times(1, script.NotPersisted(every=2)),
}
NONE = {
    *("refuse", "hang", "hang before reading", "reset", "503", "413", "400", "401", "402", "404"),
    *("redirect to itself", "over quota"),
}
CUPS = [1, 2, 3]
KEPT = {fault: [] if fault in NONE else CUPS for fault in FAULTS}
