import sys

while True:
    sys.stdout.write("flood" * 10_000)
