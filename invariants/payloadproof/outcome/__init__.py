"""What a run is asked for and what comes of it, as values that run and report both see."""
