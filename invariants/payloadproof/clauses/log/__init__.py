"""Log: a line is written whatever telemetry does."""
