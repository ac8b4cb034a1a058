"""The reference pipeline: consent-first PostHog telemetry that keeps every clause."""

from __future__ import annotations

#: The version that is stamped on what is sent.
__version__ = "0.1.0"
