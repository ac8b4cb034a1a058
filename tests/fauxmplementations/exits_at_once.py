import sys

print("cannot find my settings", file=sys.stderr)
