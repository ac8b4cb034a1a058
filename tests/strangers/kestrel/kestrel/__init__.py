"""Kestrel: telemetry that asks first, and sends only what a table says."""

VERSION = "0.3.0"
