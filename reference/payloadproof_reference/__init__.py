"""The reference pipeline: consent-first PostHog telemetry that keeps every clause.

Read it in this order; docs/plan.md quotes the sentence of the plan that each file keeps.

    pipeline     every capture path swallows every error, and none waits for the network
    consent      nothing is sent before consent; environment, then file, then default
    whitelist    a key that is not listed is dropped, and so is a value that does not fit
    shapes       what a value must look like to fit
    rollup       what happens often is folded into sums: a session, a window
    limiter      equal errors are sent once in a window, and counted
    ceilings     so many events of a kind in a day, and no more, over each restart
    exceptions   an error goes out redacted, without source lines or variables
    transport    the SDK, bounded: one door that every event passes last, and a shutdown with an end

Beside this path: ``redaction`` (what is taken out of text), ``past`` (the backfill, sent once),
``worker`` (the process and the commands of a person), ``adapter`` (how the harness drives it).
"""

from __future__ import annotations

#: The version that is stamped on what is sent.
__version__ = "0.1.0"
