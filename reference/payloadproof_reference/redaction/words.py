"""Words that a message goes on with, and that nobody would take for somebody's data.

Rule 1: closed lists. What only ends as such words do is the first word of many a title, and may be
a secret.
Rule 2: a word stands in one list. What spares more words takes several lists.
"""

from __future__ import annotations

from payloadproof_reference.redaction.tokens import named

#: What is said of a file that something is wrong with; few names of files hold one.
_FAULTS_OF_FILES = named(
    """
    cannot denied expected failed invalid missing must refused should too unexpected
    """
)
#: What a message goes on with after ``token:`` or ``input:``.
FAULTS = _FAULTS_OF_FILES | named(
    """
    absent bad blocked disabled empty exceeded exceeds expired forbidden ignored incorrect malformed
    mismatch mismatched null nullable optional rejected required revoked suspended timeout truncated
    unable unauthenticated unauthorized unavailable undefined unknown unparsable unparseable
    unreachable unreadable unrecognized unsupported unterminated wrong
    """
)
_LINKS = named(
    """
    a about after already an and are as at be because been before but by can could did do does
    doesn't during error errors exists fail failing fails for found from had has have here if in
    instead into is isn't it line lines more no none not of on only or out over permission process
    returned returning seems so than that the then this through timed to took under until up using
    via was wasn't were when where which while will with within without would yet you
    """
)
_THINGS = named("connection internal ok request response syntax")

#: What a sentence goes on with after a path; a name seldom holds one of these.
AFTER_A_PATH = _LINKS | _FAULTS_OF_FILES
#: What a sentence goes on with after a key and a colon.
AFTER_A_KEY = _LINKS | FAULTS | _THINGS
