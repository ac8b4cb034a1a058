"""How a run ends before its end: signals, and what may not be interrupted."""
