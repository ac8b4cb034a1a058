"""A run of the suite: what is explored, by whom, and what became of it."""
