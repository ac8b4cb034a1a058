"""Silence: telemetry never throws, never blocks, and never shows."""
