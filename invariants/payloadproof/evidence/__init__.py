"""What was observed: histories, recordings, files, and how they are quoted without a leak."""
