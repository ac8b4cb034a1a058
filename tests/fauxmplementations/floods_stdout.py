import sys

while True:
    sys.stdout.write("flood\n" * 1_000)
