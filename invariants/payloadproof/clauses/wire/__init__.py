"""Wire: what the capture service accepts, and what a retry repeats."""
