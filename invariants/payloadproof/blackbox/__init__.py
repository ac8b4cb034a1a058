"""Programs as they are: run, recorded and judged from outside."""
